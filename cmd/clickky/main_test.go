package main

import (
	"bufio"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/store/mysql/mariadbtest"
)

// tests is testing.M with a host key for all programs that tests start, and with the shared MariaDB
// stopped after it.
type tests struct{ *testing.M }

func (m tests) Run() int {
	dir, err := os.MkdirTemp("", "clickky")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := setHostKey(filepath.Join(dir, "host_key")); err != nil {
		panic(err)
	}
	return mariadbtest.Main(m.M)
}

// ownHostKeys has a program make host keys of its own if it is new, in spite of setHostKey.
const ownHostKeys = "CLICKKY_HOST_KEY="

// setHostKey has programs use one host key: making an RSA key for each of them would take more of
// the processor than everything else that they do.
func setHostKey(path string) error {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	block, err := gossh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, pem.EncodeToMemory(block), 0o600), os.Setenv("CLICKKY_HOST_KEY", path))
}

// long plays the tests of random faults as long as they should be played before a release:
//
//	go test ./cmd/clickky -run 'Kill|Frozen' -timeout 1h -long
//	go test -race ./cmd/clickky -run Faults -timeout 2h -long
var long = flag.Bool("long", false, "an hour of random faults, 300 kills, and a server that is frozen for a minute")

// raceOptions has a program that the race detector watches end at once. Unless it is told
// otherwise, it waits for a second then, which tests that start hundreds would wait for.
const raceOptions = "atexit_sleep_ms=0"

// TestMain makes the test binary the program when it is called clickky, so
// that tests run the real thing, race detector included. That takes twice the time, which is why
// files of tests that measure milliseconds, or run one command after the other, have the build
// constraint !race.
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

// awaitGame waits until people can play. On a busy machine a database may answer later than a test
// has the server wait for it.
func (p *program) awaitGame(t *testing.T) {
	t.Helper()
	sshtest.Eventually(t, "the game opens", func() bool { return strings.Contains(p.Log(), "counts loaded") })
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

// requireTools skips a test without the tools that it needs, except on a machine where no test may
// be skipped.
func requireTools(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CLICKKY_REQUIRE_DB") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}
