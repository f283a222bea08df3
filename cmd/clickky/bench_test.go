//go:build !race

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickky/cmd/clickky/loadtest"
	"clickky/cmd/clickky/sshtest"
)

func TestBenchInterruptedPrintsResult(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "bench", "--players", "3", "--for", "1h")
	cmd.Args[0], cmd.Dir = "clickky", t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	var out strings.Builder
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(2*sshtest.Patience, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if strings.Contains(lines.Text(), "playing") {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	for _, want := range []string{"3 of 3 connected", "0 lost", "own screen", "interrupted"} {
		if err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v: no %q in\n%s", err, want, out.String())
		}
	}
}

func TestBenchTargets(t *testing.T) {
	for _, c := range []struct{ target, host, port string }{
		{"ssh://localhost:2222", "localhost", "2222"},
		{"localhost:2222", "localhost", "2222"},
		{"ssh://clicks.example/", "clicks.example", "22"},
		{"ssh://[::1]:2222", "::1", "2222"},
		{"ssh://alice@localhost", "", ""},
		{"ssh://", "", ""},
		{"http://localhost", "", ""},
		{"ssh://localhost/path", "", ""},
	} {
		host, port, err := splitTarget(c.target)
		if host != c.host || port != c.port || (err == nil) != (c.host != "") {
			t.Errorf("%s: %q, %q, %v", c.target, host, port, err)
		}
	}
}

func TestBenchProgressStaysInOneLine(t *testing.T) {
	var out strings.Builder
	p := &progress{to: &out, inPlace: true}
	p.tell(loadtest.Progress{Connected: 1200, Players: 2000, LoginsPerSecond: 300})
	p.tell(loadtest.Progress{Connected: 2000, Elapsed: time.Second, For: time.Minute, FramesPerSecond: 20_000, OwnScreen: &loadtest.Latency{P99: 12.5}})
	p.clear()
	if strings.Contains(out.String(), "\n") || strings.Count(out.String(), "\r") != 3 ||
		!strings.Contains(out.String(), "1,200 of 2,000, 300 logins") || !strings.HasSuffix(out.String(), "p99 12.5 ms\x1b[K\r\x1b[K") {
		t.Errorf("%q", out.String())
	}
}
