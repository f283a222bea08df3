package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/server/admission"
	"clickky/sync/game"
)

const tooManyNames = "too many new names"

// scores presses space under a name and reports whether the press scored; otherwise the screen must
// say why.
func scores(t *testing.T, g *testServer, conn *sshtest.Conn, name string) bool {
	t.Helper()
	before := g.Standing(name).Clicks
	s := conn.Play(t, 80, 24)
	s.WaitFor(t, name)
	s.Type(t, " ")
	scored := false
	sshtest.Eventually(t, "the press of "+name+" counts or is explained", func() bool {
		scored = g.Standing(name).Clicks == before+1
		return scored || strings.Contains(s.Text(), tooManyNames)
	})
	s.Type(t, "q")
	s.Status(t)
	return scored
}

func TestNamesNewPerKeyAreLimited(t *testing.T) {
	t.Parallel()
	mine, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	g := start(t, func(c *server.Config) { c.Names = admission.NameConfig{KeyBurst: 2, KeyEvery: time.Hour} }).
		load(t, 0, game.Player{Name: "free", Clicks: 7}, game.Player{Name: "mine", Clicks: 3}).journal(t)
	owns(t, g, "mine", mine)
	owns(t, g, "given", mine)
	for _, c := range []struct {
		name string
		keys []gossh.Signer
		want bool
	}{
		{"one", []gossh.Signer{mine}, true},
		{"two", []gossh.Signer{mine}, true},
		{"three", []gossh.Signer{mine}, false},
		{"free", []gossh.Signer{mine}, false}, // it would claim the name
		{"one", []gossh.Signer{mine}, true},
		{"mine", []gossh.Signer{mine}, true},
		{"given", []gossh.Signer{mine}, true}, // by the operator, and never played
		{"root", []gossh.Signer{mine}, false},
		{"free", nil, true},
		{"four", nil, true}, // of loopback
		{"root", nil, true},
		{"root", []gossh.Signer{mine}, true}, // it exists
		{"free", []gossh.Signer{other}, true},
		{"three", []gossh.Signer{other}, true},
	} {
		if got := scores(t, g, sshtest.Dial(t, g.addr, c.name, c.keys...), c.name); got != c.want {
			t.Errorf("%s with %d keys scores: %v, want %v", c.name, len(c.keys), got, c.want)
		}
	}
	if ignored := g.server.Stats().Ignored["new_name"]; ignored != 3 {
		t.Errorf("%d clicks under new names were ignored, want 3", ignored)
	}
}

// TestNamesNewPerAddressAreLimited covers players with keys and without. A new player reads
// what to do, whatever else is on the screen.
func TestNamesNewPerAddressAreLimited(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) {
		behind(t, "127.0.0.1")(c)
		c.Names = admission.NameConfig{AddressBurst: 2, AddressEvery: time.Hour}
		c.MaxPerAddress = 1
	}).load(t, 0).journal(t)
	for i, want := range []bool{true, true, false, false} {
		name := fmt.Sprint("new", i)
		var keys []gossh.Signer
		if i%2 == 0 {
			keys = append(keys, sshtest.Signer(t, byte(1+i)))
		}
		sshtest.Eventually(t, "the last session has ended", func() bool { return g.server.Sessions() == 0 })
		if got := scores(t, g, through(t, g, "203.0.113.9", name, keys...), name); got != want {
			t.Errorf("%s scores: %v, want %v", name, got, want)
		}
	}
	if !scores(t, g, through(t, g, "203.0.113.10", "new2"), "new2") {
		t.Error("another address may make no name")
	}
	if !scores(t, g, through(t, g, "203.0.113.9", "new2"), "new2") {
		t.Error("a name that exists does not play on")
	}
}
