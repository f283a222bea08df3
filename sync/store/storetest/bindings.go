package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"clickky/sync/store"
)

// request requests a binding, and returns it with its ID.
func request(t *testing.T, s store.Store, b store.Binding) store.Binding {
	t.Helper()
	id, err := s.RequestBinding(t.Context(), b)
	if err != nil || id == 0 {
		t.Fatalf("RequestBinding: %d, %v", id, err)
	}
	b.ID = id
	return b
}

func forget(t *testing.T, s store.Store, ids ...uint64) {
	t.Helper()
	if err := s.TakeBindings(t.Context(), func([]store.Binding) []uint64 { return ids }); err != nil {
		t.Fatalf("TakeBindings: %v", err)
	}
}

func wantBindings(t *testing.T, s store.Store, want ...store.Binding) {
	t.Helper()
	if got, err := s.Bindings(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Fatalf("Bindings: %+v, %v; want %+v", got, err, want)
	}
}

// wantNoBindings checks tables that have no bindings.
func wantNoBindings(t *testing.T, s store.Store) {
	t.Helper()
	_, requestErr := s.RequestBinding(t.Context(), store.Binding{Name: "alice", Fingerprint: "SHA256:a"})
	_, readErr := s.Bindings(t.Context())
	takeErr := s.TakeBindings(t.Context(), func([]store.Binding) []uint64 { t.Error("there are bindings"); return nil })
	for method, err := range map[string]error{"RequestBinding": requestErr, "Bindings": readErr, "TakeBindings": takeErr} {
		if !errors.Is(err, store.ErrNoTables) || errors.Is(err, store.ErrUnknown) {
			t.Errorf("%s: %v, want store.ErrNoTables in its chain", method, err)
		}
	}
}

// bindings requests bindings without a lease, as a command besides the server does.
func bindings(t *testing.T, g *fixture) {
	wantNoBindings(t, g)
	if err := g.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	wantBindings(t, g)
	other := g.open(t)
	var all []store.Binding
	for _, b := range []store.Binding{
		{Name: "alice", Fingerprint: "SHA256:a"},
		{Name: "alice", Fingerprint: "SHA256:A", Sole: true},
		{Name: "a.", Fingerprint: "SHA256:a", Sole: true},
		{Name: "a_", Fingerprint: "SHA256:a"},
		{Name: "a_", Fingerprint: "SHA256:a"},                // again
		{Name: "bob", Fingerprint: "SHA256:b", ID: 1 << 40},  // the ID is ignored
		{Name: "a ", Fingerprint: "SHA256:a/+ ", Sole: true}, // compared byte for byte
	} {
		all = append(all, request(t, other, b))
		wantBindings(t, g, all...)
	}
	if !slices.IsSortedFunc(all, func(a, b store.Binding) int { return cmp.Compare(a.ID, b.ID) }) {
		t.Errorf("the IDs do not grow: %+v", all)
	}
	// The server applies some, in another order.
	forget(t, g, all[3].ID, all[0].ID)
	wantBindings(t, other, all[1], all[2], all[4], all[5], all[6])
	// Saving is independent.
	migrate(t, g)
	save(t, g, owned{"alice": {key(1)}}.batch())
	wantBindings(t, g, all[1], all[2], all[4], all[5], all[6])
	checkOwners(t, g, owned{"alice": {key(1)}})
}

func forgetBindings(t *testing.T, g *fixture) {
	migrate(t, g)
	var all []store.Binding
	for i := range 30 {
		all = append(all, request(t, g, store.Binding{Name: fmt.Sprintf("p-%d", i), Fingerprint: "SHA256:a"}))
	}
	forget(t, g)
	wantBindings(t, g, all...)
	for range 2 {
		forget(t, g, all[0].ID, all[1].ID, all[0].ID)
		wantBindings(t, g, all[2:]...)
	}
	// Most of these never existed, and they are too many for one statement.
	ids := []uint64{1 << 40}
	for id := range uint64(1200) {
		if id != all[7].ID {
			ids = append(ids, id)
		}
	}
	forget(t, g, ids...)
	wantBindings(t, g, all[7])
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	take := func([]store.Binding) []uint64 { cancel(); return []uint64{all[7].ID} }
	for range 2 { // in the middle, and before
		if err := g.TakeBindings(ctx, take); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnknown) {
			t.Errorf("TakeBindings: %v, want context.Canceled in its chain and nothing unknown", err)
		}
	}
	if _, err := g.RequestBinding(ctx, all[7]); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnknown) {
		t.Errorf("RequestBinding: %v, want context.Canceled in its chain and nothing unknown", err)
	}
	wantBindings(t, g, all[7])
}

// newIDs checks that an ID is never reused for another binding.
func newIDs(t *testing.T, g *fixture) {
	migrate(t, g)
	last := uint64(0)
	for range 5 {
		s := g.db.Open(t)
		for range 3 {
			b := request(t, s, store.Binding{Name: "alice", Fingerprint: "SHA256:a"})
			if b.ID <= last {
				t.Errorf("a binding has ID %d after one had %d", b.ID, last)
			}
			last = b.ID
			forget(t, s, last)
		}
		wantBindings(t, s)
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
}

// requestConcurrently also runs a reader, which must find new bindings after the ones it has seen,
// and a server that saves.
func requestConcurrently(t *testing.T, g *fixture) {
	migrate(t, g)
	const each = 15
	stores := []store.Store{g, g.open(t), g.open(t)}
	errs := make([]error, len(stores)+1)
	asked := make([][]uint64, len(stores))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all, group sync.WaitGroup
	for i, s := range stores {
		group.Go(func() {
			for range each {
				b := store.Binding{Name: fmt.Sprintf("p-%d", i), Fingerprint: "SHA256:a", Sole: i == 1}
				id, err := s.RequestBinding(t.Context(), b)
				asked[i] = append(asked[i], id)
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	all.Go(func() { group.Wait(); cancel() })
	all.Go(func() {
		for round := uint64(1); round <= 5 && errs[len(stores)] == nil; round++ {
			errs[len(stores)] = saveStubbornly(t.Context(), stores[1], allOf(0, round, round))
		}
	})
	var seen []store.Binding
	for done := false; !done && !t.Failed(); {
		done = ctx.Err() != nil
		found, err := stores[2].Bindings(t.Context())
		if err != nil || len(found) < len(seen) || !slices.Equal(found[:len(seen)], seen) {
			t.Errorf("Bindings: %+v, %v; want %+v and more behind them", found, err, seen)
		}
		seen = found
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	got := make([][]uint64, len(stores))
	for _, b := range seen {
		i := slices.Index([]string{"p-0", "p-1", "p-2"}, b.Name)
		got[i] = append(got[i], b.ID)
		if b.Sole != (i == 1) {
			t.Errorf("the binding %+v is not what was asked for", b)
		}
	}
	for i := range asked {
		if !slices.Equal(got[i], asked[i]) {
			t.Errorf("store %d asked for %v, and there are %v", i, asked[i], got[i])
		}
	}
}
