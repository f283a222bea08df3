package checkup

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
)

// speak answers every connection with the text until the test ends, and returns its address.
func speak(t *testing.T, text string) (addr string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(text))
			_, _ = bufio.NewReader(conn).ReadString('\n') // what the client begins with
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestAddressAndAnswers(t *testing.T) {
	addr := sshtest.FreeAddr(t)
	findingtest.Judged(t, "free", (&Server{Addr: addr}).Address(t.Context()), finding.OK, "free", "")
	findingtest.Judged(t, "nobody", (&Server{Addr: addr}).Answers(t.Context()), finding.Problem, "nothing is listening", "start the server")
	for what, c := range map[string]struct{ text, says string }{
		"another SSH server": {"SSH-2.0-OpenSSH_9.2\r\n", "OpenSSH_9.2"},
		"a web server":       {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1"},
		"escape sequences":   {"\x1b]0;x\x07\r\n", `\x1b]0;x\a`},
	} {
		addr := speak(t, c.text)
		findingtest.Judged(t, what, (&Server{Addr: addr}).Address(t.Context()), finding.Problem, c.says, "--listen 127.0.0.1:")
		findingtest.Judged(t, what, (&Server{Addr: addr}).Answers(t.Context()), finding.Problem, c.says, "--listen 127.0.0.1:")
	}
	findingtest.Judged(t, "says nothing", (&Server{Addr: speak(t, "")}).Address(t.Context()), finding.Problem, "another program is listening", "--listen")
	findingtest.Judged(t, "no handshake", (&Server{Addr: speak(t, "SSH-2.0-Clickky\r\n")}).Answers(t.Context()), finding.Problem, "didn't show a host key", "log")
	ctx, cancel := context.WithTimeout(t.Context(), 3*retryPause)
	defer cancel()
	findingtest.Judged(t, "closes at once", (&Server{Addr: speak(t, "")}).Answers(ctx), finding.Problem, "closes every connection", "log")
}

func TestHostKey(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	marshal := func(key any, passphrase string) string {
		block, err := gossh.MarshalPrivateKey(key, "")
		if passphrase != "" {
			block, err = gossh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(block))
	}
	own := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	good := marshal(own, "")
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		played     bool
		want       finding.Severity
		says, fix  string
	}{
		{"good", write("good", good, 0o600), true, finding.OK, "ssh-ed25519, SHA256:", ""},
		{"not to be written", write("fixed", good, 0o400), true, finding.OK, "ssh-ed25519", ""},
		{"open", write("open", good, 0o644), true, finding.Problem, "0644", "chmod 600 " + filepath.Join(dir, "open")},
		{"none yet", filepath.Join(dir, "none"), false, finding.OK, "doesn't exist yet", ""},
		{"gone", filepath.Join(dir, "none"), true, finding.Warning, "warn your players about a new key", "backup"},
		{"empty", write("empty", "", 0o600), true, finding.Warning, "power cut", "backup"},
		{"a directory", dir, true, finding.Problem, "not a file", "mv"},
		{"no key", write("text", "hello", 0o600), true, finding.Problem, "not a private key", "backup"},
		{"with a passphrase", write("locked", marshal(own, "secret"), 0o600), true, finding.Problem, "passphrase", "ssh-keygen -p"},
		{"short", write("short", marshal(short, ""), 0o600), true, finding.Warning, "1024 bits", "ssh-keygen"},
	} {
		findingtest.Judged(t, c.name, HostKey(c.path, c.played), c.want, c.says, c.fix)
	}
}

func TestDataDir(t *testing.T) {
	dir := t.TempDir()
	made := func(name string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path      string
		want      finding.Severity
		says, fix string
	}{
		{made("good", 0o700), finding.OK, "is writable", ""},
		{made("seen", 0o755), finding.Warning, "0755", "chmod 700"},
		{made("open", 0o777), finding.Problem, "0777", "chmod 700"},
		{filepath.Join(dir, "deep", "down"), finding.OK, "doesn't exist yet", ""},
		{file, finding.Problem, "not a directory", "--data"},
		{filepath.Join(file, "below"), finding.Problem, "", "--data"},
	} {
		findingtest.Judged(t, c.path, findingtest.First(func(r *finding.Report) { DataDir(c.path, false, r) }), c.want, c.says, c.fix)
	}
	if _, err := os.Stat(filepath.Join(dir, "deep")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking made a directory: %v", err)
	}
	findingtest.Judged(t, "in use", findingtest.First(func(r *finding.Report) { DataDir(filepath.Join(dir, "good"), true, r) }), finding.OK, "in use by a server", "")
}

func TestOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to somebody else")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "host_key")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 12345, -1); err != nil {
		t.Fatal(err)
	}
	findingtest.Judged(t, "a file of root", fileOwners(dir), finding.Problem, "host_key", "chown -R 12345 "+dir)
	if err := os.Chown(path, 12345, -1); err != nil {
		t.Fatal(err)
	}
	findingtest.Judged(t, "root looks", fileOwners(dir), finding.Warning, "belongs to user 12345", "sudo -u '#12345'")
}
