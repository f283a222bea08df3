package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
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

// TestReloadReadsAdmins changes the key files of the real program during a game.
func TestReloadReadsAdmins(t *testing.T) {
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
	alice.WaitFor(t, "you're no longer an admin", "space click")
	bob.WaitFor(t, "you're now an admin", "l leaderboard")
	sshtest.Eventually(t, "one line that says how many keys there are", func() bool {
		return strings.Count(p.Log(), "reloaded settings") == 1 && strings.Contains(p.Log(), "keys=2")
	})

	before := p.Log()
	for what, spoil := range map[string]func() error{
		"line 1":           func() error { return os.WriteFile(team, []byte("oops\n"), 0o600) },
		"no longer exists": func() error { return os.Remove(team) },
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
	alice.WaitFor(t, "you're now an admin")
	limited := "# limited\nrestrict " + string(gossh.MarshalAuthorizedKey(one.PublicKey())) + string(gossh.MarshalAuthorizedKey(two.PublicKey()))
	if err := os.WriteFile(team, []byte(limited), 0o600); err != nil {
		t.Fatal(err)
	}
	p.reloads(t, "reloaded settings", "ignored an admin key", team, "line=2")
	alice.WaitFor(t, "you're no longer an admin")
	p.hangUp(t)
	p.terminate(t)
}

// reloads sends SIGHUP and returns what the log says to it, once it says all of that.
func (p *program) reloads(t *testing.T, says ...string) (said string) {
	t.Helper()
	before := p.Log()
	p.hangUp(t)
	sshtest.Eventually(t, "the log says "+strings.Join(says, " and "), func() bool {
		said = strings.TrimPrefix(p.Log(), before)
		return !slices.ContainsFunc(says, func(what string) bool { return !strings.Contains(said, what) })
	})
	return said
}

// TestReloadReadsSettings changes admins, bans and the log level in the settings file of the
// real program during a game, and breaks the file.
func TestReloadReadsSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	file, banned := filepath.Join(dir, "clickky.toml"), filepath.Join(dir, "bans")
	writes := func(path, format string, args ...any) {
		t.Helper()
		if err := os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	admin, ban := gossh.FingerprintSHA256(one.PublicKey()), gossh.FingerprintSHA256(two.PublicKey())
	writes(banned, "# nobody yet\n")
	writes(file, "admin = [%q]\nban = [%q]\nmax-rate = 50\n", admin, banned)
	p := start(t, dir, "--config", "clickky.toml", "--max-players", "100")
	alice, bob := play(t, p, "alice", one), play(t, p, "bob", two)
	alice.WaitFor(t, "admin  │")

	// A file that another file names, and nothing else.
	writes(banned, "%s # as he knows\n192.0.2.0/24\n", ban)
	if said := p.reloads(t, "reloaded settings", "keys=1", "bans=2"); strings.Contains(said, "next start") {
		t.Errorf("the log says\n%s", said)
	}
	bob.WaitFor(t, "The operator banned your key.")
	bob.Status(t)
	if r := sshtest.Dial(t, p.Addr, "bob", two).Run(t, "me", false); r.Status != 1 || !strings.Contains(r.Errors, "The operator banned your key.") {
		t.Errorf("bob, who is banned: %+v", r)
	}

	// Other lists, another level, and what needs a restart; a flag beats the file.
	writes(file, "admin = [%q, \"boss\"]\nmax-rate = 60\nlisten = \":1\"\nmax-players = 5\nno-guests = true\nlog-level = \"debug\"\n", ban)
	said := p.reloads(t, "reloaded settings", "bans=0", "level=DEBUG", "next start")
	if strings.Count(said, "next start") != 1 || !strings.Contains(said, `settings="no-guests, max-rate"`) {
		t.Errorf("the log says\n%s", said)
	}
	alice.WaitFor(t, "you're no longer an admin")
	if r := sshtest.Dial(t, p.Addr, "bob", two).Run(t, "me --json", false); !strings.Contains(r.Out, `"admin":true`) {
		t.Errorf("bob, who is an admin now: %+v", r)
	}
	if r := sshtest.Dial(t, p.Addr, "dave").Run(t, "me", false); r.Status != 0 {
		t.Errorf("a guest before the restart: %+v", r)
	}
	sshtest.Eventually(t, "what is logged at debug only", func() bool { return strings.Contains(p.Log(), "level=DEBUG msg=command") })

	// Whatever is wrong, nothing changes.
	for what, spoil := range map[string]func(){
		"clickky.toml, line 1: unknown setting":      func() { writes(file, "sped = 1\n") },
		"clickky.toml, line 1: invalid TOML":         func() { writes(file, "admin = [\n") },
		"clickky.toml, line 1: serve: --flush-every": func() { writes(file, "flush-every = \"1ms\"\n") },
		"can't read the settings file clickky.toml":  func() { _ = os.Remove(file) },
		"the settings file clickky.toml is empty":    func() { writes(file, "") },
		"use a fingerprint":                          func() { writes(file, "admin = [\"/no/such/file\"]\n") },
		"line 1 of the file isn't":                   func() { writes(banned, "nonsense\n"); writes(file, "ban = [%q]\n", banned) },
	} {
		spoil()
		before := p.Log()
		p.hangUp(t)
		sshtest.Eventually(t, "the log says "+what, func() bool { return strings.Contains(strings.TrimPrefix(p.Log(), before), what) })
		said := strings.TrimPrefix(p.Log(), before)
		if strings.Count(said, "level=ERROR") != 1 || !strings.Contains(said, "SIGHUP again") {
			t.Errorf("%s: the log says\n%s", what, said)
		}
		if r := sshtest.Dial(t, p.Addr, "bob", two).Run(t, "me --json", false); !strings.Contains(r.Out, `"admin":true`) {
			t.Errorf("bob after %s: %+v", what, r)
		}
	}
	writes(file, "log-level = \"warn\"\n")
	p.reloads(t, "level=WARN", "reloaded settings") // told while the old level still holds
	writes(file, "log-level = \"warn\"\nno-guests = true\n")
	if said := p.reloads(t, "next start"); strings.Contains(said, "reloaded settings") {
		t.Errorf("at the level warn the log says\n%s", said)
	}
	p.terminate(t)
}
