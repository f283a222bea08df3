package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// benchServerSlack is how many more players the server accepts than the bench has.
	benchServerSlack = 10
	// benchServerEnd is how long the server may take to stop.
	benchServerEnd = sessionsEnd + finalFlush + 2*time.Second
)

// benchServer is a Clickky server that the bench starts: the same program in a process of its own,
// with a temporary data directory.
type benchServer struct {
	addr   string
	dir    string
	cmd    *exec.Cmd
	end    context.CancelFunc // sends SIGTERM
	errors lastLine
}

// startBenchServer starts a server and waits until it listens.
func startBenchServer(p *app, c *benchCmd) (s *benchServer, err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to start a server: %w", err)
	}
	dir, err := os.MkdirTemp("", "clickky-bench-")
	if err != nil {
		return nil, fmt.Errorf("create a data directory for the server: %w", err)
	}
	ctx, end := context.WithCancel(context.Background())
	s = &benchServer{dir: dir, end: end}
	s.cmd = exec.CommandContext(ctx, exe, "serve", "--listen", "127.0.0.1:0", "--data", dir, "--log-level", "warn", //nolint:gosec // itself
		"--max-players", fmt.Sprint(c.Players+benchServerSlack), "--max-rate", fmt.Sprint(20+10*int(c.Rate)))
	s.cmd.Args[0] = "clickky"
	s.cmd.Env = withoutSettings(os.Environ())
	s.cmd.SysProcAttr = ownGroup()
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = benchServerEnd
	s.cmd.Stderr = &s.errors
	stdout, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		end()
		return nil, errors.Join(fmt.Errorf("start a server: %w", err), os.RemoveAll(dir))
	}
	if s.addr, err = s.listening(stdout); err != nil {
		s.stop(p.hurry)
		return nil, err
	}
	return s, nil
}

// withoutSettings returns the environment without Clickky's variables, above all without the
// operator's database.
func withoutSettings(env []string) []string {
	return slices.DeleteFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "CLICKKY_") })
}

// listening waits until the server prints its address, and returns it.
func (s *benchServer) listening(stdout io.Reader) (string, error) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, addr, ok := strings.Cut(lines.Text(), "listening on"); ok {
			return strings.TrimSpace(addr), nil // the few lines after it fit into the pipe
		}
	}
	return "", fmt.Errorf("the test server didn't start: %s", s.errors.String())
}

// stop ends the server and removes its data. It kills the server when hurry ends, or if it takes too
// long.
func (s *benchServer) stop(hurry context.Context) {
	defer context.AfterFunc(hurry, func() { _ = s.cmd.Process.Kill() })()
	s.end()
	_ = s.cmd.Wait() // it has served its purpose, however it ends
	_ = os.RemoveAll(s.dir)
}

// lastLine is a writer that keeps the last line written to it.
type lastLine struct {
	mu   sync.Mutex
	text string
}

// Write implements io.Writer.
func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line := strings.TrimSpace(string(p)); line != "" {
		l.text = line[strings.LastIndexByte(line, '\n')+1:]
	}
	return len(p), nil
}

func (l *lastLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}
