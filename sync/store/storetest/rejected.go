package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"clickky/sync/store"
)

// wantRejected compares what Save returned, or nothing, with what Rejected returns.
func wantRejected(t *testing.T, g *fixture, want counts) {
	t.Helper()
	found, err := g.Rejected(t.Context())
	if err != nil {
		t.Fatalf("Rejected: %v", err)
	}
	compareRejected(t, found, want)
}

func compareRejected(t *testing.T, found []store.Rejected, want counts) {
	t.Helper()
	got := counts{}
	for _, r := range found {
		got[r.Name] = r.Clicks
		if !strings.Contains(r.Reason, "not welcome") || strings.Contains(r.Reason, "\n") {
			t.Errorf("the reason is %q, want the database's error in a line", r.Reason)
		}
		if ago := time.Since(r.At); ago < -time.Minute || ago > time.Minute {
			t.Errorf("it was set aside at %v, want now", r.At)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("rejected are %v, want %v", got, want)
	}
}

// rejectOne rejects one player among a thousand.
func rejectOne(t *testing.T, g *fixture) {
	migrate(t, g)
	want := crowd("p", 1000, 1)
	want["mallory"] = 1
	save(t, g, want.batch(want.sum()))
	wantRejected(t, g, counts{})
	g.db.Refuse(t, "mallory")

	want = crowd("p", 1000, 2)
	want["mallory"], want["zoe"] = 5, 6
	compareRejected(t, saveSome(t, g, want.batch(want.sum())), counts{"mallory": 5})
	wantRejected(t, g, counts{"mallory": 5})
	// Nothing is lost: Load returns the count.
	check(t, g, want, want.sum())

	// Rejected again, with another count.
	want["mallory"] = 8
	compareRejected(t, saveSome(t, g, counts{"mallory": 8}.batch(want.sum())), counts{"mallory": 8})
	wantRejected(t, g, counts{"mallory": 8})
	// A save without the player changes nothing.
	want["zoe"] = 7
	save(t, g, counts{"zoe": 7}.batch(want.sum()))
	wantRejected(t, g, counts{"mallory": 8})
	check(t, g, want, want.sum())
}

func rejectMany(t *testing.T, g *fixture) {
	migrate(t, g)
	want, refused := crowd("p", 1500, 3), counts{}
	for i := 0; i < 1500; i += 100 {
		// In pairs, and at the edges of statements.
		for _, i := range []int{i, (i + 1499) % 1500} {
			name := fmt.Sprintf("p-%d", i)
			refused[name] = 3
		}
	}
	for name := range refused {
		g.db.Refuse(t, name)
	}
	compareRejected(t, saveSome(t, g, want.batch(want.sum())), refused)
	wantRejected(t, g, refused)
	check(t, g, want, want.sum())
}

func rejectNew(t *testing.T, g *fixture) {
	migrate(t, g)
	g.db.Refuse(t, "mallory")
	names := counts{"alice": 1, "mallory": 2, "zoe": 3}
	compareRejected(t, saveSome(t, g, names.batch(2)), counts{"mallory": 2})
	// The total is not less than the sum, which includes what is set aside.
	check(t, g, names, 6)
}

func rejectionEnds(t *testing.T, g *fixture) {
	migrate(t, g)
	for _, name := range []string{"mallory", "trudy", "oscar"} {
		g.db.Refuse(t, name)
	}
	want := counts{"mallory": 2, "oscar": 3, "trudy": 4, "alice": 5}
	saveSome(t, g, want.batch(14))
	wantRejected(t, g, counts{"mallory": 2, "oscar": 3, "trudy": 4})
	g.db.Accept(t, "mallory")
	g.db.Accept(t, "trudy")
	want["mallory"], want["oscar"] = 20, 30
	rejected := saveSome(t, g, counts{"mallory": 20, "oscar": 30}.batch(60))
	compareRejected(t, rejected, counts{"oscar": 30})
	wantRejected(t, g, counts{"oscar": 30, "trudy": 4})
	// Accepting the very count that was set aside ends the rejection, too.
	save(t, g, counts{"trudy": 4}.batch(60))
	wantRejected(t, g, counts{"oscar": 30})
	check(t, g, want, 60)
}

// rejectNothingOnFailure checks that rejected players are part of the transaction.
func rejectNothingOnFailure(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1, "mallory": 1}.batch(2))
	g.db.Refuse(t, "mallory")
	batch := g.next(counts{"alice": 2, "mallory": 2}.batch(4))
	batch.From++
	wantMoved(t, g, batch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Save(ctx, g.next(batch)); !errors.Is(err, context.Canceled) {
		t.Errorf("Save: %v, want context.Canceled in its chain", err)
	}
	wantRejected(t, g, counts{})
	check(t, g, counts{"alice": 1, "mallory": 1}, 2)
}
