package server_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

func TestPlayersSeeEachOthersClicks(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 1_000_000)
	alice := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	alice.WaitFor(t, "alice", "1,000,000")
	alice.Type(t, " ")
	alice.WaitFor(t, "1,000,001")
	bob := sshtest.Dial(t, g.addr, "Bob").Play(t, 120, 40)
	bob.WaitFor(t, "bob", "1,000,001", "2 here")
	bob.Type(t, "  ")
	alice.WaitFor(t, "1,000,003", "2 here")
	bob.WaitFor(t, "1,000,003")
	alice.Type(t, " ")
	bob.WaitFor(t, "1,000,004")
}

func TestSessionsOfPlayerShareCount(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	one := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	two := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	one.WaitFor(t, "alice")
	one.Type(t, "   ")
	sshtest.Eventually(t, "three clicks", func() bool { return g.Standing("alice").Clicks == 3 })
	two.WaitFor(t, "#1 of 1")
	two.Type(t, " ")
	sshtest.Eventually(t, "four clicks", func() bool { return g.Standing("alice").Clicks == 4 })
	two.WaitFor(t, "1 here")
}

func TestQuitRestoresTerminalAndShowsFigures(t *testing.T) {
	t.Parallel()
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

func TestSizeChangeReflows(t *testing.T) {
	t.Parallel()
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

func TestMouseClickCounts(t *testing.T) {
	t.Parallel()
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

func TestLeaderboardPublicIsForEverybody(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.PublicLeaderboard = true })
	g.load(t, 0, game.Player{Name: "carol", Clicks: 777})
	s := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	s.WaitFor(t, "l leaderboard")
	s.Type(t, "\t")
	s.WaitFor(t, "carol", "777")
}

func TestClicksIgnorePaste(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "alice")
	s.Type(t, "\x1b[200~   q   \x1b[201~ ")
	s.WaitFor(t, "1 click by 1 player")
	if got := g.Latest().Total; got != 1 {
		t.Errorf("%d clicks, want the one after the paste", got)
	}
}

func TestClicksAboveRateDoNotScore(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.MaxRate = 5 }).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "alice")
	s.Type(t, strings.Repeat(" ", 200)+"q")
	s.Status(t)
	if got := g.Latest().Total; got < 5 || got > 20 {
		t.Errorf("%d of 200 clicks at once score, want about 5", got)
	}
}

func TestClicksOfHeldKeyScoreOnce(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0)
	s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	s.WaitFor(t, "alice")
	s.Type(t, "\x1b[32;;32u"+strings.Repeat("\x1b[32;1:2;32u", 50)+"\x1b[32;1:3u")
	s.WaitFor(t, "1 click by 1 player", "a held key doesn't count")
	s.Type(t, "\x1b[32;1:1u\x1b[32;1:3u\x1b[99;5u")
	s.Status(t)
	if got := g.Latest().Total; got != 2 {
		t.Errorf("%d clicks, want two presses", got)
	}
}

func TestKeysActInBothEncodings(t *testing.T) {
	t.Parallel()
	type step struct{ legacy, kitty, shows string }
	steps := []step{
		{" ", "\x1b[32;;32u", "11 clicks by"},
		{"\r", "\x1b[13u", "12 clicks by"},
		{"\t", "\x1b[9u", "1-3 of 3"},
		{"\t", "\x1b[9u", "press space"},
		{"l", "\x1b[108;;108u", "1-3 of 3"},
		{"/", "\x1b[55:47;2;47u", "enter keep"}, // on a German keyboard
		{"C", "\x1b[99:67;2;67u", "/C"},
		{"_", "\x1b[45:95;2;95u", "/C_"},
		{"x", "\x1b[120;;120u", "no name contains that"},
		{"\x7f", "\x1b[127u", "1-1 of 1"},
		{"\x1b[D\x1b[D.", "\x1b[D\x1b[1;1:2D\x1b[46;;46u", "/.C_"},
		{"\x1b[3~", "\x1b[3~", "/._"},
		{"\x1b[H\x1b[3~", "\x1b[H\x1b[3~", "/_"},
		{"\r", "\x1b[13u", "esc all players"},
		{"\x1b", "\x1b[27u", "1-3 of 3"},
		{"\x1b[B\x1b[A\x1b[6~\x1b[5~jk", "\x1b[B\x1b[A\x1b[6~\x1b[5~\x1b[106;;106u\x1b[107;;107u", "1-3 of 3"},
		{"\x1b", "\x1b[27u", "press space"},
	}
	for leave, kitty := range map[string]string{"q": "\x1b[113;;113u", "\x03": "\x1b[1089::99;5u", "\x04": "\x1b[100;5u"} {
		for _, speaksKitty := range []bool{false, true} {
			t.Run(fmt.Sprintf("%q %v", leave, speaksKitty), func(t *testing.T) {
				t.Parallel()
				g := start(t, func(c *server.Config) { c.PublicLeaderboard = true })
				g.load(t, 10, game.Player{Name: "c_c", Clicks: 4}, game.Player{Name: "dave", Clicks: 3})
				s := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
				s.WaitFor(t, "press space")
				before := steps
				if leave != "q" {
					before = nil // the other keys have been tried
				}
				for _, k := range append(before, step{leave, kitty, "Thanks for playing"}) {
					keys := k.legacy
					if speaksKitty {
						keys = k.kitty
					}
					s.Type(t, keys)
					s.WaitFor(t, k.shows)
				}
				if status := s.Status(t); status != 0 {
					t.Errorf("status %d", status)
				}
			})
		}
	}
}

func TestLeaderboardIsForAdmins(t *testing.T) {
	t.Parallel()
	boss, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) })
	g.load(t, 0, game.Player{Name: "carol", Clicks: 777}, game.Player{Name: "dave", Clicks: 5})
	admin := sshtest.Dial(t, g.addr, "alice", boss).Play(t, 80, 24)
	admin.WaitFor(t, "alice")
	admin.Type(t, "l")
	admin.WaitFor(t, "carol", "777", "dave")

	for i, conn := range []*sshtest.Conn{sshtest.Dial(t, g.addr, "alice", other), sshtest.Dial(t, g.addr, "bob")} {
		s := conn.Play(t, 80, 24)
		s.WaitFor(t, "here")
		s.Type(t, "l\t/ ")
		s.WaitFor(t, strconv.Itoa(783+i)+" clicks by")
		if strings.Contains(s.Text(), "carol") {
			t.Errorf("somebody who is no admin sees the leaderboard:\n%s", s.Text())
		}
		s.Type(t, "q")
		s.Status(t)
	}
}
