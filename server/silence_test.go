package server_test

import (
	"testing"
	"time"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
)

// TestScreenIdleSendsNothing reads real connections of players while nobody clicks.
func TestScreenIdleSendsNothing(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.PublicLeaderboard = true }).load(t, 1_000_000)
	looks := map[string]struct{ keys, shows string }{
		"game":        {"", "press space"},
		"help":        {"?", "what counts"},
		"leaderboard": {"l", "leaderboard"},
		"calm":        {"m", "reduced motion"},
	}
	screens := map[string]*sshtest.Screen{}
	for name, look := range looks {
		s := sshtest.Dial(t, g.addr, name).Play(t, 80, 24)
		s.WaitFor(t, name)
		s.Type(t, look.keys)
		s.WaitFor(t, look.shows)
		screens[name] = s
	}
	// Until the last of them has read who is here, which is told once a second.
	sent := func() (n int) {
		for _, s := range screens {
			n += s.Received()
		}
		return n
	}
	const silence = 2 * time.Second
	before, since := sent(), time.Now()
	if !sshtest.Holds(func() bool {
		if now := sent(); now != before {
			before, since = now, time.Now()
		}
		return time.Since(since) > silence
	}) {
		t.Fatalf("%d bytes were sent, and it goes on", before)
	}
	screens["game"].Type(t, " ")
	for name, s := range screens {
		if name != "help" {
			s.WaitFor(t, "1,000,001")
		}
	}
}
