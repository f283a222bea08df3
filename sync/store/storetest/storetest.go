// Package storetest checks that a store.Store does what the interface promises.
// Every implementation runs the same suite, on a real database.
package storetest

import (
	"context"
	"errors"
	"maps"
	"testing"

	"clickky/sync/store"
)

// Run runs the suite. open returns a store on a database of its own, without
// tables and not migrated; the suite closes it. Subtests run in parallel.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, store.Store){
		"load without tables":            loadWithoutTables,
		"migrate twice":                  migrateTwice,
		"migrate at the same time":       migrateConcurrently,
		"load an empty database":         loadEmpty,
		"insert new players":             insertNew,
		"save absolute counts":           saveAbsolute,
		"save the same again":            saveRepeatedly,
		"leave other players alone":      leaveOthersAlone,
		"keep names apart":               keepNamesApart,
		"counts beyond 32 bits":          largeCounts,
		"total above the sum":            totalAboveSum,
		"total below the sum":            totalBelowSum,
		"save the total alone":           saveTotalAlone,
		"leave the batch as it is":       leaveBatchAlone,
		"save many players":              saveMany,
		"save with a cancelled context":  saveCancelled,
		"cancel in the middle of a save": saveInterrupted,
		"load with a cancelled context":  loadCancelled,
		"stop loading":                   stopLoading,
		"save at the same time":          saveConcurrently,
		"load while others save":         loadWhileSaving,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			test(t, s)
		})
	}
}

// counts are the clicks of players by name.
type counts map[string]uint64

func (c counts) batch(total uint64) store.Batch {
	batch := store.Batch{Total: total}
	for name, clicks := range c {
		batch.Players = append(batch.Players, store.Player{Name: name, Clicks: clicks})
	}
	return batch
}

func (c counts) sum() (sum uint64) {
	for _, clicks := range c {
		sum += clicks
	}
	return sum
}

func migrate(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
}

func save(t *testing.T, s store.Store, batch store.Batch) {
	t.Helper()
	if err := s.Save(t.Context(), batch); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

// saveStubbornly saves like a server does: what fails is saved again. A
// database may refuse one of two transactions that get into each other's way.
func saveStubbornly(ctx context.Context, s store.Store, batch store.Batch) error {
	var err error
	for range 50 {
		if err = s.Save(ctx, batch); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func load(ctx context.Context, s store.Store) (counts, uint64, error) {
	found := counts{}
	total, err := s.Load(ctx, func(p store.Player) error {
		if _, twice := found[p.Name]; twice {
			return errors.New("Load yields " + p.Name + " twice")
		}
		found[p.Name] = p.Clicks
		return nil
	})
	return found, total, err
}

// check loads everything and compares it.
func check(t *testing.T, s store.Store, want counts, wantTotal uint64) {
	t.Helper()
	got, total, err := load(t.Context(), s)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if !maps.Equal(got, want) {
		if len(got) > 50 || len(want) > 50 {
			t.Fatalf("Load yields %d players which are not the %d expected", len(got), len(want))
		}
		t.Fatalf("Load yields\n%v, want\n%v", got, want)
	}
	if total != wantTotal {
		t.Fatalf("total is %d, want %d", total, wantTotal)
	}
}
