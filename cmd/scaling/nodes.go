package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const loopback = "127.0.0.1"

// nodes are NATS servers, each in a process of its own.
type nodes []*node

type node struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	url   string
}

// startNodes starts that many; several are a cluster. The caller must stop them.
func startNodes(ctx context.Context, dir string, n int, sync bool) (_ nodes, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	ports, err := freePorts(2 * n)
	if err != nil {
		return nil, fmt.Errorf("find free ports: %w", err)
	}
	clients, routes := ports[:n], make([]string, n)
	for i, port := range ports[n:] {
		routes[i] = fmt.Sprintf("nats://%s:%d", loopback, port)
	}
	var started nodes
	defer func() {
		if err != nil {
			err = errors.Join(err, started.stop())
		}
	}()
	for i, port := range clients {
		name := "node" + strconv.Itoa(i)
		args := []string{"node", "--name", name, "--dir", filepath.Join(dir, name), "--port", strconv.Itoa(port)}
		if n > 1 {
			args = append(args, "--cluster", strconv.Itoa(ports[n+i]), "--routes", strings.Join(routes, ","))
		}
		if sync {
			args = append(args, "--sync")
		}
		one, err := startNode(exec.CommandContext(ctx, self, args...)) //nolint:gosec // this program itself
		if err != nil {
			return nil, err
		}
		one.url = fmt.Sprintf("nats://%s:%d", loopback, port)
		started = append(started, one)
	}
	for _, one := range started {
		if _, err := one.line(); err != nil {
			return nil, err
		}
	}
	return started, nil
}

func startNode(cmd *exec.Cmd) (*node, error) {
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a NATS server: %w", err)
	}
	return &node{cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}, nil
}

// line waits for the next line of the node.
func (n *node) line() (string, error) {
	if !n.lines.Scan() {
		return "", fmt.Errorf("a NATS server exited: %w", errors.Join(n.lines.Err(), io.EOF))
	}
	return n.lines.Text(), nil
}

// cpu is the processor time that all nodes have used.
func (ns nodes) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, n := range ns {
		if _, err := io.WriteString(n.stdin, "\n"); err != nil {
			return 0, fmt.Errorf("ask a NATS server: %w", err)
		}
		text, err := n.line()
		if err != nil {
			return 0, err
		}
		used, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("ask a NATS server: %w", err)
		}
		sum += time.Duration(used)
	}
	return sum, nil
}

// stop ends the nodes and waits for them.
func (ns nodes) stop() error {
	var errs []error
	for _, n := range ns {
		errs = append(errs, n.stdin.Close())
	}
	for _, n := range ns {
		errs = append(errs, n.cmd.Wait())
	}
	return errors.Join(errs...)
}

// freePorts finds ports of loopback that nobody uses now.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", loopback+":0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		if ports[i], err = strconv.Atoi(port); err != nil {
			return nil, err
		}
	}
	return ports, nil
}
