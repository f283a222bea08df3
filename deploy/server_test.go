package deploy

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
)

// runUntilEnd runs a program until the test ends.
func runUntilEnd(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(sshtest.Patience, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		_ = cmd.Wait()
	})
}

// server is a program that serves the game.
type server struct {
	cmd  *exec.Cmd
	addr string
	errs string // the file with its standard error
	over bool
}

var listening = regexp.MustCompile(`listening on +(\S+)`)

// serve runs the program, and waits until it listens.
func serve(t *testing.T, binary, dir string, args ...string) *server {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"serve"}, args...)...)
	cmd.Dir = dir
	return launch(t, cmd)
}

// launch is serve for a command that is ready to start.
func launch(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{cmd: cmd, errs: filepath.Join(t.TempDir(), "log")}
	errs, err := os.Create(s.errs)
	if err != nil {
		t.Fatal(err)
	}
	defer errs.Close()
	cmd.Stderr = errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !s.over {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.log(t))
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			s.addr = m[1]
		}
		if strings.Contains(lines.Text(), "play with") {
			return s
		}
	}
	t.Fatalf("the server did not start:\n%s", s.log(t))
	return nil
}

// log returns what the server has logged.
func (s *server) log(t *testing.T) string {
	t.Helper()
	return read(t, s.errs)
}

// terminate ends the server as an operator does.
func (s *server) terminate(t *testing.T) {
	t.Helper()
	s.over = true
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(sshtest.Patience, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}
