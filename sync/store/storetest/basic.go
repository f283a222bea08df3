package storetest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"clickky/sync/game"
	"clickky/sync/store"
)

func loadWithoutTables(t *testing.T, g *fixture) {
	if _, _, err := load(t.Context(), g); !errors.Is(err, store.ErrNoTables) {
		t.Fatalf("Load: %v, want store.ErrNoTables in its chain", err)
	}
	migrate(t, g)
	check(t, g, counts{}, 0)
}

func migrateTwice(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{"alice": 3, "bob": 4}
	save(t, g, want.batch(9))
	migrate(t, g)
	check(t, g, want, 9)
}

func migrateConcurrently(t *testing.T, g *fixture) {
	const servers = 4
	errs := make([]error, servers)
	var group sync.WaitGroup
	for i := range servers {
		group.Go(func() { errs[i] = g.Migrate(t.Context()) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	migrate(t, g)
	want := counts{"alice": 1}
	save(t, g, want.batch(1))
	check(t, g, want, 1)
}

func loadEmpty(t *testing.T, g *fixture) {
	migrate(t, g)
	check(t, g, counts{}, 0)
}

func insertNew(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{"alice": 3, "bob": 4}
	save(t, g, want.batch(7))
	check(t, g, want, 7)
	want["carol"], want["alice"] = 0, 5
	save(t, g, counts{"carol": 0, "alice": 5}.batch(9))
	check(t, g, want, 9)
}

func saveAbsolute(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 10}.batch(10))
	save(t, g, counts{"alice": 12}.batch(12))
	check(t, g, counts{"alice": 12}, 12)
	// Counts can decrease: an admin may have corrected one.
	save(t, g, counts{"alice": 5}.batch(12))
	check(t, g, counts{"alice": 5}, 12)
}

func saveRepeatedly(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{"alice": 10, "bob": 20}
	for range 5 {
		save(t, g, want.batch(30))
	}
	check(t, g, want, 30)
}

func saveKeepsOtherPlayers(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1, "bob": 2, "carol": 3}.batch(6))
	save(t, g, counts{"bob": 20}.batch(24))
	check(t, g, counts{"alice": 1, "bob": 20, "carol": 3}, 24)
}

func keepNamesApart(t *testing.T, g *fixture) {
	migrate(t, g)
	names := []string{
		"alice", "Alice", "ALICE", "álice", "a\u0301lice", "alice ", "alice  ", " alice", "ａｌｉｃｅ",
		"strasse", "straße", "I", "i", "ı", "İ",
		"🦆", "🦆🦆", "👩‍🚀", "👩🚀", "…", "名前", "a\tb", "a b", "a\u00a0b",
		`'; DROP TABLE users; --`, `back\slash`, `back\\slash`, `"quoted"`, "`ticks`", "100%", "a_c", "abc", "?",
		"a\nb", "a\x00b", strings.Repeat("x", 100), strings.Repeat("🦆", 100),
	}
	want := counts{}
	for i, name := range names {
		want[name] = uint64(i + 1)
	}
	save(t, g, want.batch(want.sum()))
	check(t, g, want, want.sum())
	// The second time each must find its own row, one by one and all together.
	for i, name := range names {
		want[name] = uint64(1000 + i)
		save(t, g, counts{name: want[name]}.batch(want.sum()))
	}
	check(t, g, want, want.sum())
	save(t, g, want.batch(want.sum()))
	check(t, g, want, want.sum())
}

func largeCounts(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{
		"below": math.MaxUint32, "beyond": math.MaxUint32 + 1, "double": 1<<53 + 1, "huge": 1 << 61,
	}
	save(t, g, want.batch(math.MaxInt64))
	check(t, g, want, math.MaxInt64)
}

func totalAboveSum(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1_342_977))
	check(t, g, counts{"alice": 1}, 1_342_977)
}

func totalBelowSum(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 30, "bob": 12}.batch(5))
	check(t, g, counts{"alice": 30, "bob": 12}, 42)
}

func saveTotalAlone(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	save(t, g, game.Checkpoint{Total: 50})
	check(t, g, counts{"alice": 1}, 50)
}

func saveKeepsCheckpoint(t *testing.T, g *fixture) {
	migrate(t, g)
	batch := game.Checkpoint{Total: 6, Players: []game.Player{
		{Name: "zoe", Clicks: 1}, {Name: "bob", Clicks: 2}, {Name: "mia", Clicks: 3},
	}, Owners: []game.Owner{
		{Name: "zoe", Keys: []game.Key{key(2), key(1)}}, {Name: "bob"}, {Name: "mia", Keys: []game.Key{key(3)}},
	}, Preferences: []game.Preference{{Name: "zoe", Text: "light"}, {Name: "bob"}, {Name: "mia", Text: "dark"}}}
	before := fmt.Sprint(batch)
	save(t, g, batch)
	if after := fmt.Sprint(batch); after != before {
		t.Fatalf("Save made %s of its batch, which was %s", after, before)
	}
}

func saveMany(t *testing.T, g *fixture) {
	migrate(t, g)
	// A statement for all of them would have too many parameters: one a player to look them up, and
	// four to update the half that is known. SQLite takes 32,766, and MySQL 65,535 if the driver
	// doesn't fill them in.
	const players = 1 << 15
	want := counts{}
	for i := range players {
		want[fmt.Sprintf("player-%d", i)] = uint64(i)
	}
	save(t, g, want.batch(want.sum()))
	check(t, g, want, want.sum())
	// Half known and half new, in every statement.
	mixed := counts{}
	for i := range players {
		mixed[fmt.Sprintf("player-%d", 2*i)] = uint64(7 * i)
	}
	for name, clicks := range mixed {
		want[name] = clicks
	}
	save(t, g, mixed.batch(want.sum()))
	check(t, g, want, want.sum())
}
