package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// amend writes a checkpoint as an import does, and returns what Amend yielded.
func amend(t *testing.T, s store.Store, batch game.Checkpoint) (found counts, snapshot store.Snapshot, err error) {
	t.Helper()
	found = counts{}
	err = s.Amend(t.Context(), func(p game.Player) error {
		found[p.Name] = p.Clicks
		return nil
	}, func(there store.Snapshot) (game.Checkpoint, error) {
		snapshot = there
		return batch, nil
	})
	return found, snapshot, err
}

func mustAmend(t *testing.T, s store.Store, batch game.Checkpoint) {
	t.Helper()
	if _, _, err := amend(t, s, batch); err != nil {
		t.Fatalf("Amend: %v", err)
	}
}

// endGame releases the lease, as a server does when it ends.
func endGame(t *testing.T, g *fixture) {
	t.Helper()
	if err := g.Release(t.Context(), journal); err != nil {
		t.Fatalf("Release: %v", err)
	}
}

func amendCounts(t *testing.T, g *fixture) {
	if _, _, err := amend(t, g, game.Checkpoint{}); !errors.Is(err, store.ErrNoTables) {
		t.Errorf("Amend without tables: %v, want store.ErrNoTables in its chain", err)
	}
	migrate(t, g)
	save(t, g, counts{"alice": 1, "bob": 2}.batch(5))
	endGame(t, g)
	batch := counts{"alice": 10, "carol": 3}.batch(20)
	batch.Owners = ownedSince(3, 7).owners()
	batch.Preferences = []game.Preference{{Name: "alice", Text: "light"}}
	batch.Bans = []game.Ban{{Target: "192.0.2.0/24", Until: noon}}
	batch.Records = records(1, 2)
	batch.Journal, batch.From, batch.To = "nobody's", 7, 99 // ignored
	found, snapshot, err := amend(t, g, batch)
	if err != nil || len(found) != 2 || found["bob"] != 2 || snapshot.Total != 5 || snapshot.State.Position != 1 || snapshot.Journal != journal {
		t.Fatalf("Amend: %v; it yields %v and %+v", err, found, snapshot)
	}
	check(t, g, counts{"alice": 10, "bob": 2, "carol": 3}, 20)
	checkOwners(t, g, ownedSince(3, 7))
	checkPreferences(t, g, preferences{"alice": "light"})
	checkActions(t, g, map[string]time.Time{"192.0.2.0/24": noon}, records(1, 2))
	// Again, with no server in between.
	mustAmend(t, g, counts{"bob": 3}.batch(21))

	state, err := g.Lease(t.Context(), journal, 500, time.Hour)
	if err != nil || state.Journal != journal || state.Position != 1 || !state.Amended {
		t.Fatalf("Lease: %+v, %v; want the position as it was, and that it was amended", state, err)
	}
	if state := mustLease(t, g, journal, 500, time.Hour); state.Amended {
		t.Errorf("the next Lease tells the same again: %+v", state)
	}
	save(t, g, counts{"alice": 11}.batch(22))
	check(t, g, counts{"alice": 11, "bob": 3, "carol": 3}, 22)
}

// amendFrozen checks that a server that was frozen, and didn't stop, overwrites nothing that was
// amended.
func amendFrozen(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	mustLease(t, g, journal, 0, time.Millisecond)
	awaitEnd(t, g)
	mustAmend(t, g.open(t), counts{"alice": 10}.batch(10))
	wantMoved(t, g, g.next(counts{"alice": 2}.batch(2)))
	state, err := g.State(t.Context())
	if err != nil || state.Journal == journal || state.Journal == "" {
		t.Errorf("State: %+v, %v; want that the database is not the frozen server's", state, err)
	}
	if err := g.Release(t.Context(), journal); err != nil {
		t.Errorf("Release: %v", err)
	}
	check(t, g, counts{"alice": 10}, 10)
	// Another journal takes it over at its own position, as any other database.
	if state := mustLease(t, g, "another", 77, time.Hour); state.Position != 77 || state.Amended {
		t.Errorf("Lease of another journal: %+v", state)
	}
}

func amendUnowned(t *testing.T, g *fixture) {
	if err := g.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	mustAmend(t, g, counts{"alice": 10}.batch(10))
	check(t, g, counts{"alice": 10}, 10)
	// The events until now weren't meant for these counts.
	if state := mustLease(t, g, journal, 40, time.Hour); state.Position != 40 || state.Amended {
		t.Errorf("Lease: %+v, want the position of the journal", state)
	}
}

func amendLeased(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	for _, s := range []store.Store{g, g.open(t)} {
		err := s.Amend(t.Context(), func(game.Player) error {
			t.Error("Amend reads while a lease lasts")
			return nil
		}, func(store.Snapshot) (game.Checkpoint, error) {
			t.Error("Amend asks what to write while a lease lasts")
			return game.Checkpoint{}, nil
		})
		if !errors.Is(err, store.ErrLeased) || errors.Is(err, store.ErrUnknown) {
			t.Errorf("Amend: %v, want store.ErrLeased in its chain", err)
		}
	}
	check(t, g, counts{"alice": 1}, 1)
	save(t, g, counts{"alice": 2}.batch(2))
}

func amendNothing(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1, "bob": 2}.batch(3))
	endGame(t, g)
	enough := errors.New("enough")
	good := func(store.Snapshot) (game.Checkpoint, error) { return counts{"alice": 9}.batch(9), nil }
	for range 10 { // more often than there are connections
		err := g.Amend(t.Context(), func(game.Player) error { return enough }, good)
		if !errors.Is(err, enough) {
			t.Fatalf("Amend: %v, want the error of yield", err)
		}
		err = g.Amend(t.Context(), func(game.Player) error { return nil }, func(store.Snapshot) (game.Checkpoint, error) {
			return counts{"alice": 9}.batch(9), enough
		})
		if !errors.Is(err, enough) {
			t.Fatalf("Amend: %v, want the error of amend", err)
		}
	}
	g.db.Refuse(t, "mallory")
	batch := crowd("p", 1500, 1)
	batch["mallory"] = 1
	if _, _, err := amend(t, g, batch.batch(9)); err == nil || errors.Is(err, store.ErrUnknown) {
		t.Errorf("Amend with a player who is refused: %v, want an error", err)
	}
	check(t, g, counts{"alice": 1, "bob": 2}, 3)
	wantRejected(t, g, counts{})
	if state := mustLease(t, g, journal, 0, time.Hour); state.Amended {
		t.Errorf("Lease: %+v, after nothing was amended", state)
	}
}

// amendRejected checks that Amend yields a rejected player, and may end the rejection.
func amendRejected(t *testing.T, g *fixture) {
	migrate(t, g)
	g.db.Refuse(t, "mallory")
	saveSome(t, g, counts{"alice": 1, "mallory": 2}.batch(3))
	g.db.Accept(t, "mallory")
	endGame(t, g)
	found, _, err := amend(t, g, counts{"mallory": 5}.batch(6))
	if err != nil || found["mallory"] != 2 {
		t.Errorf("Amend yields %v, %v; want mallory's 2 clicks", found, err)
	}
	wantRejected(t, g, counts{})
	check(t, g, counts{"alice": 1, "mallory": 5}, 6)
}

// amendDuringServerStart starts a server during an Amend: it gets the lease with everything
// amended, or not at all.
func amendDuringServerStart(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	endGame(t, g)
	server := g.open(t)
	var group sync.WaitGroup
	want := crowd("p", 1500, 3)
	want["alice"] = 10
	begun, ready := make(chan struct{}), make(chan struct{})
	var found counts
	var state store.State
	var serverErr error
	group.Go(func() {
		<-begun
		close(ready)
		for {
			state, serverErr = server.Lease(t.Context(), journal, 0, time.Hour)
			if serverErr == nil {
				break
			}
			if t.Context().Err() != nil {
				return
			}
		}
		found, _, serverErr = load(t.Context(), server)
	})
	err := g.Amend(t.Context(), func(game.Player) error { return nil }, func(store.Snapshot) (game.Checkpoint, error) {
		close(begun)
		<-ready
		return want.batch(want.sum()), nil
	})
	group.Wait()
	if err != nil || serverErr != nil {
		t.Fatalf("Amend: %v; the server: %v", err, serverErr)
	}
	if len(found) != len(want) || found["alice"] != 10 || state.Position != 1 || !state.Amended {
		t.Errorf("the server has %d players, alice with %d clicks, %+v; want all that was amended", len(found), found["alice"], state)
	}
}

// raceToAmend lets imports and servers race for a database: each sees the other completely or not
// at all.
func raceToAmend(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 0}.batch(0))
	endGame(t, g)
	server, operators := g.open(t), []store.Store{g, g.open(t)}
	amended := uint64(0)
	for round := range 20 {
		var group sync.WaitGroup
		start := make(chan struct{})
		errs := make([]error, len(operators))
		for i, s := range operators {
			group.Go(func() {
				<-start
				var alice uint64
				errs[i] = s.Amend(t.Context(), func(p game.Player) error {
					alice = p.Clicks
					return nil
				}, func(store.Snapshot) (game.Checkpoint, error) { return counts{"alice": alice + 1}.batch(alice + 1), nil })
			})
		}
		var seen counts
		var leaseErr, loadErr error
		group.Go(func() {
			<-start
			if _, leaseErr = server.Lease(t.Context(), journal, 0, time.Hour); leaseErr == nil {
				seen, _, loadErr = load(t.Context(), server)
			}
		})
		close(start)
		group.Wait()
		if err := errors.Join(leaseErr, loadErr); err != nil {
			t.Fatalf("round %d: the server: %v", round, err)
		}
		for _, err := range errs {
			switch {
			case err == nil:
				amended++
			case !errors.Is(err, store.ErrLeased):
				t.Fatalf("round %d: Amend: %v, want store.ErrLeased in its chain", round, err)
			}
		}
		if seen["alice"] != amended {
			t.Fatalf("round %d: the server has %d of %s", round, seen["alice"], fmt.Sprint(amended, " that were amended"))
		}
		endGame(t, g)
	}
	check(t, g, counts{"alice": amended}, amended)
}
