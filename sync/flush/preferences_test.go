package flush_test

import (
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/store"
)

var owner = ledger.Credentials{Key: "SHA256:a", Claims: true}

func (g *fixture) requireChosen(t *testing.T, name, want string) {
	t.Helper()
	g.set(func() {
		if got := g.choices[name]; got != want {
			t.Errorf("the store has %q for %s, want %q", got, name, want)
		}
	})
}

func TestPreferencesAreJournaledAndStored(t *testing.T) {
	inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
		alice := g.JoinWith("alice", owner)
		alice.Click()
		advance(time.Minute)
		for _, text := range []string{"light", "dark", "mono"} {
			alice.SetPreference(text)
		}
		advance(100 * time.Millisecond)
		if len(g.journal.events) != 2 || g.journal.events[1].Preferences["alice"] != "mono" || len(g.journal.events[1].Clicks) != 0 {
			t.Errorf("journal = %+v, want one event with the last choice", g.journal.events)
		}
		g.requireChosen(t, "alice", "")
		advance(30 * time.Second)
		g.requireChosen(t, "alice", "mono")
		advance(time.Minute)
		if len(g.journal.events) != 2 || g.attempts() != 2 {
			t.Errorf("%d events and %d saves although nothing happened", len(g.journal.events), g.attempts())
		}
	})
}

func TestPreferencesOfFreeNamesAreNotStored(t *testing.T) {
	inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
		for _, pass := range []ledger.Credentials{{}, owner} {
			g.JoinWith("stranger", pass).SetPreference("light")
		}
		advance(time.Minute)
		if len(g.journal.events) != 0 || g.attempts() != 0 {
			t.Errorf("%d events and %d saves", len(g.journal.events), g.attempts())
		}
	})
}

// TestPreferencesWaitingForClaimAreSavedAtShutdown ends the server before the claim is back
// from the journal; only then can the preferences be written there.
func TestPreferencesWaitingForClaimAreSavedAtShutdown(t *testing.T) {
	inBubble(t, 30*time.Second, nil, func(t *testing.T, g *fixture) {
		alice := g.JoinWith("alice", owner)
		alice.SetPreference("light")
		alice.Click()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.requireSaved(t, "alice", 1, 1)
		g.requireChosen(t, "alice", "light")
	})
}

func TestPreferencesWrittenByHandAreHarmless(t *testing.T) {
	prepare := func(g *fixture) { g.choices["alice"], g.choices["bob"] = "\xff", strings.Repeat("x", 1000) }
	inBubble(t, time.Second, prepare, func(t *testing.T, g *fixture) {
		alice := g.JoinWith("alice", owner)
		if got := alice.Preference(); got != "" {
			t.Errorf("alice has chosen %q", got)
		}
		alice.Click()
		advance(time.Second)
		alice.SetPreference("light")
		advance(2 * time.Second)
		g.requireSaved(t, "alice", 1, 1)
		g.requireChosen(t, "alice", "light")
	})
}

// TestPreferencesOnDisk uses a real journal and a real database, which are all that is left of
// a server that was killed, and of one that ended in good order.
func TestPreferencesOnDisk(t *testing.T) {
	dir := t.TempDir()
	want := func(when string, l *ledger.Ledger, choices map[string]string) {
		t.Helper()
		for name, text := range choices {
			if got := l.JoinWith(name, ledger.Credentials{Key: "SHA256:looks"}).Preference(); got != text {
				t.Errorf("%s: %s has chosen %q, want %q", when, name, got, text)
			}
		}
	}
	act := func(l *ledger.Ledger, a game.AdminAction) {
		t.Helper()
		if _, err := ledgertest.SubmitAction(t.Context(), l, a); err != nil {
			t.Fatalf("%+v: %v", a, err)
		}
	}
	settled := func(l *ledger.Ledger) { act(l, game.AdminAction{Kind: game.ActionMessage, Text: "after all the rest"}) }
	runOnDisk(t, dir, false, func(l *ledger.Ledger, _ store.Store) {
		for _, name := range []string{"alice", "bob", "carol"} {
			s := l.JoinWith(name, owner)
			s.SetPreference(name + "'s")
			s.Click()
		}
		settled(l) // the names are claimed
		settled(l)
		want("at first", l, map[string]string{"alice": "alice's", "bob": "bob's", "carol": "carol's"})
	})
	runOnDisk(t, dir, true, func(l *ledger.Ledger, _ store.Store) {
		want("after a kill", l, map[string]string{"alice": "alice's", "bob": "bob's", "carol": "carol's"})
		act(l, game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "alicia"})
		act(l, game.AdminAction{Kind: game.ActionDelete, Target: "bob"})
		l.JoinWith("carol", owner).SetPreference("another one")
	})
	runOnDisk(t, dir, false, func(l *ledger.Ledger, db store.Store) {
		want("after an end", l, map[string]string{"alice": "", "alicia": "alice's", "bob": "", "carol": "another one"})
		snapshot, err := db.Load(t.Context(), func(game.Player) error { return nil })
		if err != nil || len(snapshot.Preferences) != 2 {
			t.Errorf("the database has %v, %v; want two rows", snapshot.Preferences, err)
		}
		l.JoinWith("alicia", owner).SetPreference("the last one")
		settled(l)
	})
	runOnDisk(t, dir, false, func(l *ledger.Ledger, _ store.Store) {
		want("at last", l, map[string]string{"alice": "", "alicia": "the last one", "bob": "", "carol": "another one"})
	})
}
