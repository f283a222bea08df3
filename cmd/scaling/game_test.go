package main

import (
	"fmt"
	"maps"
	"testing"
	"time"
)

// small is a game of three servers that is over in no time.
func small() simulation {
	return simulation{Servers: 3, Players: 20, Clickers: 0.5, Rate: 5, For: 2 * time.Second, Partitions: 1, Full: 3, Seed: 7}
}

func played3(t *testing.T, g simulation) *world {
	t.Helper()
	w, err := newWorld(g)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	if err := w.play(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEverySampleLedgerHasAllClicks(t *testing.T) {
	t.Parallel()
	w, err := newWorld(small())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	before := maps.Clone(w.counts)
	if err := w.play(t.Context()); err != nil {
		t.Fatal(err)
	}
	var clicks uint64
	for name, n := range w.counts {
		clicks += n - before[name]
	}
	if got := uint64(w.costs.clicks.done); got != clicks || got < 200 || got > 400 { //nolint:gosec // is not negative
		t.Errorf("%d clicks were made and %d are in the log, want both the same and about 300", got, clicks)
	}
	// The check must be able to fail.
	w.counts["player-0000000"]++
	if w.check() == nil {
		t.Error("a wrong count is not noticed")
	}
	w.counts["player-0000000"]--
	w.totals[0]++
	if w.check() == nil {
		t.Error("a wrong global count is not noticed")
	}
}

func TestASeedGivesTheSameGame(t *testing.T) {
	t.Parallel()
	one, two := played3(t, small()), played3(t, small())
	if !maps.Equal(one.counts, two.counts) || one.costs.bytes != two.costs.bytes || one.position != two.position {
		t.Error("two games with one seed differ")
	}
	other := small()
	other.Seed++
	if maps.Equal(one.counts, played3(t, other).counts) {
		t.Error("another seed gives the same game")
	}
}

func TestPartitionsAddUpOnEveryServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		partitions int
		placed     bool
		folds      float64 // events a second, at the least and the most
		upTo       float64
	}{
		{3, true, 8, 10},
		{2, true, 8, 20},
		{3, false, 60, 90},
	} {
		t.Run(fmt.Sprintf("%d partitions, placed %v", c.partitions, c.placed), func(t *testing.T) {
			g := small()
			g.Partitions, g.Placed = c.partitions, c.placed
			w := played3(t, g)
			for _, v := range w.servers {
				if len(v.names) != g.Players || (c.placed && len(v.needs) != 1) {
					t.Errorf("%s has %d players of %d partitions", v.run, len(v.names), len(v.needs))
				}
			}
			if p := w.result(); p.FoldedPerSecond < c.folds || p.FoldedPerSecond > c.upTo {
				t.Errorf("a server folds %.1f events a second, want %.0f to %.0f", p.FoldedPerSecond, c.folds, c.upTo)
			}
			w.servers[0].aggregate++
			if w.check() == nil {
				t.Error("a wrong sum of other partitions is not noticed")
			}
		})
	}
}
