package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// ownServerSlack is how many more players it takes than are to come.
	ownServerSlack = 10
	// ownServerEnd is how long it may take to end.
	ownServerEnd = goodbye + lastFlush + 2*time.Second
)

// ownServer is a Clickky server that is started for a test: this program
// again, in a process of its own, with a data directory that goes with it.
type ownServer struct {
	addr   string
	dir    string
	cmd    *exec.Cmd
	output sync.WaitGroup
	errors lastLine
}

// startOwnServer starts one and waits until it listens.
func startOwnServer(p *process, c *benchCmd) (s *ownServer, err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to start a server: %w", err)
	}
	dir, err := os.MkdirTemp("", "clickky-bench-")
	if err != nil {
		return nil, fmt.Errorf("create a data directory for the server: %w", err)
	}
	s = &ownServer{dir: dir}
	s.cmd = exec.Command(exe, "serve", "--listen", "127.0.0.1:0", "--data", dir, "--log-level", "warn", //nolint:gosec,noctx // itself; ended by stop
		"--max-players", fmt.Sprint(c.Players+ownServerSlack), "--max-rate", fmt.Sprint(20+10*int(c.Rate)))
	s.cmd.Args[0] = "clickky"
	s.cmd.Env = withoutSettings(os.Environ())
	s.cmd.SysProcAttr = ownGroup()
	s.cmd.Stderr = &s.errors
	stdout, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a server: %w", err), os.RemoveAll(dir))
	}
	if s.addr, err = s.listening(stdout); err != nil {
		s.stop(p.hurry)
		return nil, err
	}
	return s, nil
}

// withoutSettings leaves out what would make the server another one: an
// operator's database above all.
func withoutSettings(env []string) []string {
	var kept []string
	for _, kv := range env {
		if !strings.HasPrefix(kv, "CLICKKY_") {
			kept = append(kept, kv)
		}
	}
	return kept
}

// listening waits for the server to say where it listens.
func (s *ownServer) listening(stdout io.Reader) (string, error) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, addr, ok := strings.Cut(lines.Text(), "listening on"); ok {
			s.output.Go(func() { _, _ = io.Copy(io.Discard, stdout) })
			return strings.TrimSpace(addr), nil
		}
	}
	return "", fmt.Errorf("the test server didn't start: %s", s.errors.String())
}

// stop ends the server, at once when hurry ends, and removes its data.
func (s *ownServer) stop(hurry context.Context) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.output.Wait()
		_ = s.cmd.Wait() // it has served its purpose, however it ends
	}()
	if s.cmd.Process.Signal(syscall.SIGTERM) != nil {
		_ = s.cmd.Process.Kill()
	}
	late := time.NewTimer(ownServerEnd)
	defer late.Stop()
	select {
	case <-ended:
	case <-late.C:
	case <-hurry.Done():
	}
	_ = s.cmd.Process.Kill()
	<-ended
	_ = os.RemoveAll(s.dir)
}

// lastLine keeps the last line that was written to it.
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
