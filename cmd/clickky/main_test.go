package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

// tests is testing.M with the shared MariaDB stopped after it.
type tests struct{ *testing.M }

func (m tests) Run() int { return mariadbtest.Main(m.M) }

// long plays the tests of random faults as long as they should be played before a release:
//
//	go test -race ./cmd/clickky -run 'Kill|Faults|Frozen' -timeout 2h -long
var long = flag.Bool("long", false, "an hour of random faults, 300 kills, and a server that is frozen for a minute")

// raceOptions has a program that the race detector watches end at once. Unless it is told
// otherwise, it waits for a second then, which tests that start hundreds would wait for.
const raceOptions = "atexit_sleep_ms=0"

// TestMain makes the test binary the program when it is called clickky, so
// that tests run the real thing, race detector included.
func TestMain(m *testing.M) {
	if err := os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" "+raceOptions)); err != nil {
		panic(err)
	}
	// Most tests wait for processes, so that more than one for each core may run. A -parallel on
	// the command line beats this.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	testscript.Main(tests{m}, map[string]func(){"clickky": main})
}

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

// program is a running clickky.
type program struct {
	cmd  *exec.Cmd
	Addr string // where it listens
	Out  string // what it printed at the start

	mu   sync.Mutex
	log  strings.Builder // standard error
	read chan struct{}   // closed when all of it has been read
}

var listening = regexp.MustCompile(`listening on +(\S+)`)

// startProgram starts the real program on a free port and waits until it has
// said how to play.
func startProgram(dir string, env []string, args ...string) (*program, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	cmd.Args[0] = "clickky"
	cmd.Dir, cmd.Env = dir, env
	return launch(cmd)
}

// launch is startProgram for a command that is ready to start.
func launch(cmd *exec.Cmd) (*program, error) {
	p := &program{cmd: cmd, read: make(chan struct{})}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.read)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.mu.Lock()
			p.log.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
		}
	}()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		p.Out += lines.Text() + "\n"
		if m := listening.FindStringSubmatch(p.Out); m != nil && strings.Contains(p.Out, "play with") {
			p.Addr = m[1]
			return p, nil
		}
	}
	status, _ := p.wait()
	return nil, fmt.Errorf("the program ended with status %d: %s", status, p.Log())
}

// Log is what the program has logged so far.
func (p *program) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// wait returns the exit status of the program.
func (p *program) wait() (int, error) {
	kill := time.AfterFunc(sshtest.Patience, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	<-p.read
	err := p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode(), err
}

// signal sends a signal and returns the exit status.
func (p *program) signal(s os.Signal) (int, error) {
	if err := p.cmd.Process.Signal(s); err != nil {
		return -1, err
	}
	return p.wait()
}

// start runs the program until the test ends.
func start(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	p, err := startProgram(dir, os.Environ(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return p.untilEndOf(t)
}

// untilEndOf ends the program with the test.
func (p *program) untilEndOf(t *testing.T) *program {
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_, _ = p.signal(os.Kill)
		}
		if t.Failed() {
			t.Logf("the program's log:\n%s", p.Log())
		}
	})
	return p
}

// runProgram runs a command of the program to its end.
func runProgram(t *testing.T, dir string, args ...string) (status int, output string) {
	t.Helper()
	return runProgramWith(t, nil, dir, args...)
}

// runProgramWith is runProgram with variables that the environment has besides its own.
func runProgramWith(t *testing.T, env []string, dir string, args ...string) (status int, output string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Args[0], cmd.Dir, cmd.Env = "clickky", dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// terminate stops the program as an operator does.
func (p *program) terminate(t *testing.T) {
	t.Helper()
	if status, err := p.signal(syscall.SIGTERM); status != 0 {
		t.Fatalf("after SIGTERM: status %d, %v\n%s", status, err, p.Log())
	}
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
