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
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/store"
)

// speak answers every connection to an address with some bytes, until the test ends.
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

func TestWhoHasTheAddress(t *testing.T) {
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	findingtest.Judged(t, "free", findingtest.First(func(r *finding.Report) { (&Server{Addr: addr}).Address(t.Context(), r) }), OK, "free", "")
	findingtest.Judged(t, "nobody", findingtest.First(func(r *finding.Report) { (&Server{Addr: addr}).Answers(t.Context(), r) }), Problem, "nothing is listening", "start the server")
	for what, c := range map[string]struct{ text, says string }{
		"another SSH server": {"SSH-2.0-OpenSSH_9.2\r\n", "OpenSSH_9.2"},
		"a web server":       {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1"},
		"escape sequences":   {"\x1b]0;x\x07\r\n", `\x1b]0;x\a`},
	} {
		addr := speak(t, c.text)
		findingtest.Judged(t, what, findingtest.First(func(r *finding.Report) { (&Server{Addr: addr}).Address(t.Context(), r) }), Problem, c.says, "--listen 127.0.0.1:")
		findingtest.Judged(t, what, findingtest.First(func(r *finding.Report) { (&Server{Addr: addr}).Answers(t.Context(), r) }), Problem, c.says, "--listen 127.0.0.1:")
	}
	findingtest.Judged(t, "says nothing", findingtest.First(func(r *finding.Report) { (&Server{Addr: speak(t, "")}).Address(t.Context(), r) }), Problem, "another program is listening", "--listen")
	findingtest.Judged(t, "no handshake", findingtest.First(func(r *finding.Report) { (&Server{Addr: speak(t, "SSH-2.0-Clickky\r\n")}).Answers(t.Context(), r) }), Problem, "didn't show a host key", "log")
	ctx, cancel := context.WithTimeout(t.Context(), 3*againAfter)
	defer cancel()
	findingtest.Judged(t, "closes at once", findingtest.First(func(r *finding.Report) { (&Server{Addr: speak(t, "")}).Answers(ctx, r) }), Problem, "closes every connection", "log")
}

func TestHostKeys(t *testing.T) {
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
		want       Severity
		says, fix  string
	}{
		{"good", write("good", good, 0o600), true, OK, "ssh-ed25519, SHA256:", ""},
		{"not to be written", write("fixed", good, 0o400), true, OK, "ssh-ed25519", ""},
		{"open", write("open", good, 0o644), true, Problem, "0644", "chmod 600 " + filepath.Join(dir, "open")},
		{"none yet", filepath.Join(dir, "none"), false, OK, "doesn't exist yet", ""},
		{"gone", filepath.Join(dir, "none"), true, Warning, "warn your players about a new key", "backup"},
		{"empty", write("empty", "", 0o600), true, Warning, "power cut", "backup"},
		{"a directory", dir, true, Problem, "not a file", "mv"},
		{"no key", write("text", "hello", 0o600), true, Problem, "not a private key", "backup"},
		{"with a passphrase", write("locked", marshal(own, "secret"), 0o600), true, Problem, "passphrase", "ssh-keygen -p"},
		{"short", write("short", marshal(short, ""), 0o600), true, Warning, "1024 bits", "ssh-keygen"},
	} {
		findingtest.Judged(t, c.name, findingtest.First(func(r *finding.Report) { HostKey(c.path, c.played, r) }), c.want, c.says, c.fix)
	}
}

func TestDataDirectories(t *testing.T) {
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
		want      Severity
		says, fix string
	}{
		{made("good", 0o700), OK, "is writable", ""},
		{made("seen", 0o755), Warning, "0755", "chmod 700"},
		{made("open", 0o777), Problem, "0777", "chmod 700"},
		{filepath.Join(dir, "deep", "down"), OK, "doesn't exist yet", ""},
		{file, Problem, "not a directory", "--data"},
		{filepath.Join(file, "below"), Problem, "", "--data"},
	} {
		findingtest.Judged(t, c.path, findingtest.First(func(r *finding.Report) { DataDir(c.path, false, r) }), c.want, c.says, c.fix)
	}
	if _, err := os.Stat(filepath.Join(dir, "deep")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking made a directory: %v", err)
	}
	findingtest.Judged(t, "in use", findingtest.First(func(r *finding.Report) { DataDir(filepath.Join(dir, "good"), true, r) }), OK, "in use by a server", "")
}

func TestFilesOfSomebodyElseAreFound(t *testing.T) {
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
	findingtest.Judged(t, "a file of root", findingtest.First(func(r *finding.Report) { owners(dir, r) }), Problem, "host_key", "chown -R 12345 "+dir)
	if err := os.Chown(path, 12345, -1); err != nil {
		t.Fatal(err)
	}
	findingtest.Judged(t, "root looks", findingtest.First(func(r *finding.Report) { owners(dir, r) }), Warning, "belongs to user 12345", "sudo -u '#12345'")
}

func TestTheJournalAndTheDatabaseFitTogether(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := j.Append(t.Context(), journal.Event{Event: game.Event{Clicks: map[string]uint64{"alice": 1}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Purge(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	id := j.ID()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		state     *store.State
		want      Severity
		says, fix string
	}{
		{"all saved", &store.State{Journal: id, Position: 10}, OK, "everything up to event 10", ""},
		{"some not", &store.State{Journal: id, Position: 7}, OK, "replays 3 events", ""},
		{"cut too far", &store.State{Journal: id, Position: 3}, Problem, "events 4 to 5 are missing", "mv " + dir},
		{"too short", &store.State{Journal: id, Position: 12}, Problem, "at event 12", "mv " + dir},
		{"a new database", &store.State{}, Problem, "events 1 to 5 are missing", "mv " + dir},
		{"another journal's", &store.State{Journal: "other", Position: 100}, Warning, "another journal (other)", "--data"},
		{"not known", nil, Skipped, "unknown", ""},
	} {
		results, found := Journal(t.Context(), Log{Dir: dir}, c.state)
		if len(results) != 2 || results[0].Severity != OK || !strings.Contains(results[0].Text, "events 6 to 10") || found != id {
			t.Fatalf("%s: %+v of %s", c.name, results, found)
		}
		findingtest.Judged(t, c.name, results[1], c.want, c.says, c.fix)
	}
	results, _ := Journal(t.Context(), Log{Dir: dir, Running: true}, &store.State{Journal: id})
	if len(results) != 1 {
		t.Errorf("%+v", results)
	}
	findingtest.Judged(t, "in use", results[0], Skipped, "a server is using it", "")
	results, _ = Journal(t.Context(), Log{Dir: dir + "-none"}, &store.State{Journal: "other", LeaseLeft: time.Second})
	if len(results) != 1 || results[0].Severity != OK {
		t.Errorf("no journal, and a database that another server has: %+v", results)
	}
}
