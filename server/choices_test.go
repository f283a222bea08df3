package server_test

import (
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/game"
)

// pressing is a key, and the text that the screen shows then.
type pressing struct{ key, says string }

// The texts for t and m, for a player who has chosen nothing and for one who has pressed each
// of them once before.
var (
	unchosen = []pressing{{"t", "colours: light"}, {"m", "reduced motion"}}
	chosen   = []pressing{{"t", "colours: high contrast"}, {"m", "motion on"}}
)

// screenOf opens a screen of a player.
func screenOf(t *testing.T, g *testServer, name string, keys ...gossh.Signer) *sshtest.Screen {
	t.Helper()
	s := sshtest.Dial(t, g.addr, name, keys...).Play(t, 80, 24)
	s.WaitFor(t, name, "here")
	return s
}

// press presses keys one after the other.
func press(t *testing.T, s *sshtest.Screen, keys ...pressing) {
	t.Helper()
	for _, p := range keys {
		s.Type(t, p.key)
		s.WaitFor(t, p.says)
	}
}

// kept returns the preferences that the database should have.
func kept(g *testServer) map[string]string {
	names := map[string]string{}
	for _, c := range g.Unsaved().Preferences {
		if c.Text != "" {
			names[c.Name] = c.Text
		}
	}
	return names
}

func TestPreferencesOfOwnerAreKept(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	key, other := sshtest.Signer(t, 1), sshtest.Signer(t, 2)
	owns(t, g, "alice", key)
	press(t, screenOf(t, g, "alice", key), unchosen...)
	sshtest.Eventually(t, "the choice is in the journal", func() bool { return kept(g)["alice"] == "theme=light,calm" })
	press(t, screenOf(t, g, "alice", key), chosen...)
	press(t, screenOf(t, g, "bob", other), unchosen...)
	sshtest.Eventually(t, "the last choice is in the journal", func() bool { return kept(g)["alice"] == "theme=contrast" })
}

func TestPreferencesOfNewcomerAreKeptWithName(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	key := sshtest.Signer(t, 1)
	s := screenOf(t, g, "alice", key)
	press(t, s, unchosen...)
	if names := kept(g); len(names) > 0 {
		t.Errorf("before the name is claimed %v is kept", names)
	}
	press(t, s, pressing{" ", "1 click by"})
	sshtest.Eventually(t, "the choice is kept", func() bool { return kept(g)["alice"] == "theme=light,calm" })
	press(t, s, chosen...) // still as somebody who came as a newcomer
	sshtest.Eventually(t, "the next one, too", func() bool { return kept(g)["alice"] == "theme=contrast" })
}

func TestPreferencesOfGuestsStayInMemory(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0, game.Player{Name: "bob", Clicks: 7}).journal(t)
	s := screenOf(t, g, "bob")
	press(t, s, unchosen...)
	press(t, s, pressing{" ", "8 clicks by"})
	press(t, screenOf(t, g, "bob"), chosen...)
	key := sshtest.Signer(t, 1)
	s = screenOf(t, g, "bob", key)
	press(t, s, pressing{" ", "9 clicks by"})
	sshtest.Eventually(t, "the name is claimed", func() bool { return len(g.Keys("bob")) == 1 && !g.Keys("bob")[0].Since.IsZero() })
	press(t, s, unchosen...)
	sshtest.Eventually(t, "only the owner's is kept", func() bool { return kept(g)["bob"] == "theme=light,calm" })
}

func TestPreferencesOfSharedNameAreForgotten(t *testing.T) {
	t.Parallel()
	g := start(t, nil).load(t, 0).journal(t)
	for _, keys := range [][]gossh.Signer{nil, {sshtest.Signer(t, 1)}, nil} {
		s := screenOf(t, g, "root", keys...)
		press(t, s, pressing{"t", "colours: light"}, pressing{"t", "colours: high contrast"}, pressing{" ", "+1 "})
	}
	if names := kept(g); len(names) > 0 {
		t.Errorf("%v is kept", names)
	}
}

func TestPreferencesFollowRenameAndDelete(t *testing.T) {
	t.Parallel()
	g, boss := ruled(t)
	key := sshtest.Signer(t, 1)
	owns(t, g, "alice", key)
	s := screenOf(t, g, "alice", key)
	press(t, s, unchosen...)
	does(t, boss, "players rename alice alicia")
	s.WaitFor(t, "you're now alicia")
	press(t, screenOf(t, g, "alice"), unchosen...)
	press(t, screenOf(t, g, "alicia", key), chosen...)
	press(t, s, pressing{"t", "colours: high contrast"})
	does(t, boss, "players delete alicia")
	press(t, screenOf(t, g, "alicia", key), unchosen...)
	if names := kept(g); len(names) > 0 {
		t.Errorf("%v is kept", names)
	}
}
