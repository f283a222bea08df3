package server_test

import (
	"testing"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/sync/game"
)

func TestPeerClicksAreSpent(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.MaxRate = 5 }).load(t, 0, game.Player{Name: "Bob", Clicks: 7})
	alice := sshtest.Dial(t, g.addr, "alice").Play(t, 80, 24)
	bob := sshtest.Dial(t, g.addr, "bob").Play(t, 80, 24)
	root := sshtest.Dial(t, g.addr, "root").Play(t, 80, 24)
	for _, s := range []*sshtest.Screen{alice, bob, root} {
		s.WaitFor(t, "press space")
	}
	g.server.SpendPeerClicks(map[string]uint64{"alice": 1000, "Bob": 1000, "root": 1000, "": 1000, "carol": 1000})
	for _, s := range []*sshtest.Screen{alice, bob} {
		s.Type(t, " ")
		s.WaitFor(t, "too fast")
	}
	root.Type(t, " ")
	root.WaitFor(t, "8 clicks by") // a name that is everybody's is each server's own affair
	if a, b := g.Standing("alice").Clicks, g.Standing("bob").Clicks; a != 0 || b != 7 {
		t.Errorf("alice has %d, bob %d", a, b)
	}
}

func TestPeerClicksOfRenamedPlayerAreSpent(t *testing.T) {
	t.Parallel()
	g, boss := ruled(t)
	key := sshtest.Signer(t, 1)
	screen := sshtest.Dial(t, g.addr, "alice", key).Play(t, 80, 24)
	screen.Type(t, " ")
	screen.WaitFor(t, "101 clicks by")
	does(t, boss, "players rename alice alicia")
	screen.WaitFor(t, "you're now alicia")
	g.server.SpendPeerClicks(map[string]uint64{"alice": 10_000}) // who has the name now is somebody else
	screen.Type(t, " ")
	screen.WaitFor(t, "102 clicks by")
	g.server.SpendPeerClicks(map[string]uint64{"alicia": 10_000})
	screen.Type(t, " ")
	screen.WaitFor(t, "too fast")
}
