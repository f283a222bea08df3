package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

func TestCommandsWithAndWithoutTerminal(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 1)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) })
	g.load(t, 0, game.Player{Name: "carol", Clicks: 777})
	for _, c := range []struct {
		line   string
		keys   []gossh.Signer
		tty    bool
		status int
		out    string
		errs   string
	}{
		{"stats --json", nil, false, 0, `"total":777`, ""},
		{"stats --json", nil, true, 0, `"total":777`, ""},
		{"me", nil, false, 0, "none yet", ""},
		{"leaderboard --csv", []gossh.Signer{boss}, false, 0, "1,carol,777\n", ""},
		{"leaderboard --csv", []gossh.Signer{boss}, true, 0, "1,carol,777\r\n", ""},
		{"leaderboard", nil, false, 1, "", "for admins"},
		{"make tea", nil, false, 2, "", "help"},
		{"scp -t /tmp", nil, false, 2, "", "help"},
		{"", nil, false, 2, "", "ssh -t"},
	} {
		r := sshtest.Dial(t, g.addr, "alice", c.keys...).Run(t, c.line, c.tty)
		if r.Status != c.status || !strings.Contains(r.Out, c.out) || !strings.Contains(r.Errors, c.errs) {
			t.Errorf("%q (terminal: %v): %+v; want %d, %q, %q", c.line, c.tty, r, c.status, c.out, c.errs)
		}
		if strings.Contains(r.Out+r.Errors, "\x1b") {
			t.Errorf("%q starts the screen: %q", c.line, r.Out)
		}
	}
}

// watch starts the command watch and returns after its first line.
func watch(t *testing.T, g *testServer, name string, withTerminal bool, keys ...gossh.Signer) (*gossh.Session, io.Writer) {
	t.Helper()
	session, err := sshtest.Dial(t, g.addr, name, keys...).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	typed, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if withTerminal {
		if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
	}
	session.Stderr = &bytes.Buffer{}
	if err := session.Start("watch --json"); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, `{"total":`) {
		t.Fatalf("first line of watch: %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the connection
	return session, typed
}

func TestWatchEndsWithKeyOrServer(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	alice, _ := watch(t, g, "alice", false)
	told := alice.Stderr.(*bytes.Buffer) //nolint:errcheck // see watch
	bob, keys := watch(t, g, "bob", true)
	if _, err := keys.Write([]byte("\x03")); err != nil {
		t.Fatal(err)
	}
	if err := bob.Wait(); err != nil {
		t.Errorf("watch after Ctrl-C: %v", err)
	}
	g.end()
	var exit *gossh.ExitError
	if err := alice.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 {
		t.Errorf("watch at the server's end: %v, want status 1", err)
	}
	if said := told.String(); !strings.Contains(said, "restarting") {
		t.Errorf("watch at the server's end says %q", said)
	}
}

func TestSessionRejectedReadsReason(t *testing.T) {
	t.Parallel()
	boss, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	kept := func(c *server.Config) { c.Admins = admins(t, "boss="+fingerprint(boss)) }
	full := func(c *server.Config) { c.MaxPlayers = 0 }
	for _, c := range []struct {
		what, user string
		prepare    func(*server.Config)
		keys       []gossh.Signer
		want       string
	}{
		{"a bad name", "a b\x1b[2J", nil, nil, "letters a to z"},
		{"a long name", strings.Repeat("a", 1000), nil, nil, "at most 32"},
		{"a kept name without a key", "boss", kept, nil, "belongs to another SSH key"},
		{"a kept name with another key", "boss", kept, []gossh.Signer{other}, "belongs to another SSH key"},
		{"a full game", "alice", full, nil, "full"},
	} {
		t.Run(c.what, func(t *testing.T) {
			g := start(t, c.prepare).load(t, 0)
			for _, tty := range []bool{false, true} {
				r := sshtest.Dial(t, g.addr, c.user, c.keys...).Run(t, "", tty)
				if r.Status != 1 || !strings.Contains(r.Errors, c.want) || strings.Contains(r.Errors, "\x1b") {
					t.Errorf("%+v, want status 1 and %q", r, c.want)
				}
			}
		})
	}
}

func TestLoginFindsRightKeyAmongMany(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 99)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, "boss="+fingerprint(boss)) }).load(t, 0)
	keys := []gossh.Signer{}
	for n := range byte(8) {
		keys = append(keys, sshtest.Signer(t, n))
	}
	r := sshtest.Dial(t, g.addr, "boss", append(keys, boss)...).Run(t, "me --json", false)
	if want := `"claimed":true,"admin":true`; !strings.Contains(r.Out, want) {
		t.Errorf("%+v, want %s", r, want)
	}
}

func TestSessionsAreRejectedBeforeLoad(t *testing.T) {
	t.Parallel()
	g := start(t, nil)
	for want, happens := range map[string]func(){
		"The game is starting":    func() {},
		"database is unreachable": func() { g.SetStoreHealth(true, false) },
		"database reports errors": func() { g.SetStoreHealth(true, true) },
		"another server":          func() { g.SetOwnership(game.Awaited) },
	} {
		happens()
		for _, line := range []string{"", "stats"} {
			r := sshtest.Dial(t, g.addr, "alice").Run(t, line, true)
			if r.Status != 1 || !strings.Contains(r.Errors, want) || strings.Count(r.Errors, "\n") != 1 {
				t.Errorf("%q: %+v, want one sentence with %q and status 1", line, r, want)
			}
		}
		g.SetOwnership(game.Owned)
		g.SetStoreHealth(false, false)
	}
	g.load(t, 5)
	if r := sshtest.Dial(t, g.addr, "alice").Run(t, "stats", false); r.Status != 0 {
		t.Errorf("after loading: %+v", r)
	}
}

func TestShutdownTellsEveryPlayer(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "alice")
	s.Type(t, " ")
	s.WaitFor(t, "#1 of 1")
	g.end()
	if status := s.Status(t); status != 0 || s.InAltScreen() {
		t.Errorf("status %d, alternate screen %v", status, s.InAltScreen())
	}
	s.WaitFor(t, "restarting")
}

func TestShutdownPromisesNothingWithoutJournal(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "press space")
	g.SetJournalDown(true)
	s.WaitFor(t, "in memory only")
	g.end()
	s.WaitFor(t, "can't write its journal")
	if strings.Contains(s.Text(), "safe") {
		t.Errorf("the farewell is\n%s", s.Text())
	}
}

func TestAFKEndsSession(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.AFK = 300 * time.Millisecond }).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	if status := s.Status(t); status != 0 {
		t.Errorf("status %d", status)
	}
	s.WaitFor(t, "away")
}

func TestHostKeyIsKeptAndPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "host_key")
	keys := map[string]bool{}
	for range 2 {
		g := start(t, func(c *server.Config) { c.HostKeys = []string{path} })
		config := sshtest.Config("alice")
		config.HostKeyCallback = func(_ string, _ net.Addr, key gossh.PublicKey) error {
			keys[gossh.FingerprintSHA256(key)] = true
			return nil
		}
		client, err := gossh.Dial("tcp", g.addr, config)
		if err != nil {
			t.Fatal(err)
		}
		_ = client.Close()
		g.end()
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys) != 1 {
		t.Errorf("host keys %v, want one", keys)
	}
	start(t, func(c *server.Config) { c.HostKeys = []string{path} })
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestShutdownDoesNotWaitForLogins(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	silent, err := new(net.Dialer).DialContext(t.Context(), "tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if _, err := silent.Read(make([]byte, 1)); err != nil {
		t.Fatalf("no greeting: %v", err)
	}
	begin := time.Now()
	g.end()
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("the end waited %v for a client that says nothing", took)
	}
	if _, err := io.Copy(io.Discard, silent); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection: %v, want it closed", err)
	}
}

func TestShutdownBeforeServe(t *testing.T) {
	t.Parallel()
	for range 20 {
		g := start(t, nil)
		g.end() // Serve may not have begun
		if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", g.addr); err == nil {
			_ = conn.Close()
			t.Fatal("it still listens")
		}
	}
}

// TestFullGameAdmitsAdmins needs the proved key of an admin.
func TestFullGameAdmitsAdmins(t *testing.T) {
	t.Parallel()
	boss, other := sshtest.Signer(t, 100), sshtest.Signer(t, 1)
	for what, limit := range map[string]struct {
		caps   func(*server.Config)
		reason string
	}{
		"in all":      {func(c *server.Config) { c.MaxPlayers = 1 }, "The game is full."},
		"one address": {func(c *server.Config) { c.MaxPerAddress = 1 }, "too many players at your address"},
	} {
		t.Run(what, func(t *testing.T) {
			g := start(t, func(c *server.Config) {
				behind(t, "127.0.0.1")(c) // loopback itself has no cap
				c.Admins = admins(t, fingerprint(boss))
				limit.caps(c)
			}).load(t, 0).journal(t)
			bob := through(t, g, "203.0.113.9", "bob").Play(t, 80, 24)
			bob.WaitFor(t, "bob")
			if r := through(t, g, "203.0.113.9", "carol", other).Run(t, "", true); r.Status != 1 || !strings.Contains(r.Errors, limit.reason) {
				t.Errorf("somebody else: %+v", r)
			}
			for range 2 {
				chief := through(t, g, "203.0.113.9", "chief", boss).Play(t, 80, 24)
				chief.WaitFor(t, badge)
			}
			if r := through(t, g, "203.0.113.9", "chief", boss).Run(t, "players kick bob --yes", false); r.Status != 0 {
				t.Errorf("an admin who makes room: %+v", r)
			}
			bob.Status(t)
		})
	}
}
