package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/game/gametest"
	"clickky/sync/store"
)

// today is the date in the tests of days. It stays the same if a test runs over midnight.
var today = game.DateOf(time.Now())

// daily has the days of players by name.
type daily map[string]game.Days

// ago returns the days of clicks, given by how many days before today they were made.
func ago(clicks map[game.Date]uint64) (days game.Days) {
	for d, n := range clicks {
		days = days.Add(today-d, n)
	}
	return days
}

// batch returns a checkpoint of the players with these days. Their counts are the sums.
func (d daily) batch() game.Checkpoint {
	batch := game.Checkpoint{}
	for name, days := range d {
		p := game.Player{Name: name, Clicks: days.Between(0, today), Days: days}
		batch.Players = append(batch.Players, p)
		batch.Total += p.Clicks
	}
	return batch
}

// checkDays loads the days and compares them.
func checkDays(t *testing.T, s store.Store, want daily) {
	t.Helper()
	got := daily{}
	_, err := s.Load(t.Context(), func(p game.Player) error {
		if len(p.Days) > 0 {
			got[p.Name] = p.Days
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	switch {
	case reflect.DeepEqual(got, want):
	case len(got) > 50 || len(want) > 50:
		t.Fatalf("%d players have days, which are not those of the %d expected", len(got), len(want))
	default:
		t.Fatalf("the days are\n%v, want\n%v", got, want)
	}
}

// saveDays checks that days are absolute counts, and that days that aren't in a batch stay.
func saveDays(t *testing.T, g *fixture) {
	migrate(t, g)
	checkDays(t, g, daily{})
	first := daily{"alice": ago(map[game.Date]uint64{0: 3, 1: 4, 300: 5}), "bob": ago(map[game.Date]uint64{1: 7})}
	batch := first.batch()
	batch.Players = append(batch.Players, game.Player{Name: "carol", Clicks: 1})
	save(t, g, batch)
	checkDays(t, g, first)

	save(t, g, stored(daily{"alice": ago(map[game.Date]uint64{0: 9}), "bob": nil, "carol": ago(map[game.Date]uint64{0: 2})}.batch()))
	want := daily{"alice": ago(map[game.Date]uint64{0: 9, 1: 4, 300: 5}), "bob": first["bob"], "carol": ago(map[game.Date]uint64{0: 2})}
	checkDays(t, g, want)
	// A count that an admin has set changes no day, and saving the same again does no harm.
	save(t, g, stored(game.Checkpoint{Players: []game.Player{{Name: "alice", Clicks: 1000}}}))
	for range 3 {
		save(t, g, stored(want.batch()))
	}
	checkDays(t, g, want)
}

func saveDaysFromOtherPosition(t *testing.T, g *fixture) {
	migrate(t, g)
	want := daily{"alice": ago(map[game.Date]uint64{0: 3})}
	batch := g.next(want.batch())
	save(t, g, batch)
	batch.Players = daily{"alice": ago(map[game.Date]uint64{0: 4}), "bob": ago(map[game.Date]uint64{0: 4})}.batch().Players
	wantMoved(t, g, batch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Save(ctx, g.next(batch)); !errors.Is(err, context.Canceled) {
		t.Errorf("Save: %v, want context.Canceled in its chain", err)
	}
	checkDays(t, g, want)
}

// removeDays checks that nobody gets the days of a removed player, neither with the name nor with
// the row's ID, which SQLite uses again.
func removeDays(t *testing.T, g *fixture) {
	migrate(t, g)
	days := ago(map[game.Date]uint64{0: 3, 5: 4})
	save(t, g, daily{"alice": days, "bob": days}.batch())
	save(t, g, removed(14, "bob"))
	checkDays(t, g, daily{"alice": days})
	save(t, g, daily{"carol": nil}.batch())
	checkDays(t, g, daily{"alice": days})
	save(t, g, daily{"bob": nil}.batch())
	checkDays(t, g, daily{"alice": days})

	// Somebody else has deleted the row.
	g.db.Exec(t, "DELETE FROM users WHERE username = 'alice'")
	checkDays(t, g, daily{})
	save(t, g, daily{"alice": ago(map[game.Date]uint64{0: 1}), "dave": nil}.batch())
	checkDays(t, g, daily{"alice": ago(map[game.Date]uint64{0: 1})})
}

// renameDays renames a player, deletes another, and undoes both.
func renameDays(t *testing.T, g *fixture) {
	migrate(t, g)
	alice, bob := ago(map[game.Date]uint64{0: 3, 1: 4}), ago(map[game.Date]uint64{0: 5})
	save(t, g, daily{"alice": alice, "bob": bob}.batch())
	batch := daily{"alicia": alice}.batch()
	batch.Removed = []string{"alice", "bob"}
	save(t, g, batch)
	checkDays(t, g, daily{"alicia": alice})

	alice = ago(map[game.Date]uint64{0: 6, 1: 4})
	batch = daily{"alice": alice, "bob": bob}.batch()
	batch.Removed = []string{"alicia"}
	save(t, g, batch)
	checkDays(t, g, daily{"alice": alice, "bob": bob})
}

// replaceDays saves a player who isn't Stored but has a row, because a deletion and its undo came
// to the database at once, or the row is somebody else's from before.
func replaceDays(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, daily{"alice": ago(map[game.Date]uint64{0: 3, 1: 4, 2: 5}), "bob": ago(map[game.Date]uint64{0: 1})}.batch())
	want := daily{"alice": ago(map[game.Date]uint64{1: 7, 3: 8}), "bob": ago(map[game.Date]uint64{0: 1})}
	save(t, g, daily{"alice": want["alice"]}.batch())
	checkDays(t, g, want)
	save(t, g, daily{"bob": nil}.batch())
	delete(want, "bob")
	checkDays(t, g, want)
}

func missingDays(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, daily{"alice": ago(map[game.Date]uint64{0: 3}), "bob": ago(map[game.Date]uint64{0: 4})}.batch())
	g.db.Exec(t, "DELETE FROM users WHERE username = 'alice'")
	batch := g.next(stored(daily{"alice": ago(map[game.Date]uint64{0: 5}), "bob": ago(map[game.Date]uint64{0: 6})}.batch()))
	if _, err := g.Save(t.Context(), batch); !errors.Is(err, store.ErrMissing) {
		t.Fatalf("Save is %v, want store.ErrMissing in its chain", err)
	}
	checkDays(t, g, daily{"bob": ago(map[game.Date]uint64{0: 4})}) // nothing was written
	want := daily{"alice": ago(map[game.Date]uint64{0: 5, 1: 1}), "bob": ago(map[game.Date]uint64{0: 6, 1: 2})}
	save(t, g, want.batch())
	checkDays(t, g, want)
}

// rejectDays checks that a rejected player delays nobody's days.
func rejectDays(t *testing.T, g *fixture) {
	migrate(t, g)
	one := ago(map[game.Date]uint64{0: 1})
	save(t, g, daily{"alice": one, "mallory": one}.batch())
	g.db.Refuse(t, "mallory")
	g.db.Refuse(t, "trudy")
	two := ago(map[game.Date]uint64{0: 2})
	rejected := saveSome(t, g, daily{"alice": two, "mallory": two, "trudy": two, "zoe": two}.batch())
	compareRejected(t, rejected, counts{"mallory": 2, "trudy": 2})
	checkDays(t, g, daily{"alice": two, "mallory": one, "zoe": two})
	check(t, g, counts{"alice": 2, "mallory": 2, "trudy": 2, "zoe": 2}, 8)
	g.db.Accept(t, "mallory")
	g.db.Accept(t, "trudy")
	three := ago(map[game.Date]uint64{0: 3})
	save(t, g, stored(daily{"mallory": three, "trudy": three}.batch()))
	checkDays(t, g, daily{"alice": two, "mallory": three, "trudy": three, "zoe": two})
	check(t, g, counts{"alice": 2, "mallory": 3, "trudy": 3, "zoe": 2}, 10)
}

// deleteOldDays checks that days are deleted by the database's clock, so that a server whose clock
// is years ahead deletes nothing.
func deleteOldDays(t *testing.T, g *fixture) {
	migrate(t, g)
	future := today + 100*game.KeptDays
	days := ago(map[game.Date]uint64{0: 1, 1: 2, game.KeptDays - 2: 3, game.KeptDays + 1: 4, 2000: 5}).Add(future, 6)
	save(t, g, daily{"alice": days}.batch())
	want := daily{"alice": ago(map[game.Date]uint64{0: 1, 1: 2, game.KeptDays - 2: 3}).Add(future, 6)}
	checkDays(t, g, want)
	g.db.Exec(t, fmt.Sprintf("INSERT INTO clickky_days (day, user_id, clicks) VALUES ('%v', 1, 4)", today-game.KeptDays-1))
	save(t, g, counts{"bob": 1}.batch(1))
	checkDays(t, g, want)
}

// extremeDays checks that no day keeps a count from being saved.
func extremeDays(t *testing.T, g *fixture) {
	migrate(t, g)
	last, err := game.ParseDate("9999-12-31")
	if err != nil {
		t.Fatal(err)
	}
	want := daily{"alice": game.Days{{Date: today, Clicks: 1 << 62}, {Date: last, Clicks: 1}}}
	batch := want.batch()
	batch.Players = append(batch.Players, game.Player{Name: "bob", Clicks: 1, Days: game.Days{{Date: 1, Clicks: 1}, {Date: today, Clicks: 0}}})
	save(t, g, batch)
	want["bob"] = game.Days{{Date: today, Clicks: 0}}
	checkDays(t, g, want)
	huge := game.Days{{Date: today - 1, Clicks: 1<<64 - 1}, {Date: today, Clicks: 3}} // only MySQL can store it
	saveSome(t, g, stored(game.Checkpoint{Players: []game.Player{{Name: "bob", Clicks: 3, Days: huge}}}))
	check(t, g, counts{"alice": 1 << 62, "bob": 3}, 1<<62+3)
}

// manyDays saves and loads 400 days of players in many statements.
func manyDays(t *testing.T, g *fixture) {
	migrate(t, g)
	const size = 60
	want := daily{}
	for i := range size {
		var days game.Days
		for d := range game.Date(game.KeptDays - 1) {
			days = days.Add(today-game.KeptDays+2+d, uint64(d)+uint64(i))
		}
		want[fmt.Sprint("p-", i)] = days
	}
	save(t, g, want.batch())
	checkDays(t, g, want)
	changed := daily{}
	for i := range 3 * size { // two thirds of them are new
		name := fmt.Sprint("p-", i)
		changed[name] = ago(map[game.Date]uint64{0: 1000, 1: uint64(i)})
	}
	batch := changed.batch()
	for i, p := range batch.Players {
		batch.Players[i].Stored = want[p.Name] != nil
	}
	save(t, g, batch)
	gametest.SaveDays(want, batch)
	checkDays(t, g, want)
	save(t, g, removed(0, slices.Collect(maps.Keys(want))[:2*size]...))
	save(t, g, removed(0, slices.Collect(maps.Keys(want))...))
	checkDays(t, g, daily{})
}

func daysOfSimilarNames(t *testing.T, g *fixture) {
	migrate(t, g)
	want := daily{}
	names := []string{"alice", "Alice", "ALICE", "álice", "alice ", "alice  ", " alice", "🦆"}
	for i, name := range names {
		want[name] = ago(map[game.Date]uint64{0: uint64(i + 1)})
	}
	save(t, g, want.batch())
	checkDays(t, g, want)
	for i, name := range names {
		want[name] = ago(map[game.Date]uint64{0: uint64(100 + i), 1: 1})
		save(t, g, stored(daily{name: want[name]}.batch()))
		checkDays(t, g, want)
	}
	save(t, g, removed(0, "alice", "ALICE "))
	delete(want, "alice")
	checkDays(t, g, want)
}

// amendDays checks that an import sees all days, and replaces those of the players it writes.
func amendDays(t *testing.T, g *fixture) {
	migrate(t, g)
	before := daily{"alice": ago(map[game.Date]uint64{0: 3, 1: 4}), "bob": ago(map[game.Date]uint64{0: 5})}
	save(t, g, before.batch())
	endGame(t, g)
	found := daily{}
	after := daily{"alice": ago(map[game.Date]uint64{0: 30}), "carol": ago(map[game.Date]uint64{0: 1})}
	err := g.Amend(t.Context(), func(p game.Player) error {
		found[p.Name] = p.Days
		return nil
	}, func(store.Snapshot) (game.Checkpoint, error) { return after.batch(), nil })
	if err != nil || !reflect.DeepEqual(found, before) {
		t.Errorf("Amend: %v; it yields %v", err, found)
	}
	after["bob"] = before["bob"]
	checkDays(t, g, after)
}

// tablesWithoutDays uses the tables of the last version without days.
func tablesWithoutDays(t *testing.T, g *fixture) {
	migrate(t, g)
	days := daily{"alice": ago(map[game.Date]uint64{0: 3})}
	save(t, g, days.batch())
	g.db.Exec(t, dropDays)
	g.db.Exec(t, "DELETE FROM clickky_migrations WHERE version_id >= 7")
	check(t, g, counts{"alice": 3}, 3)
	checkDays(t, g, daily{})
	migrate(t, g)
	checkDays(t, g, daily{})
	save(t, g, stored(days.batch()))
	checkDays(t, g, days)
}

// lostDays drops the table, which only a backup can restore.
func lostDays(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, daily{"alice": ago(map[game.Date]uint64{0: 3})}.batch())
	g.db.Exec(t, dropDays)
	wantUnfit(t, "Check", g.Check(t.Context()), "clickky_days")
	wantUnfit(t, "Migrate", g.Migrate(t.Context()), "clickky_days")
	if _, err := g.Save(t.Context(), g.next(counts{"alice": 4}.batch(4))); err == nil {
		t.Error("Save writes into a table that is not there")
	}
	check(t, g, counts{"alice": 3}, 3)
}
