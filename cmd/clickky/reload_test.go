package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/server/sshtest"
)

// hangUp sends SIGHUP.
func (p *program) hangUp(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// writeKeys replaces what is in a file of keys.
func writeKeys(t *testing.T, path string, keys ...gossh.Signer) {
	t.Helper()
	var text strings.Builder
	for _, key := range keys {
		text.Write(gossh.MarshalAuthorizedKey(key.PublicKey()))
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSIGHUPReadsTheAdminsAgain changes the files of keys of the real program
// while it is played.
func TestSIGHUPReadsTheAdminsAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two, three := sshtest.Signer(t, 1), sshtest.Signer(t, 2), sshtest.Signer(t, 3)
	team, chief := filepath.Join(dir, "team"), filepath.Join(dir, "chief")
	writeKeys(t, team, one)
	writeKeys(t, chief, three)
	p := start(t, dir, "--admin", team, "--admin", "chief="+chief)
	alice, bob := play(t, p, "alice", one), play(t, p, "bob", two)
	alice.WaitFor(t, "admin  │")
	alice.Type(t, "l")
	alice.WaitFor(t, "nobody has clicked yet")

	writeKeys(t, team, two, three)
	p.hangUp(t)
	alice.WaitFor(t, "you are no admin any more", "space click")
	bob.WaitFor(t, "you are an admin now", "l leaderboard")
	sshtest.Eventually(t, "one line that says how many keys there are", func() bool {
		return strings.Count(p.Log(), "were read again") == 1 && strings.Contains(p.Log(), "keys=2")
	})

	before := p.Log()
	for what, spoil := range map[string]func() error{
		"line 1":             func() error { return os.WriteFile(team, []byte("oops\n"), 0o600) },
		"not there any more": func() error { return os.Remove(team) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		p.hangUp(t)
		sshtest.Eventually(t, "the log says "+what, func() bool { return strings.Contains(p.Log(), what) })
		if said := strings.TrimPrefix(p.Log(), before); strings.Count(said, "\n") != 1 || !strings.Contains(said, team) || !strings.Contains(said, "SIGHUP again") {
			t.Errorf("%s: the log says\n%s", what, said)
		}
		before = p.Log()
		writeKeys(t, team, one)
	}
	for player, is := range map[string]struct {
		key   gossh.Signer
		admin string
	}{"alice": {one, "false"}, "bob": {two, "true"}, "chief": {three, "true"}} {
		if r := sshtest.Dial(t, p.Addr, player, is.key).Run(t, "me --json", false); !strings.Contains(r.Out, `"admin":`+is.admin) {
			t.Errorf("%s after files that could not be read: %+v", player, r)
		}
	}

	for range 20 {
		p.hangUp(t)
	}
	alice.WaitFor(t, "you are an admin now")
	p.hangUp(t)
	p.terminate(t)
}
