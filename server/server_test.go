package server_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/server"
	"clickky/server/identity"
	"clickky/server/sshtest"
	"clickky/sync/ledger"
)

// game is a running server.
type game struct {
	*ledger.Ledger
	addr   string
	server *server.Server
	log    *strings.Builder // read it only after the server has ended
	end    func()
}

// start runs a server on loopback until the test ends. The ledger is loaded
// unless prepare says otherwise.
func start(t *testing.T, prepare func(*server.Config)) *game {
	t.Helper()
	g := &game{Ledger: ledger.New(), log: &strings.Builder{}}
	admins, err := identity.ParseAdmins(nil)
	if err != nil {
		t.Fatal(err)
	}
	config := server.Config{
		HostKey: filepath.Join(t.TempDir(), "host_key"), Ledger: g.Ledger, Admins: admins,
		MaxRate: 1000, MaxPlayers: 100, MaxPerAddress: 100,
		Log: slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if prepare == nil {
		prepare = func(*server.Config) {}
	}
	prepare(&config)
	if g.server, err = server.New(config); err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	published := make(chan struct{})
	go func() { ended <- g.server.Serve(l) }()
	go func() { defer close(published); g.Run(ctx) }()
	once := false
	g.end = func() {
		if once {
			return
		}
		once = true
		polite, late := context.WithTimeout(context.Background(), 5*time.Second)
		defer late()
		g.server.Shutdown(polite)
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
		cancel()
		<-published
	}
	t.Cleanup(g.end)
	return g
}

func (g *game) load(t *testing.T, total uint64, balances ...ledger.Balance) *game {
	t.Helper()
	if err := g.Load(balances, total); err != nil {
		t.Fatal(err)
	}
	return g
}

func admins(t *testing.T, who ...string) *identity.Admins {
	t.Helper()
	a, err := identity.ParseAdmins(who)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// eventually waits for something that no screen tells of.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(sshtest.Patience); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}

func fingerprint(key gossh.Signer) string { return gossh.FingerprintSHA256(key.PublicKey()) }

func TestTwoPlayersSeeEachOthersClicks(t *testing.T) {
	g := start(t, nil).load(t, 1_000_000)
	alice := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	alice.WaitFor(t, "alice", "1,000,000")
	alice.Type(t, " ")
	alice.WaitFor(t, "1,000,001")
	bob := sshtest.Dial(t, g.addr, "Bob").Play(t, 120, 40)
	bob.WaitFor(t, "bob", "1,000,001", "2 players")
	bob.Type(t, "  ")
	alice.WaitFor(t, "1,000,003", "2 players")
	bob.WaitFor(t, "1,000,003")
	alice.Type(t, " ")
	bob.WaitFor(t, "1,000,004")
}

func TestSessionsOfOnePlayerShareOneCount(t *testing.T) {
	g := start(t, nil).load(t, 0)
	one := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	two := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	one.WaitFor(t, "alice")
	one.Type(t, "   ")
	eventually(t, "three clicks", func() bool { return g.Standing("alice").Clicks == 3 })
	two.WaitFor(t, "#1 of 1")
	two.Type(t, " ")
	eventually(t, "four clicks", func() bool { return g.Standing("alice").Clicks == 4 })
	two.WaitFor(t, "online   1 player")
}

func TestLeavingRestoresTheTerminalAndLeavesTheFigures(t *testing.T) {
	for _, key := range []string{"q", "\x03", "\x04"} {
		t.Run(strconv.Quote(key), func(t *testing.T) {
			g := start(t, nil).load(t, 41)
			s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
			s.WaitFor(t, "alice")
			if !s.InAltScreen() {
				t.Error("the game is not in the alternate screen")
			}
			s.Type(t, " "+key)
			if status := s.Status(t); status != 0 {
				t.Errorf("status %d, want 0", status)
			}
			if s.InAltScreen() {
				t.Error("the terminal is left in the alternate screen")
			}
			s.WaitFor(t, "42")
			eventually(t, "nobody online", func() bool { return g.Latest().Online == 0 })
		})
	}
}

func TestResizingReflows(t *testing.T) {
	g := start(t, nil).load(t, 1234)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 120, 40)
	s.WaitFor(t, "alice", "1,234")
	s.Resize(t, 40, 12)
	s.WaitUntil(t, "fits into twelve lines", func(screen string) bool {
		return strings.Contains(screen, "alice") && strings.Contains(screen, "1,234") && strings.Count(screen, "\n") == 12
	})
	s.Type(t, " ")
	s.WaitFor(t, "1,235")
	s.Resize(t, 10, 3)
	s.Type(t, " ")
	eventually(t, "a click on a screen that is too small", func() bool { return g.Latest().Total == 1236 })
}

func TestPasteDoesNotClick(t *testing.T) {
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "alice")
	s.Type(t, "\x1b[200~   q   \x1b[201~ ")
	s.WaitFor(t, "1 click by 1 player")
	if got := g.Latest().Total; got != 1 {
		t.Errorf("%d clicks, want the one after the paste", got)
	}
}

func TestClicksBeyondTheRateDoNotScore(t *testing.T) {
	g := start(t, func(c *server.Config) { c.MaxRate = 5 }).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "alice")
	s.Type(t, strings.Repeat(" ", 200)+"q")
	s.Status(t)
	if got := g.Latest().Total; got < 5 || got > 20 {
		t.Errorf("%d of 200 clicks at once score, want about 5", got)
	}
}

func TestTheLeaderboardOpensForAdminsOnly(t *testing.T) {
	boss, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) })
	g.load(t, 0, ledger.Balance{Name: "carol", Clicks: 777}, ledger.Balance{Name: "dave", Clicks: 5})
	admin := sshtest.Dial(t, g.addr, "alice", boss).Play(t, 80, 24)
	admin.WaitFor(t, "alice")
	admin.Type(t, "l")
	admin.WaitFor(t, "carol", "777", "dave")

	for i, conn := range []*sshtest.Conn{sshtest.Dial(t, g.addr, "alice", other), sshtest.Dial(t, g.addr, "bob")} {
		s := conn.Play(t, 80, 24)
		s.WaitFor(t, "online")
		s.Type(t, "l\t/ ")
		s.WaitFor(t, strconv.Itoa(783+i)+" clicks by")
		if strings.Contains(s.Text(), "carol") {
			t.Errorf("somebody who is no admin sees the leaderboard:\n%s", s.Text())
		}
		s.Type(t, "q")
		s.Status(t)
	}
}

func TestCommandsWorkWithAndWithoutATerminal(t *testing.T) {
	boss := sshtest.Signer(t, 1)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) })
	g.load(t, 0, ledger.Balance{Name: "carol", Clicks: 777})
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
		{"me", nil, false, 0, "2 of 2", ""},
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

func TestWatchEndsWithAKeyOrWithTheServer(t *testing.T) {
	g := start(t, nil).load(t, 0)
	ended := make(chan sshtest.Result, 1)
	conn := sshtest.Dial(t, g.addr, "alice")
	go func() { ended <- conn.Run(t, "watch --json", false) }()
	session, err := sshtest.Dial(t, g.addr, "bob").NewSession()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.RequestPty("xterm", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := session.Start("watch"); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Write([]byte("\x03")); err != nil {
		t.Fatal(err)
	}
	if err := session.Wait(); err != nil {
		t.Errorf("watch after Ctrl-C: %v", err)
	}
	g.end()
	if r := <-ended; r.Status != 0 || !strings.HasPrefix(r.Out, `{"total":0,`) {
		t.Errorf("watch at the server's end: %+v", r)
	}
}

func TestWhoCannotComeInReadsWhy(t *testing.T) {
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
		{"a kept name without a key", "boss", kept, nil, "somebody else's"},
		{"a kept name with another key", "boss", kept, []gossh.Signer{other}, "somebody else's"},
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

func TestTheRightKeyIsFoundAmongMany(t *testing.T) {
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

func TestNobodyPlaysBeforeTheCountsAreLoaded(t *testing.T) {
	g := start(t, nil)
	for _, line := range []string{"", "stats"} {
		r := sshtest.Dial(t, g.addr, "alice").Run(t, line, true)
		if r.Status != 1 || !strings.Contains(r.Errors, "database cannot be reached") || strings.Count(r.Errors, "\n") != 1 {
			t.Errorf("%q: %+v, want one sentence and status 1", line, r)
		}
	}
	g.load(t, 5)
	if r := sshtest.Dial(t, g.addr, "alice").Run(t, "stats", false); r.Status != 0 {
		t.Errorf("after loading: %+v", r)
	}
}

func TestShutdownTellsEveryPlayer(t *testing.T) {
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

func TestWhoIsAwayIsSentAway(t *testing.T) {
	g := start(t, func(c *server.Config) { c.AFK = 300 * time.Millisecond }).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	if status := s.Status(t); status != 0 {
		t.Errorf("status %d", status)
	}
	s.WaitFor(t, "away")
}

func TestOneConnectionHasOneSession(t *testing.T) {
	g := start(t, nil).load(t, 0)
	conn := sshtest.Dial(t, g.addr, "alice")
	conn.Play(t, 80, 24).WaitFor(t, "alice")
	if _, err := conn.NewSession(); err == nil {
		t.Error("a connection gets a second session")
	}
}

func TestTheHostKeyIsKeptAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host_key")
	keys := map[string]bool{}
	for range 2 {
		g := start(t, func(c *server.Config) { c.HostKey = path })
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
		if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // to see it mended
			t.Fatal(err)
		}
	}
	if len(keys) != 1 {
		t.Errorf("host keys %v, want one", keys)
	}
	start(t, func(c *server.Config) { c.HostKey = path })
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}
