package live_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
)

// seconds is a time as a Balance has it.
func seconds(at time.Time) time.Time { return at.UTC().Truncate(time.Second) }

// requireSeen compares when a player was last seen, in the player's own row and in the
// leaderboard; the zero time means unknown.
func requireSeen(t *testing.T, l fixture, name string, want time.Time) {
	t.Helper()
	want = want.Truncate(time.Second).UTC()
	if got := l.Row(name).Seen; !got.Equal(want) {
		t.Errorf("%s: seen %v, want %v", name, got, want)
	}
	time.Sleep(time.Second) // until there may be another board
	board := l.Leaderboard()
	found := false
	for i := range board.Len() {
		if row := board.At(i); row.Name == name {
			found = true
			if !row.Seen.Equal(want) {
				t.Errorf("%s: seen %v on the board, want %v", name, row.Seen, want)
			}
		}
	}
	if !found {
		t.Errorf("%s is not on the board", name)
	}
}

// unsavedSeen returns the times that a store would get.
func unsavedSeen(l fixture) map[string]time.Time {
	seen := map[string]time.Time{}
	for _, p := range l.Unsaved().Players {
		seen[p.Name] = p.Seen
	}
	return seen
}

func TestLastSeenIsLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		ago := func(d time.Duration) time.Time { return seconds(now.Add(-d)) }
		l := loaded(t, 0,
			game.Player{Name: "never", Clicks: 9},
			game.Player{Name: "year", Clicks: 5, Seen: ago(365 * 24 * time.Hour)},
			game.Player{Name: "hour", Clicks: 1, Seen: ago(time.Hour)},
			game.Player{Name: "Day", Clicks: 2, Seen: ago(24 * time.Hour)},
			game.Player{Name: "same", Clicks: 3, Seen: ago(time.Hour)},
			game.Player{Name: "ahead", Clicks: 0, Seen: seconds(now.Add(time.Hour))})
		for name, at := range map[string]time.Time{
			"never": {}, "year": now.Add(-365 * 24 * time.Hour), "hour": now.Add(-time.Hour), "day": now.Add(-24 * time.Hour),
			"ahead": now, // somebody's clock was wrong
		} {
			if got := l.Row(name).Seen; !got.Equal(at) {
				t.Errorf("%s: seen %v, want %v", name, got, at)
			}
		}
		if got, want := names(l.Leaderboard().SortedBy(live.BySeen)), "ahead same hour Day year never"; got != want {
			t.Errorf("the order is %q, want %q", got, want)
		}
		if l.HasUnsavedEvents() || l.HasUnsavedPlayers() || len(l.Unsaved().Players) > 0 {
			t.Error("a freshly loaded ledger has something to save")
		}
		requireDay(t, l, "hour", "") // of which only the server that was there knew
	})
}

// TestLastSeenNeverDecreases applies events that are late.
func TestLastSeenNeverDecreases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		saved := now.Add(-time.Hour)
		l := loaded(t, 0, game.Player{Name: "a", Clicks: 9, Seen: seconds(saved)})
		fold := func(e game.Event) {
			e.Clicks = map[string]uint64{"a": 1}
			l.Apply(l.Position()+1, e, false)
		}
		fold(game.Event{At: saved.Add(-time.Minute)})
		fold(game.Event{At: saved.Add(-48 * time.Hour)})
		fold(game.Event{At: saved.Add(-400_000 * time.Hour)}) // before 1970
		fold(game.Event{})
		requireSeen(t, l, "a", saved)
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionSetCount, Target: "a", Clicks: 3})
		requireSeen(t, l, "a", saved)
		if got := unsavedSeen(l); got["a"] != seconds(saved) {
			t.Errorf("saved as %v, want %v", got, seconds(saved))
		}
		fold(game.Event{At: saved.Add(time.Minute)})
		requireSeen(t, l, "a", saved.Add(time.Minute))
		session := l.Join("a")
		session.Leave()
		requireSeen(t, l, "a", time.Now())
	})
}

// TestLastSeenFollowsOldEvent has a server that was down for days, and whose last clicks are
// only in the journal.
func TestLastSeenFollowsOldEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(-100 * time.Hour)
		l := loaded(t, 0, game.Player{Name: "a", Clicks: 1, Seen: seconds(at.Add(-time.Hour))})
		l.Apply(1, game.Event{At: at, Clicks: map[string]uint64{"a": 1, "b": 1}}, false)
		requireSeen(t, l, "a", at)
		requireSeen(t, l, "b", at)
		requireDay(t, l, "b", "")
	})
}

func TestLastSeenFollowsRenameAndEndsWithDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		saved := time.Now().Add(-time.Hour)
		l := loaded(t, 0,
			game.Player{Name: "alice", Clicks: 9, Seen: seconds(saved)},
			game.Player{Name: "bob", Clicks: 5, Seen: seconds(saved)})
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "alicia"})
		requireSeen(t, l, "alicia", saved)
		if b := l.Unsaved(); !maps.Equal(unsavedSeen(l), map[string]time.Time{"alicia": seconds(saved)}) || !slices.Equal(b.Removed, []string{"alice"}) {
			t.Errorf("the batch has %+v", b)
		}
		// Who has the name first, and is in no event yet, becomes one with the player.
		guest := l.Join("carol")
		guest.Click()
		guest.Leave()
		left := time.Now()
		l.Apply(l.Position()+1, game.Event{At: ledgertest.Noon, LastAction: l.Status().LastAction, Actions: []game.AdminAction{{Kind: game.ActionRename, Target: "alicia", To: "carol"}}}, false)
		requireSeen(t, l, "carol", left)

		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionDelete, Target: "bob"})
		if got := l.Row("bob").Seen; !got.IsZero() {
			t.Errorf("nobody is bob, who was seen %v", got)
		}
		l.Apply(l.Position()+1, game.Event{LastAction: l.Status().LastAction, Clicks: map[string]uint64{"bob": 1}}, false)
		requireSeen(t, l, "bob", time.Time{}) // another bob, by an event that does not say when
	})
}

// TestLastSeenIsSavedWithCounts holds that it is no reason to save by itself.
func TestLastSeenIsSavedWithCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := loaded(t, 0, game.Player{Name: "a", Clicks: 9}, game.Player{Name: "b", Clicks: 5}, game.Player{Name: "c", Clicks: 5})
		a, other := l.Join("a"), l.Join("a")
		l.Join("visitor").Leave()
		if other.Leave(); l.HasUnsavedPlayers() {
			t.Error("one of two sessions has left, and is to be saved")
		}
		a.Leave()
		left := seconds(time.Now())
		if l.HasUnsavedEvents() || !l.HasUnsavedPlayers() {
			t.Errorf("after somebody has left it is behind (%t) and stale (%t), want only the latter", l.HasUnsavedEvents(), l.HasUnsavedPlayers())
		}
		time.Sleep(time.Minute)
		b, c := l.Join("b"), l.Join("c")
		b.Click()
		clicked := seconds(time.Now())
		ledgertest.ApplyOne(l.Ledger)
		batch := l.Unsaved()
		if got, want := unsavedSeen(l), map[string]time.Time{"a": left, "b": clicked}; !maps.Equal(got, want) {
			t.Errorf("saved as %v, want %v", got, want)
		}
		for _, p := range batch.Players {
			if want := map[string]uint64{"a": 9, "b": 6}[p.Name]; p.Clicks != want {
				t.Errorf("%s is saved with %d clicks, want %d", p.Name, p.Clicks, want)
			}
		}
		time.Sleep(time.Minute) // the batch is being written
		b.Leave()
		c.Leave()
		left = seconds(time.Now())
		l.Saved(batch, someTime)
		if got, want := unsavedSeen(l), map[string]time.Time{"b": left, "c": left}; !maps.Equal(got, want) || l.HasUnsavedEvents() || !l.HasUnsavedPlayers() {
			t.Errorf("left to save are %v, want %v", got, want)
		}
		l.Saved(l.Unsaved(), someTime)
		if l.HasUnsavedPlayers() {
			t.Error("something is left after everything was saved")
		}
	})
}

// TestLastSeenOfPlayerWithoutEventIsNotSaved keeps a player without clicks out of the store.
func TestLastSeenOfPlayerWithoutEventIsNotSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := loaded(t, 0)
		session := l.Join("a")
		session.Click()
		session.Leave()
		if l.HasUnsavedPlayers() || len(l.Unsaved().Players) > 0 {
			t.Errorf("the batch has %+v", l.Unsaved())
		}
		left := seconds(time.Now())
		time.Sleep(time.Minute)
		ledgertest.ApplyOne(l.Ledger)
		if got, want := unsavedSeen(l), map[string]time.Time{"a": left}; !maps.Equal(got, want) {
			t.Errorf("saved as %v, want %v", got, want)
		}
		ledgertest.MustApplyAction(t, l.Ledger, game.AdminAction{Kind: game.ActionDelete, Target: "a"})
		if l.HasUnsavedPlayers() {
			t.Error("somebody who is gone is to be saved")
		}
	})
}
