package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// wantState compares the results of State and Load, except for the remaining lease.
func wantState(t *testing.T, s store.Store, owner string, position uint64) {
	t.Helper()
	state, err := s.State(t.Context())
	if err != nil || state.Journal != owner || state.Position != position {
		t.Errorf("State: %+v, %v; want journal %q at %d", state, err, owner, position)
	}
	_, snapshot, err := load(t.Context(), s)
	if err != nil || snapshot.Journal != owner || snapshot.State.Position != position {
		t.Errorf("Load: %+v, %v; want journal %q at %d", snapshot, err, owner, position)
	}
}

// wantMoved requires that a Save fails because the position has changed.
func wantMoved(t *testing.T, s store.Store, batch game.Checkpoint) {
	t.Helper()
	rejected, err := s.Save(t.Context(), batch)
	if !errors.Is(err, store.ErrMoved) || errors.Is(err, store.ErrUnknown) || rejected != nil {
		t.Errorf("Save of journal %q from %d: %v, %v; want store.ErrMoved in its chain",
			batch.Journal, batch.From, rejected, err)
	}
}

func mustLease(t *testing.T, s store.Store, owner string, position uint64, d time.Duration) store.State {
	t.Helper()
	state, err := s.Lease(t.Context(), owner, position, d)
	if err != nil {
		t.Fatalf("Lease: %v", err)
	}
	if state.Journal != owner || state.LeaseLeft <= 0 || state.LeaseLeft > d {
		t.Fatalf("Lease for %v returns %+v", d, state)
	}
	return state
}

func noJournal(t *testing.T, g *fixture) {
	if _, err := g.State(t.Context()); !errors.Is(err, store.ErrNoTables) {
		t.Errorf("State without tables: %v, want store.ErrNoTables in its chain", err)
	}
	if _, err := g.Rejected(t.Context()); !errors.Is(err, store.ErrNoTables) {
		t.Errorf("Rejected without tables: %v, want store.ErrNoTables in its chain", err)
	}
	if err := g.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	if state, err := g.State(t.Context()); err != nil || state != (store.State{}) {
		t.Errorf("State: %+v, %v; want nothing", state, err)
	}
	batch := counts{"alice": 1}.batch(1)
	batch.To = 1
	wantMoved(t, g, batch)
	batch.Journal = "somebody"
	wantMoved(t, g, batch)
	if _, err := g.Lease(t.Context(), "", 0, time.Hour); err == nil {
		t.Error("Lease for no journal: no error")
	}
	check(t, g, counts{}, 0)
	wantState(t, g, "", 0)
	// The counts have no events yet, wherever the journal is.
	if state := mustLease(t, g, "somebody", 40, time.Hour); state.Position != 0 {
		t.Errorf("the first lease moves the position to %d", state.Position)
	}
	wantState(t, g, "somebody", 0)
}

func saveFromOtherPosition(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	save(t, g, counts{"alice": 2}.batch(2))
	for _, from := range []uint64{0, 1, 3, 1 << 40} {
		batch := counts{"alice": 9, "bob": 9}.batch(99)
		batch.Journal, batch.From, batch.To = journal, from, from+1
		wantMoved(t, g, batch)
	}
	check(t, g, counts{"alice": 2}, 2)
}

func saveForOtherJournal(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	for _, name := range []string{"another", strings.ToUpper(journal), journal + " ", ""} {
		batch := counts{"alice": 9, "bob": 9}.batch(99)
		batch.Journal, batch.From, batch.To = name, 1, 2
		wantMoved(t, g, batch)
		if _, err := g.Save(t.Context(), batch); err == nil || !strings.Contains(err.Error(), journal) {
			t.Errorf("Save: %v, want whose the database is", err)
		}
	}
	check(t, g, counts{"alice": 1}, 1)
	wantState(t, g, journal, 1)
}

// saveWithoutEvent saves counts at an unchanged position, which doesn't mean that another server
// saved.
func saveWithoutEvent(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	batch := counts{"alice": 2}.batch(2)
	batch.Journal, batch.From, batch.To = journal, 1, 1
	for range 2 {
		if _, err := g.Save(t.Context(), batch); err != nil {
			t.Fatalf("Save: %v", err)
		}
	}
	check(t, g, counts{"alice": 2}, 2)
}

// saveTwice saves again like a server that lost the answer to its first save.
func saveTwice(t *testing.T, g *fixture) {
	migrate(t, g)
	batch := g.next(counts{"alice": 5}.batch(5))
	batch.To = 77
	if _, err := g.Save(t.Context(), batch); err != nil {
		t.Fatalf("Save: %v", err)
	}
	wantMoved(t, g, batch)
	g.position = 77
	wantState(t, g, journal, 77)
	check(t, g, counts{"alice": 5}, 5)
}

func renewLease(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	// The database's position counts, not the server's.
	if state := mustLease(t, g, journal, 500, time.Hour); state.Position != 1 {
		t.Errorf("renewing the lease moves the position to %d", state.Position)
	}
	mustLease(t, g, journal, 0, time.Minute)
	state, err := g.State(t.Context())
	if err != nil || state.LeaseLeft <= 0 || state.LeaseLeft > time.Minute {
		t.Errorf("State: %+v, %v; want the lease of a minute", state, err)
	}
	wantState(t, g, journal, 1)
	// An expired lease can be renewed if nobody else took it.
	mustLease(t, g, journal, 0, time.Millisecond)
	awaitEnd(t, g)
	save(t, g, counts{"alice": 2}.batch(2))
	mustLease(t, g, journal, 0, time.Hour)
	check(t, g, counts{"alice": 2}, 2)
}

func leaseOfOtherServer(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	other := g.open(t)
	state, err := other.Lease(t.Context(), "another", 500, time.Hour)
	if !errors.Is(err, store.ErrLeased) || errors.Is(err, store.ErrUnknown) {
		t.Fatalf("Lease: %v, want store.ErrLeased in its chain", err)
	}
	if state.Journal != journal || state.Position != 1 || state.LeaseLeft <= 0 || state.LeaseLeft > time.Hour {
		t.Errorf("Lease: %+v, want who has it", state)
	}
	wantState(t, other, journal, 1)
	save(t, g, counts{"alice": 2}.batch(2))
}

func takeOver(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	mustLease(t, g, journal, 0, time.Millisecond)
	awaitEnd(t, g)
	other := g.open(t)
	if state := mustLease(t, other, "another", 1000, time.Hour); state.Position != 1000 {
		t.Errorf("the position is %d after taking over at 1000", state.Position)
	}
	wantState(t, g, "another", 1000)

	wantMoved(t, g, g.next(counts{"alice": 99}.batch(99)))
	if _, err := g.Lease(t.Context(), journal, 1, time.Hour); !errors.Is(err, store.ErrLeased) {
		t.Errorf("Lease: %v, want store.ErrLeased in its chain", err)
	}
	batch := counts{"alice": 2}.batch(2)
	batch.Journal, batch.From, batch.To = "another", 1000, 1001
	if _, err := other.Save(t.Context(), batch); err != nil {
		t.Fatalf("Save: %v", err)
	}
	g.position = 1001
	check(t, g, counts{"alice": 2}, 2)
}

func release(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	other := g.open(t)
	if err := other.Release(t.Context(), "another"); err != nil {
		t.Fatalf("Release of somebody else's: %v", err)
	}
	if _, err := other.Lease(t.Context(), "another", 7, time.Hour); !errors.Is(err, store.ErrLeased) {
		t.Fatalf("Lease: %v, want store.ErrLeased in its chain", err)
	}
	for range 2 {
		if err := g.Release(t.Context(), journal); err != nil {
			t.Fatalf("Release: %v", err)
		}
	}
	wantState(t, g, journal, 1)
	mustLease(t, other, "another", 7, time.Hour)
	wantState(t, g, "another", 7)
}

func leaseExpires(t *testing.T, g *fixture) {
	migrate(t, g)
	const lease = 200 * time.Millisecond
	start := time.Now()
	mustLease(t, g, journal, 0, lease)
	other := g.open(t)
	for tries := 0; ; tries++ {
		_, err := other.Lease(t.Context(), "another", 7, time.Hour)
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrLeased) {
			t.Fatalf("Lease: %v, want store.ErrLeased in its chain", err)
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("a lease of %v does not run out", lease)
		}
	}
	// The database's lease starts a little later, but may be rounded.
	if took := time.Since(start); took < lease-2*time.Millisecond {
		t.Errorf("a lease of %v ran out after %v", lease, took)
	}
}

// awaitEnd polls until the lease has expired.
func awaitEnd(t *testing.T, s store.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		state, err := s.State(ctx)
		if err != nil {
			t.Fatalf("State: %v", err)
		}
		if state.LeaseLeft == 0 {
			return
		}
	}
}

// raceForLease lets servers request the same database at the same moment.
func raceForLease(t *testing.T, g *fixture) {
	migrate(t, g)
	stores := []store.Store{g, g.open(t), g.open(t)}
	owner := journal
	for round := range 20 {
		if err := g.Release(t.Context(), owner); err != nil {
			t.Fatalf("Release: %v", err)
		}
		errs := make([]error, len(stores))
		start := make(chan struct{})
		var group sync.WaitGroup
		for i, s := range stores {
			group.Go(func() {
				<-start
				_, errs[i] = s.Lease(t.Context(), fmt.Sprintf("racer %d of round %d", i, round), 5, time.Hour)
			})
		}
		close(start)
		group.Wait()
		winners := 0
		for i, err := range errs {
			switch {
			case err == nil:
				winners++
				owner = fmt.Sprintf("racer %d of round %d", i, round)
			case !errors.Is(err, store.ErrLeased):
				t.Errorf("Lease: %v, want store.ErrLeased in its chain", err)
			}
		}
		if winners != 1 {
			t.Fatalf("%d servers have the lease", winners)
		}
		wantState(t, g, owner, 5)
	}
}

// saveOlderPosition checks that a writer that lags behind doesn't save its old counts.
func saveOlderPosition(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	save(t, g, counts{"alice": 2}.batch(2))
	for _, to := range []uint64{0, 1} {
		batch := counts{"alice": 1, "bob": 9}.batch(1)
		batch.Journal, batch.From, batch.To = journal, 2, to
		if _, err := g.Save(t.Context(), batch); !errors.Is(err, game.ErrBackwards) || errors.Is(err, store.ErrMoved) {
			t.Errorf("Save from 2 to %d: %v, want game.ErrBackwards in its chain", to, err)
		}
	}
	check(t, g, counts{"alice": 2}, 2)
	wantState(t, g, journal, 2)
}
