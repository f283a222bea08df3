package storetest

import (
	"errors"
	"testing"

	"clickky/sync/game"
	"clickky/sync/store"
)

// stored marks all players of a checkpoint as stored.
func stored(batch game.Checkpoint) game.Checkpoint {
	for i := range batch.Players {
		batch.Players[i].Stored = true
	}
	return batch
}

// missingRows removes rows without the store: one of a thousand, and all of them.
func missingRows(t *testing.T, g *fixture) {
	migrate(t, g)
	want := crowd("p", 1000, 1)
	save(t, g, want.batch(want.sum()))
	want = crowd("p", 1000, 2)
	save(t, g, stored(want.batch(want.sum())))
	for _, statement := range []string{"DELETE FROM users WHERE username = 'p-700'", "DELETE FROM users"} {
		g.db.Exec(t, statement)
		left, _, err := load(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		lost := crowd("p", 1000, 3)
		if _, err := g.Save(t.Context(), g.next(stored(lost.batch(lost.sum())))); !errors.Is(err, store.ErrMissing) {
			t.Fatalf("after %s Save is %v, want store.ErrMissing in its chain", statement, err)
		}
		check(t, g, left, 2000) // nothing was written

		save(t, g, lost.batch(2000)) // with no player marked as stored
		check(t, g, lost, max(2000, lost.sum()))
		want = crowd("p", 1000, 2)
		save(t, g, stored(want.batch(2000)))
	}
}

// missingRejected checks that a rejected player needs no row.
func missingRejected(t *testing.T, g *fixture) {
	migrate(t, g)
	for _, name := range []string{"mallory", "trudy"} {
		g.db.Refuse(t, name)
	}
	want := crowd("p", 500, 1)
	want["mallory"], want["trudy"] = 2, 3
	compareRejected(t, saveSome(t, g, want.batch(0)), counts{"mallory": 2, "trudy": 3})
	g.db.Accept(t, "trudy")
	want = crowd("p", 500, 2)
	want["mallory"], want["trudy"] = 4, 5
	compareRejected(t, saveSome(t, g, stored(want.batch(0))), counts{"mallory": 4})
	want = counts{"mallory": 5, "trudy": 6}
	compareRejected(t, saveSome(t, g, stored(want.batch(0))), counts{"mallory": 5})

	// With a rejected player, a missing row is still an error.
	g.db.Exec(t, "DELETE FROM users WHERE username = 'trudy'")
	if _, err := g.Save(t.Context(), g.next(stored(want.batch(0)))); !errors.Is(err, store.ErrMissing) {
		t.Errorf("Save is %v, want store.ErrMissing in its chain", err)
	}
	wantRejected(t, g, counts{"mallory": 5})
}
