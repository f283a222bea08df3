package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

// badge is a text that only admins have on the screen.
const badge = "admin  │"

func wantsNoAdmin(t *testing.T, s *sshtest.Screen) {
	t.Helper()
	s.WaitUntil(t, "is that of no admin", func(screen string) bool {
		return strings.Contains(screen, "space click") && !strings.Contains(screen, badge) && !strings.Contains(screen, "leaderboard")
	})
}

func TestReloadClosesLeaderboardOfFormerAdmin(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 1)
	g := start(t, func(c *server.Config) { c.Admins = admins(t, fingerprint(boss)) }).
		load(t, 0, game.Player{Name: "carol", Clicks: 777})
	s := sshtest.Dial(t, g.addr, "alice", boss).Play(t, 80, 24)
	s.WaitFor(t, badge)
	s.Type(t, "l")
	s.WaitFor(t, "carol")

	g.server.Reload(admins(t), nil) // and nobody clicks
	s.WaitFor(t, "you're no longer an admin")
	wantsNoAdmin(t, s)
	s.Type(t, "l\t ")
	s.WaitFor(t, "778 clicks by", "clicks   1 ")
	if strings.Contains(s.Text(), "carol") {
		t.Errorf("the leaderboard is open:\n%s", s.Text())
	}
	for _, line := range []string{"leaderboard", "players", "audit"} {
		r := sshtest.Dial(t, g.addr, "alice", boss).Run(t, line, false)
		if r.Status != 1 || !strings.Contains(r.Errors, "admins") || strings.Contains(r.Out+r.Errors, "carol") {
			t.Errorf("%s: %+v", line, r)
		}
	}
}

func TestReloadOpensLeaderboardForNewAdmin(t *testing.T) {
	t.Parallel()
	boss, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, nil).load(t, 0, game.Player{Name: "carol", Clicks: 777})
	s := sshtest.Dial(t, g.addr, "alice", boss).Play(t, 80, 24)
	bob := sshtest.Dial(t, g.addr, "bob", other).Play(t, 80, 24)
	guest := sshtest.Dial(t, g.addr, "dave").Play(t, 80, 24)
	for _, screen := range []*sshtest.Screen{s, bob, guest} {
		screen.WaitFor(t, "press space")
	}
	g.server.Reload(admins(t, fingerprint(boss)), nil)
	s.WaitFor(t, "you're now an admin", badge, "l leaderboard")
	s.Type(t, "l")
	s.WaitFor(t, "carol")
	if r := sshtest.Dial(t, g.addr, "alice", boss).Run(t, "players", false); r.Status != 0 || !strings.Contains(r.Out, "carol") {
		t.Errorf("players: %+v", r)
	}
	for _, screen := range []*sshtest.Screen{bob, guest} {
		screen.Type(t, "l ")
		screen.WaitFor(t, "+1 ")
		if text := screen.Text(); strings.Contains(text, badge) || strings.Contains(text, "carol") {
			t.Errorf("somebody else is an admin:\n%s", text)
		}
	}
}

func TestReloadReservesName(t *testing.T) {
	t.Parallel()
	boss, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, nil).load(t, 0).journal(t)
	guest := sshtest.Dial(t, g.addr, "chief").Play(t, 80, 24)
	looker := sshtest.Dial(t, g.addr, "chief", other).Play(t, 80, 24)
	s := sshtest.Dial(t, g.addr, "chief", boss).Play(t, 80, 24)
	for _, screen := range []*sshtest.Screen{guest, looker, s} {
		screen.WaitFor(t, "press space")
	}
	watching, _ := watch(t, g, "chief", false)

	g.server.Reload(admins(t, "chief="+fingerprint(boss)), nil)
	for _, gone := range []*sshtest.Screen{guest, looker} {
		gone.WaitFor(t, "The name chief now belongs to another SSH key.")
		gone.Status(t)
	}
	var exit *gossh.ExitError
	if err := watching.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 {
		t.Errorf("watch under a name that is kept now: %v", err)
	}
	s.WaitFor(t, badge)
	if r := sshtest.Dial(t, g.addr, "chief").Run(t, "me", false); r.Status != 1 {
		t.Errorf("a guest under a kept name: %+v", r)
	}

	g.server.Reload(admins(t), nil)
	wantsNoAdmin(t, s)
	if r := sshtest.Dial(t, g.addr, "chief").Run(t, "me", false); r.Status != 0 {
		t.Errorf("a guest under a name that is not kept any more: %+v", r)
	}
	s.Type(t, " ") // claims it, as ever
	s.WaitFor(t, "1 click by 1 player")
	if r := sshtest.Dial(t, g.addr, "chief").Run(t, "me", false); r.Status != 1 || !strings.Contains(r.Errors, "isn't yours") {
		t.Errorf("a guest under somebody's name: %+v", r)
	}
}

func TestReloadEndsFormerAdminOfBannedAddress(t *testing.T) {
	t.Parallel()
	g, boss := ruled(t)
	s := sshtest.Dial(t, g.addr, "chief", sshtest.Signer(t, 100)).Play(t, 80, 24)
	s.WaitFor(t, badge)
	does(t, boss, "players ban 127.0.0.0/8 --for 2d --force")
	s.Type(t, " ")
	s.WaitFor(t, "101 clicks by")
	g.server.Reload(admins(t), nil)
	s.WaitFor(t, "An admin banned your address until 20")
	s.Status(t)
}

// TestReloadDuringLogins has players log in, over and over, at the moment when they stop being
// admins.
func TestReloadDuringLogins(t *testing.T) {
	t.Parallel()
	boss := sshtest.Signer(t, 1)
	g := start(t, nil).load(t, 0)
	for round := range 4 {
		g.server.Reload(admins(t, fingerprint(boss)), nil)
		var conns []*sshtest.Conn
		for i := range 8 {
			conns = append(conns, sshtest.Dial(t, g.addr, fmt.Sprint("player", i), boss))
		}
		trusted := make(chan struct{})
		go func() {
			defer close(trusted)
			sshtest.Eventually(t, "somebody is playing", func() bool { return g.Latest().Online > round })
			g.server.Reload(admins(t), nil)
		}()
		var screens []*sshtest.Screen
		for _, c := range conns {
			screens = append(screens, c.Play(t, 80, 24))
		}
		<-trusted
		for _, s := range screens {
			wantsNoAdmin(t, s)
			s.Type(t, "q")
			s.Status(t)
		}
		sshtest.Eventually(t, "everybody has left", func() bool { return g.Latest().Online == 0 })
	}
}
