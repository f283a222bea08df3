package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"clickky/sync/store"
)

func saveCancelled(t *testing.T, s store.Store) {
	migrate(t, s)
	want := counts{"alice": 1}
	save(t, s, want.batch(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Save(ctx, counts{"alice": 2, "bob": 3}.batch(5)); !errors.Is(err, context.Canceled) {
		t.Fatalf("Save: %v, want context.Canceled in its chain", err)
	}
	check(t, s, want, 1)
}

// crowd is a batch of many players who all have the same count, so that a part
// of it is easily told from the whole.
func crowd(prefix string, size int, clicks uint64) counts {
	c := make(counts, size)
	for i := range size {
		c[fmt.Sprintf("%s-%d", prefix, i)] = clicks
	}
	return c
}

// saveInterrupted cancels at later and later moments of a save: whichever it
// is, either all of the batch is there afterwards or nothing of it.
func saveInterrupted(t *testing.T, s store.Store) {
	migrate(t, s)
	const size = 3000
	saved := uint64(1)
	save(t, s, crowd("p", size, saved).batch(size*saved))
	const shortest = 50 * time.Microsecond
	interrupted := 0
	for patience, tries := shortest, 0; tries < 500; patience, tries = patience*5/4, tries+1 {
		next := saved + 1
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := s.Save(ctx, crowd("p", size, next).batch(size*next))
		cancel()
		found, total, loadErr := load(t.Context(), s)
		if loadErr != nil {
			t.Fatalf("Load after a save that was cancelled: %v", loadErr)
		}
		switch {
		case maps.Equal(found, crowd("p", size, next)) && total == size*next:
			saved = next
		case err == nil:
			t.Fatal("Save returned no error and did not save")
		case !maps.Equal(found, crowd("p", size, saved)) || total != size*saved:
			t.Fatalf("after %v (%v) a part of the batch is saved", patience, err)
		}
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

func loadCancelled(t *testing.T, s store.Store) {
	migrate(t, s)
	save(t, s, counts{"alice": 1}.batch(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := load(ctx, s); !errors.Is(err, context.Canceled) {
		t.Fatalf("Load: %v, want context.Canceled in its chain", err)
	}
}

func stopLoading(t *testing.T, s store.Store) {
	migrate(t, s)
	want := crowd("p", 2000, 1)
	save(t, s, want.batch(2000))
	enough := errors.New("enough")
	calls := 0
	// More often than there are connections: none may be left behind.
	for range 20 {
		calls = 0
		_, err := s.Load(t.Context(), func(store.Player) error {
			if calls++; calls == 3 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || calls != 3 {
			t.Fatalf("Load: %v after %d calls, want the error of the third", err, calls)
		}
	}
	check(t, s, want, 2000)
}

func saveConcurrently(t *testing.T, s store.Store) {
	migrate(t, s)
	const writers, rounds, size = uint64(6), uint64(5), 300
	errs := make([]error, writers)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for round := uint64(1); round <= rounds && errs[w] == nil; round++ {
				// Its own players, and some that all writers fight for.
				batch := crowd(fmt.Sprintf("own%d", w), size, round)
				maps.Copy(batch, crowd("shared", size, w*rounds+round))
				errs[w] = saveStubbornly(t.Context(), s, batch.batch(1_000_000))
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("Save: %v", err)
	}
	found, total, err := load(t.Context(), s)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	// Whoever saved last saved in the last round, and all of it.
	last := found["shared-0"]
	if last == 0 || last%rounds != 0 {
		t.Errorf("the shared players have count %d, which nobody saved last", last)
	}
	want := crowd("shared", size, last)
	for w := range writers {
		maps.Copy(want, crowd(fmt.Sprintf("own%d", w), size, rounds))
	}
	if !maps.Equal(found, want) || total != 1_000_000 {
		t.Errorf("%d players and total %d, want %d players of whole batches and 1000000", len(found), total, len(want))
	}
}

func loadWhileSaving(t *testing.T, s store.Store) {
	migrate(t, s)
	const size, rounds = 1200, 20
	// Falling, unlike the counts, so that the one is never taken for the other.
	total := func(round uint64) uint64 { return 1_000_000 - round }
	save(t, s, crowd("p", size, 1).batch(total(1)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var saveErr error
	var group sync.WaitGroup
	group.Go(func() {
		defer cancel()
		for round := uint64(2); round <= rounds && saveErr == nil; round++ {
			saveErr = saveStubbornly(t.Context(), s, crowd("p", size, round).batch(total(round)))
		}
	})
	loads := 0
	for ; loads == 0 || ctx.Err() == nil; loads++ {
		found, got, err := load(t.Context(), s)
		if err != nil {
			t.Errorf("Load: %v", err)
			break
		}
		if round := found["p-0"]; !maps.Equal(found, crowd("p", size, round)) || got != total(round) {
			t.Errorf("load %d saw a save that was not complete", loads)
			break
		}
	}
	group.Wait()
	if saveErr != nil {
		t.Fatalf("Save: %v", saveErr)
	}
}
