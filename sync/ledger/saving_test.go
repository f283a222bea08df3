package ledger_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"clickky/sync/game"
	"clickky/sync/ledger/ledgertest"
)

func TestUnsavedIsWhatJournalHas(t *testing.T) {
	l := ledgertest.Loaded(t, 5, game.Player{Name: "a", Clicks: 5}, game.Player{Name: "idle", Clicks: 0})
	if l.HasUnsavedEvents() {
		t.Error("a freshly loaded ledger has something to save")
	}
	a, b := l.Join("a"), l.Join("b")
	a.Click()
	b.Click()
	if got := l.Unsaved(); len(got.Players) != 0 || got.Total != 5 || l.Status().Unsaved != 2 {
		t.Errorf("before the journal has anything: %+v, and %d unsaved", got, l.Status().Unsaved)
	}
	ledgertest.ApplyOne(l)
	a.Click() // not in the journal
	batch := l.Unsaved()
	want := []game.Player{{Name: "a", Clicks: 6}, {Name: "b", Clicks: 1}}
	if batch.From != 0 || batch.To != 1 || batch.Total != 7 || len(batch.Players) != 2 {
		t.Errorf("batch = %+v", batch)
	}
	for _, w := range want {
		if !slices.ContainsFunc(batch.Players, func(b game.Player) bool { return b.Name == w.Name && b.Clicks == w.Clicks }) {
			t.Errorf("batch = %+v, want %+v in it", batch, w)
		}
	}
	ledgertest.ApplyOne(l) // while the batch is being written
	l.Saved(batch, ledgertest.Noon)
	snap := l.Status()
	if snap.Unsaved != 1 || !snap.LastSaved.Equal(ledgertest.Noon) || !l.HasUnsavedEvents() {
		t.Errorf("unsaved %d at %v, want 1 at %v", snap.Unsaved, snap.LastSaved, ledgertest.Noon)
	}
	rest := l.Unsaved()
	if len(rest.Players) != 1 || rest.Players[0].Name != "a" || rest.Players[0].Clicks != 7 || rest.Total != 8 || rest.From != 1 || rest.To != 2 {
		t.Errorf("rest = %+v, want a with 7 of 8, from 1 to 2", rest)
	}
	l.Saved(rest, ledgertest.Noon)
	if l.HasUnsavedEvents() {
		t.Error("something is left after everything was saved")
	}
}

func TestUnsavedOutlivesFailedStore(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	a := l.Join("a")
	a.Click()
	ledgertest.ApplyOne(l)
	l.Unsaved()
	l.SetStoreHealth(true, false)
	a.Click()
	ledgertest.ApplyOne(l)
	if snap := l.Status(); !snap.StoreDown || snap.Unsaved != 2 {
		t.Errorf("down %v with %d unsaved, want down with 2", snap.StoreDown, snap.Unsaved)
	}
	l.SetStorePosition(1, ledgertest.Noon) // the first one was saved all the same
	batch := l.Unsaved()
	if len(batch.Players) != 1 || batch.Players[0].Clicks != 2 || batch.From != 1 || batch.To != 2 {
		t.Errorf("batch = %+v, want a with 2, from 1 to 2", batch)
	}
	l.Saved(batch, ledgertest.Noon)
	if l.Status().StoreDown {
		t.Error("still down after a save")
	}
}

func TestDrainIsBounded(t *testing.T) {
	l := ledgertest.Loaded(t, 0)
	want := map[string]uint64{}
	for i := range 25 {
		name := fmt.Sprintf("p%d", i)
		for range i + 1 {
			l.Join(name).Click()
		}
		want[name] = uint64(i + 1)
	}
	got := map[string]uint64{}
	for e := l.Drain(0, 10); !e.Empty(); e = l.Drain(0, 10) {
		if len(e.Clicks) > 10 {
			t.Errorf("%d players at once", len(e.Clicks))
		}
		for name, n := range e.Clicks {
			got[name] += n
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("taken %v, want %v", got, want)
	}
}

// TestApplyEqualsAddition applies own events, events of others and replayed ones in random
// order between clicks, and compares the counts with plain addition.
func TestApplyEqualsAddition(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	l := ledgertest.Loaded(t, 0)
	shown, logged := map[string]uint64{}, map[string]uint64{}
	var way []game.Event // events on their way
	name := func() string { return fmt.Sprintf("p%d", rng.IntN(9)) }
	for range 5000 {
		switch rng.IntN(5) {
		case 0, 1:
			n := name()
			l.Join(n).Click()
			shown[n]++
		case 2:
			if e := l.Drain(0, rng.IntN(4)+1); !e.Empty() {
				way = append(way, e)
			}
		case 3:
			if len(way) > 0 {
				l.Apply(l.Position()+1, way[0], true)
				for n, c := range way[0].Clicks {
					logged[n] += c
				}
				way = way[1:]
			}
		default:
			n, c := name(), rng.Uint64N(5)
			l.Apply(l.Position()+1, game.Event{Clicks: map[string]uint64{n: c}}, false)
			shown[n] += c
			logged[n] += c
		}
		n := name()
		if got := l.Standing(n).Clicks; got != shown[n] {
			t.Fatalf("%s shows %d, want %d", n, got, shown[n])
		}
	}
	for _, b := range l.Unsaved().Players {
		if b.Clicks != logged[b.Name] {
			t.Errorf("%s is saved as %d, want %d", b.Name, b.Clicks, logged[b.Name])
		}
	}
}
