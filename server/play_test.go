package server_test

import (
	"strconv"
	"strings"
	"testing"

	"clickky/server"
	"clickky/server/sshtest"
	"clickky/sync/ledger"
)

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
	sshtest.Eventually(t, "three clicks", func() bool { return g.Standing("alice").Clicks == 3 })
	two.WaitFor(t, "#1 of 1")
	two.Type(t, " ")
	sshtest.Eventually(t, "four clicks", func() bool { return g.Standing("alice").Clicks == 4 })
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
			sshtest.Eventually(t, "nobody online", func() bool { return g.Latest().Online == 0 })
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
	sshtest.Eventually(t, "a click on a screen that is too small", func() bool { return g.Latest().Total == 1236 })
}

func TestAMouseClickOnTheCounterCounts(t *testing.T) {
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "press space, or click here")
	s.Type(t, "\x1b[<0;40;24M\x1b[<0;40;24m") // on the last line, beside it
	s.Type(t, "\x1b[<0;40;8M\x1b[<0;40;8m")
	s.WaitFor(t, "1 click by 1 player")
	s.Type(t, "q")
	s.Status(t)
	if got := g.Latest().Total; got != 1 {
		t.Errorf("%d clicks, want the one on the counter", got)
	}
}

func TestAPublicLeaderboardOpensForEverybody(t *testing.T) {
	g := start(t, func(c *server.Config) { c.PublicLeaderboard = true })
	g.load(t, 0, ledger.Balance{Name: "carol", Clicks: 777})
	s := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	s.WaitFor(t, "l leaderboard")
	s.Type(t, "\t")
	s.WaitFor(t, "carol", "777")
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
