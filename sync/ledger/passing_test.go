package ledger_test

import (
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

// nameIn returns the name in news; "?" if they name nobody, and empty if there are none.
func nameIn(n *game.News) string {
	switch {
	case n == nil:
		return ""
	case n.Name == "":
		return "?"
	default:
		return n.Name
	}
}

// TestPassingIsToldToBoth has alice at 7 clicks, carol at 5 and bob at 3.
func TestPassingIsToldToBoth(t *testing.T) {
	l := ledgertest.Game(t)
	alice, bob, carol := l.JoinWith("alice", ledger.Credentials{Key: "k1"}), l.Join("bob"), l.Join("carol")
	for _, s := range []*ledger.Session{alice, bob, carol} {
		s.Standing()
	}
	for i, want := range []string{"", "", "carol", "", "alice"} { // to 4, 5, 6, 7 and 8
		if got := nameIn(bob.Click().Passed); got != want {
			t.Errorf("bob's click %d passed %q, want %q", i, got, want)
		}
	}
	for name, s := range map[string]*ledger.Session{"alice": alice, "carol": carol} {
		if got := nameIn(s.Standing().PassedBy); got != "bob" {
			t.Errorf("%s was passed by %q, want bob", name, got)
		}
	}
	if got := nameIn(bob.Standing().PassedBy); got != "" {
		t.Errorf("bob was passed by %q", got)
	}
}

func TestPassingOfTiedPlayerWhoCaughtUpIsNone(t *testing.T) {
	l := ledgertest.Game(t)
	carol := l.Join("carol")
	carol.Standing()
	l.Apply(1, clicked(time.Now(), "bob=2"), false) // level with carol
	if got := nameIn(carol.Click().Passed); got != "" {
		t.Errorf("carol's click passed %q, who was never ahead", got)
	}
}

func TestPassingOnOtherServerIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledgertest.Game(t)
		bob, carol := l.Join("bob"), l.Join("carol")
		bob.Standing()
		carol.Standing()
		l.Apply(1, clicked(time.Now(), "alice=1"), false)
		if got := nameIn(carol.Standing().PassedBy); got != "" {
			t.Errorf("carol was passed by %q, who was ahead", got)
		}
		l.Apply(2, game.Event{At: time.Now(), Actions: []game.AdminAction{{Kind: game.ActionSetCount, Target: "alice", Clicks: 1}}}, false)
		l.Apply(3, game.Event{At: time.Now(), LastAction: 1, Clicks: map[string]uint64{"alice": 10}}, false)
		for name, s := range map[string]*ledger.Session{"bob": bob, "carol": carol} {
			if got := nameIn(s.Standing().PassedBy); got != "alice" {
				t.Errorf("%s was passed by %q, want alice", name, got)
			}
		}
		time.Sleep(10 * time.Second)
		if got := nameIn(carol.Standing().PassedBy); got != "" {
			t.Errorf("carol was passed by %q ten seconds ago", got)
		}
	})
}

func TestPassingNamesNobodyWhoHides(t *testing.T) {
	l := ledgertest.Game(t)
	bob, carol := l.Join("bob"), l.Join("carol")
	for _, s := range []*ledger.Session{bob, carol} {
		s.Standing()
		s.Hide(true)
	}
	for range 3 {
		if got := nameIn(bob.Click().Passed); got != "" {
			t.Errorf("bob's click passed %q, who hides", got)
		}
	}
	if got := nameIn(carol.Standing().PassedBy); got != "?" {
		t.Errorf("carol was passed by %q, want nobody with a name", got)
	}
}

func TestPassingOfOfflinePlayerIsNotTold(t *testing.T) {
	l := ledgertest.Game(t)
	carol := l.Join("carol")
	carol.Standing()
	carol.Leave()
	bob := l.Join("bob")
	for range 5 {
		if got := nameIn(bob.Click().Passed); got != "" {
			t.Errorf("bob's click passed %q, who is offline", got)
		}
	}
}
