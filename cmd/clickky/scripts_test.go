//go:build !race

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("USER", "alice")
			e.Setenv("GORACE", os.Getenv("GORACE"))
			return writeSSHConfig(e.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serveInScript,
			"stop":  stopInScript,
			"exits": exitsInScript,
		},
	})
}

// writeSSHConfig lets the real client connect without a question.
func writeSSHConfig(dir string) error {
	text := fmt.Sprintf("Host *\n UserKnownHostsFile %s\n StrictHostKeyChecking no\n LogLevel ERROR\n IdentityFile none\n IdentityAgent none\n",
		filepath.Join(dir, "known_hosts"))
	return os.WriteFile(filepath.Join(dir, "ssh_config"), []byte(text), 0o600)
}

// exitsInScript implements "exits STATUS COMMAND [ARG...]".
func exitsInScript(ts *testscript.TestScript, _ bool, args []string) {
	status := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		status = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// serveInScript implements "serve [ARG...]": it starts the program, and sets
// PORT and what it printed as OUT.
func serveInScript(ts *testscript.TestScript, _ bool, args []string) {
	env := append(os.Environ(), "USER="+ts.Getenv("USER"))
	for _, name := range []string{"CLICKKY_DATA", "CLICKKY_MAX_RATE", "CLICKKY_ADMIN", "CLICKKY_HOST_KEY"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	p, err := startProgram(ts.MkAbs("."), env, args...)
	ts.Check(err)
	ts.Defer(func() {
		if p.cmd.ProcessState == nil {
			_, _ = p.signal(os.Kill)
		}
	})
	running.Store(ts, p)
	ts.Setenv("PORT", p.Addr[strings.LastIndex(p.Addr, ":")+1:])
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(p.Out), 0o600))
}

// running are the programs of the scripts.
var running sync.Map

// stopInScript implements "[!] stop": SIGTERM, and exit status 0.
func stopInScript(ts *testscript.TestScript, neg bool, _ []string) {
	v, ok := running.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("nothing is running")
	}
	p, ok := v.(*program)
	if !ok {
		ts.Fatalf("not a program: %v", v)
	}
	status, err := p.signal(syscall.SIGTERM)
	ts.Check(os.WriteFile(ts.MkAbs("log"), []byte(p.Log()), 0o600))
	if (status == 0) == neg {
		ts.Fatalf("status %d, %v:\n%s", status, err, p.Log())
	}
}
