package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

func saveCancelled(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{"alice": 1}
	save(t, g, want.batch(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := g.Save(ctx, g.next(counts{"alice": 2, "bob": 3}.batch(5)))
	if !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnknown) {
		t.Fatalf("Save: %v, want context.Canceled in its chain and nothing unknown", err)
	}
	check(t, g, want, 1)
}

// crowd returns a checkpoint of many players with equal counts, so that a part is easily
// recognized.
func crowd(prefix string, size int, clicks uint64) counts {
	c := make(counts, size)
	for i := range size {
		c[fmt.Sprintf("%s-%d", prefix, i)] = clicks
	}
	return c
}

// holders is how many of a crowd own their names: several statements' worth.
const holders = 510

// allOf returns a checkpoint of a crowd and its keys, in which everything identifies the round.
func allOf(size int, round, total uint64) game.Checkpoint {
	batch := crowd("p", size, round).batch(total)
	batch.Owners = ownedSince(holders, round).owners()
	batch.Preferences = preferencesIn(round).list()
	return batch
}

// preferencesIn returns as many preferences, which identify the round, too.
func preferencesIn(round uint64) preferences {
	c := preferences{}
	for i := range holders {
		c[fmt.Sprintf("p-%d", i)] = fmt.Sprint("round ", round)
	}
	return c
}

// saveInterrupted cancels a save at later and later moments. Afterwards the database has the whole
// checkpoint or nothing of it, as State says, and it has nothing unless the error has ErrUnknown.
func saveInterrupted(t *testing.T, g *fixture) {
	migrate(t, g)
	const size = 1200 // in several statements
	clicks := uint64(1)
	save(t, g, allOf(size, clicks, size*clicks))
	const shortest = 50 * time.Microsecond
	interrupted := 0
	for patience, tries := shortest, 0; tries < 500; patience, tries = patience*3/2, tries+1 {
		next := clicks + 1
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := g.Save(ctx, g.next(allOf(size, next, size*next)))
		cancel()
		state, stateErr := g.State(t.Context())
		if stateErr != nil {
			t.Fatalf("State after a save that was cancelled: %v", stateErr)
		}
		switch moved := state.Position != g.position; {
		case moved && err != nil && !errors.Is(err, store.ErrUnknown):
			t.Fatalf("after %v Save saved, and its error does not say so: %v", patience, err)
		case moved:
			clicks, g.position = next, g.position+1
		case err == nil:
			t.Fatal("Save returned no error and did not save")
		}
		check(t, g, crowd("p", size, clicks), size*clicks)
		checkOwners(t, g, ownedSince(holders, clicks))
		checkPreferences(t, g, preferencesIn(clicks))
		switch {
		case err != nil:
			interrupted++
		case interrupted > 10:
			return
		default:
			patience = shortest // this one was too fast for its timer
		}
	}
	t.Errorf("%d of 500 saves were interrupted, so this test has shown nothing", interrupted)
}

func loadCancelled(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := load(ctx, g); !errors.Is(err, context.Canceled) {
		t.Fatalf("Load: %v, want context.Canceled in its chain", err)
	}
}

func stopLoading(t *testing.T, g *fixture) {
	migrate(t, g)
	want := crowd("p", 2000, 1)
	save(t, g, want.batch(2000))
	enough := errors.New("enough")
	calls := 0
	// More often than there are connections: none may leak.
	for range 20 {
		calls = 0
		_, err := g.Load(t.Context(), func(game.Player) error {
			if calls++; calls == 3 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || calls != 3 {
			t.Fatalf("Load: %v after %d calls, want the error of the third", err, calls)
		}
	}
	check(t, g, want, 2000)
}

// saveConcurrently runs independent writers. One that loses the compare-and-set reads the position
// again.
func saveConcurrently(t *testing.T, g *fixture) {
	migrate(t, g)
	const writers, rounds, size = uint64(6), uint64(5), 300
	errs := make([]error, writers)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for round := uint64(1); round <= rounds && errs[w] == nil; round++ {
				// Its own players, and some that all writers save.
				players := crowd(fmt.Sprintf("own%d", w), size, round)
				maps.Copy(players, crowd("shared", size, w*rounds+round))
				errs[w] = saveStubbornly(t.Context(), g, players.batch(1_000_000))
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("Save: %v", err)
	}
	found, snapshot, err := load(t.Context(), g)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	// The last writer saved in the last round, and everything of it.
	last := found["shared-0"]
	if last == 0 || last%rounds != 0 {
		t.Errorf("the shared players have count %d, which nobody saved last", last)
	}
	want := crowd("shared", size, last)
	for w := range writers {
		maps.Copy(want, crowd(fmt.Sprintf("own%d", w), size, rounds))
	}
	if !maps.Equal(found, want) {
		t.Errorf("there are %d players, want %d players of whole batches", len(found), len(want))
	}
	if snapshot.State.Position != writers*rounds || snapshot.Total != 1_000_000 {
		t.Errorf("after %d saves %+v, want as many moves and the total 1000000", writers*rounds, snapshot)
	}
}

// saveStubbornly saves one position after the database's current one, until it succeeds.
func saveStubbornly(ctx context.Context, s store.Store, batch game.Checkpoint) error {
	for {
		state, err := s.State(ctx)
		if err != nil {
			return err
		}
		batch.Journal, batch.From, batch.To = journal, state.Position, state.Position+1
		if _, err := s.Save(ctx, batch); !errors.Is(err, store.ErrMoved) {
			return err
		}
	}
}

func loadWhileSaving(t *testing.T, g *fixture) {
	migrate(t, g)
	const size, rounds = 1200, 10
	// Decreasing, unlike the counts, so that they can't be confused.
	total := func(round uint64) uint64 { return 1_000_000 - round }
	save(t, g, allOf(size, 1, total(1)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var saveErr error
	var group sync.WaitGroup
	group.Go(func() {
		defer cancel()
		for round := uint64(2); round <= rounds && saveErr == nil; round++ {
			saveErr = saveStubbornly(t.Context(), g, allOf(size, round, total(round)))
		}
	})
	loads := 0
	for ; loads == 0 || ctx.Err() == nil; loads++ {
		found, snapshot, err := load(t.Context(), g)
		if err != nil {
			t.Errorf("Load: %v", err)
			break
		}
		round := found["p-0"]
		if !maps.Equal(found, crowd("p", size, round)) || !ownersOf(t, snapshot).equal(ownedSince(holders, round)) ||
			snapshot.Total != total(round) || snapshot.State.Position != round {
			t.Errorf("load %d saw a save that was not complete", loads)
			break
		}
	}
	group.Wait()
	if saveErr != nil {
		t.Fatalf("Save: %v", saveErr)
	}
}
