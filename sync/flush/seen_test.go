package flush_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
	"clickky/sync/live"
	"clickky/sync/store"
)

func (g *fixture) requireSighting(t *testing.T, name string, want time.Time) {
	t.Helper()
	if got := g.seenAt(name); !got.Equal(want.Truncate(time.Second)) {
		t.Errorf("the store has seen %s at %v, want %v\n%s", name, got, want, g.log)
	}
}

func TestLastSeenIsSavedWithCounts(t *testing.T) {
	inBubble(t, 30*time.Second, func(g *fixture) { g.rows["bob"] = 5 }, func(t *testing.T, g *fixture) {
		alice, bob := g.Join("alice"), g.Join("bob")
		advance(1500 * time.Millisecond)
		alice.Click()
		clicked := time.Now()
		advance(30 * time.Second)
		g.requireSighting(t, "alice", clicked)
		g.requireSighting(t, "bob", time.Time{})

		bob.Leave()
		left := time.Now()
		advance(10 * time.Minute)
		g.requireSighting(t, "bob", time.Time{})
		if n := g.attempts(); n != 1 || !g.Status().LastSaved.Before(left) {
			t.Errorf("%d saves, and only the first had a count", n)
		}
		alice.Click()
		clicked = time.Now()
		advance(31 * time.Second)
		g.requireSighting(t, "alice", clicked)
		g.requireSighting(t, "bob", left)
		g.requireSaved(t, "bob", 5, 7)
	})
}

// TestLastSeenIsSavedAtShutdown needs no click since the last flush. The next server on that
// database knows it.
func TestLastSeenIsSavedAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, d := newDatabase(), newDisk("journal")
		db.rows["bob"] = 5
		g := start(t, time.Second, db, d, nil)
		alice := g.Join("alice")
		alice.Click()
		clicked := time.Now()
		advance(time.Minute)
		bob := g.Join("bob")
		advance(time.Minute)
		bob.Leave() // alice is disconnected too late
		left := time.Now()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		if err := g.flusher.Final(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.requireSighting(t, "alice", clicked)
		g.requireSighting(t, "bob", left)
		g.requireSaved(t, "bob", 5, 6)
		if n := g.attempts(); n != 2 {
			t.Errorf("%d saves, want one for alice's click and one at the end", n)
		}
		if s, _ := g.State(t.Context()); s.LeaseLeft != 0 || s.Position != 1 {
			t.Errorf("after the end: %+v", s)
		}

		time.Sleep(time.Hour)
		g = start(t, time.Second, db, d, nil)
		board := g.screens.Leaderboard().SortedBy(live.BySeen)
		for i, want := range []live.Row{
			{Rank: 1, Name: "bob", Clicks: 5, Seen: left.UTC()}, {Rank: 2, Name: "alice", Clicks: 1, Seen: clicked.UTC()},
		} {
			if got := board.At(i); got != want {
				t.Errorf("line %d is %+v, want %+v", i, got, want)
			}
		}
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		if err := g.flusher.Final(t.Context()); err != nil || g.attempts() != 0 {
			t.Errorf("Final = %v, and there were %d saves of nothing", err, g.attempts())
		}
	})
}

// TestLastSeenDoesNotDelayShutdown holds that it is not worth a retry.
func TestLastSeenDoesNotDelayShutdown(t *testing.T) {
	for what, c := range map[string]struct {
		trouble func(*fixture)
		most    time.Duration
		tries   int
		saved   bool
	}{
		"a database that is known to be down": {func(g *fixture) { g.SetStoreHealth(true, false) }, 0, 0, false},
		"one that is down":                    {func(g *fixture) { g.fail = errDown }, 0, 1, false},
		"one that hangs":                      {func(g *fixture) { g.hang = true }, 2 * time.Second, 1, false},
		"a lost answer":                       {func(g *fixture) { g.loseAnswers = 1 }, 0, 1, true},
	} {
		t.Run(what, func(t *testing.T) {
			inBubble(t, time.Second, func(g *fixture) { g.rows["bob"] = 5 }, func(t *testing.T, g *fixture) {
				g.Join("bob").Leave()
				if err := g.stop(); err != nil {
					t.Fatal(err)
				}
				c.trouble(g)
				begin := time.Now()
				if err := g.flusher.Final(t.Context()); err != nil {
					t.Errorf("Final = %v", err)
				}
				if took := time.Since(begin); took > c.most || g.attempts() != c.tries {
					t.Errorf("it took %v and %d tries, want %v and %d at most", took, g.attempts(), c.most, c.tries)
				}
				if got := g.seenAt("bob"); got.IsZero() == c.saved {
					t.Errorf("the store has seen bob at %v", got)
				}
				if log := g.log.String(); strings.Contains(log, "WARN") || strings.Contains(log, "counts saved") {
					t.Errorf("the log is\n%s", log)
				}
			})
		})
	}
}

// TestLastSeenInvalidIsUnknown has a value that was written by hand.
func TestLastSeenInvalidIsUnknown(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(-1, 0), time.Unix(1<<32, 0), time.Unix(1<<60, 0)} {
		prepare := func(g *fixture) { g.rows["bob"], g.seen["bob"] = 5, at }
		inBubble(t, time.Second, prepare, func(t *testing.T, g *fixture) {
			if got := g.screens.Row("bob"); !got.Seen.IsZero() || got.Clicks != 5 {
				t.Errorf("%v is loaded as %+v", at, got)
			}
		})
	}
}

// TestLastSeenOnDisk uses a real journal and a real database, which are all that is left of a
// server that ended in good order, and of one that was killed.
func TestLastSeenOnDisk(t *testing.T) {
	dir := t.TempDir()
	settled := func(l *ledger.Ledger) {
		t.Helper()
		if _, err := ledgertest.SubmitAction(t.Context(), l, game.AdminAction{Kind: game.ActionMessage, Text: "after all the rest"}); err != nil {
			t.Fatal(err)
		}
	}
	// While the test runs.
	first := time.Now().Truncate(time.Second)
	requireSeen := func(when string, l *ledger.Ledger, want ...string) {
		t.Helper()
		board := live.New(l).Leaderboard().SortedBy(live.BySeen)
		if board.Len() != len(want) {
			t.Fatalf("%s: %d players, want %v", when, board.Len(), want)
		}
		for i := range want {
			row := board.At(i)
			if row.Seen.Before(first) || row.Seen.After(time.Now()) {
				t.Errorf("%s: %+v, want since %v", when, row, first)
			}
		}
		for _, name := range want {
			if got := live.New(l).Row(name); got.Name != name || got.Seen.Before(first) {
				t.Errorf("%s: %+v, want since %v", when, got, first)
			}
		}
	}
	runOnDisk(t, dir, true, func(l *ledger.Ledger, _ store.Store) {
		for _, name := range []string{"alice", "bob"} {
			session := l.Join(name)
			session.Click()
			session.Leave()
		}
		l.Join("carol").Click() // and stays
	})
	runOnDisk(t, dir, true, func(l *ledger.Ledger, _ store.Store) {
		requireSeen("after an end", l, "alice", "bob", "carol")
		if _, err := ledgertest.SubmitAction(t.Context(), l, game.AdminAction{Kind: game.ActionRename, Target: "alice", To: "alicia"}); err != nil {
			t.Fatal(err)
		}
		if _, err := ledgertest.SubmitAction(t.Context(), l, game.AdminAction{Kind: game.ActionDelete, Target: "bob"}); err != nil {
			t.Fatal(err)
		}
	})
	runOnDisk(t, dir, false, func(l *ledger.Ledger, db store.Store) {
		requireSeen("after a rename", l, "alicia", "carol")
		if _, err := db.Load(t.Context(), func(p game.Player) error {
			if p.Seen.Before(first) {
				t.Errorf("the database has %+v", p)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		l.Join("dave").Click()
		settled(l)
	})
	runOnDisk(t, dir, false, func(l *ledger.Ledger, _ store.Store) {
		requireSeen("after a kill", l, "alicia", "carol", "dave")
	})
}
