package server_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
)

// reluctant is an agent that lists keys with which it doesn't sign.
type reluctant struct {
	agent.Agent

	refuses map[string]bool // by fingerprint
}

func (r reluctant) Sign(key gossh.PublicKey, data []byte) (*gossh.Signature, error) {
	if r.refuses[gossh.FingerprintSHA256(key)] {
		return nil, errors.New("this key is not ours")
	}
	return r.Agent.Sign(key, data)
}

// serveAgent returns the socket of an agent that doesn't sign with its first onlyShown keys.
func serveAgent(t *testing.T, onlyShown int, numbers ...byte) string {
	t.Helper()
	r := reluctant{agent.NewKeyring(), map[string]bool{}}
	for i, n := range numbers {
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = n
		key := ed25519.NewKeyFromSeed(seed)
		if err := r.Add(agent.AddedKey{PrivateKey: &key}); err != nil {
			t.Fatal(err)
		}
		if i < onlyShown {
			r.refuses[fingerprint(sshtest.Signer(t, n))] = true
		}
	}
	dir, err := os.MkdirTemp("", "agent") // shorter than the test's own, for a socket's name is short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				_ = agent.ServeAgent(r, conn)
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
		_ = os.RemoveAll(dir)
	})
	return socket
}

// openssh runs a command with the real client, whose keys are those of an agent.
func openssh(t *testing.T, addr, name, agent, line string, options ...string) sshtest.Result {
	t.Helper()
	if _, err := exec.LookPath("ssh"); err != nil {
		if os.Getenv("CLICKKY_REQUIRE_DB") != "" {
			t.Fatal("the tests need the package openssh-client")
		}
		t.Skip("ssh is not installed")
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	options = append(options, "-F", "/dev/null", "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "IdentityFile=none", "-p", port, name+"@"+host, line)
	cmd := exec.CommandContext(t.Context(), "ssh", options...)
	// Who is asked for a password, gives an empty one.
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+agent, "SSH_ASKPASS=true", "SSH_ASKPASS_REQUIRE=force")
	cmd.Stdin = strings.NewReader("")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return sshtest.Result{Status: cmd.ProcessState.ExitCode(), Out: out.String(), Errors: errs.String()}
}

// TestIdentityIgnoresOfferedKey covers CVE-2024-45337: the client asks whether the server
// would accept a key, gets a yes, and then authenticates by other means.
func TestIdentityIgnoresOfferedKey(t *testing.T) {
	t.Parallel()
	owner, boss := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) }).load(t, 0).journal(t)
	owns(t, g, "alice", owner)
	for what, c := range map[string]struct {
		name string
		keys []byte // the first of which is only shown
		want string
	}{
		"the owner's key":                    {"alice", []byte{1}, "isn't yours"},
		"the owner's key and then another":   {"alice", []byte{1, 3}, "isn't yours"},
		"an admin's key":                     {"bob", []byte{2}, `"claimed":false,"admin":false`},
		"an admin's key and then another":    {"bob", []byte{2, 3}, `"claimed":false,"admin":false`},
		"another key and then the owner's":   {"alice", []byte{3, 1}, `"claimed":true`},
		"another key and then the admin's":   {"bob", []byte{3, 2}, `"admin":true`},
		"someone else's key on a free name":  {"carol", []byte{3}, `"name":"carol"`},
		"someone else's under a shared name": {"root", []byte{2}, `"admin":false`},
	} {
		for _, method := range []string{"keyboard-interactive", "password"} {
			r := openssh(t, g.addr, c.name, serveAgent(t, 1, c.keys...), "me --json", "-o", "PreferredAuthentications=publickey,"+method)
			if !strings.Contains(r.Out+r.Errors, c.want) {
				t.Errorf("%s, then %s: %+v, want %s", what, method, r, c.want)
			}
		}
	}
	if keys := g.Keys("carol"); len(keys) > 0 {
		t.Errorf("a key that was only shown has got %v", keys)
	}
}

// forged returns invalid signatures.
type forged struct{ gossh.Signer }

func (f forged) Sign(io.Reader, []byte) (*gossh.Signature, error) {
	return &gossh.Signature{Format: f.PublicKey().Type(), Blob: make([]byte, 64)}, nil
}

func TestIdentityForgedSignatureEndsConn(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	for _, keys := range [][]gossh.Signer{{forged{sshtest.Signer(t, 1)}}, {forged{sshtest.Signer(t, 1)}, sshtest.Signer(t, 2)}} {
		client, err := gossh.Dial("tcp", g.addr, sshtest.Config("alice", keys...))
		if err == nil {
			_ = client.Close()
			t.Errorf("with %d keys it comes in", len(keys))
		}
	}
}
