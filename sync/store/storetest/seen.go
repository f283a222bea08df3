package storetest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"clickky/sync/game"
)

// dropSeen converts the players' table to the version before the time when players were last seen.
// The version before that of dropDays has no days.
const (
	dropSeen = "ALTER TABLE users DROP COLUMN clickky_seen"
	dropDays = "DROP TABLE clickky_days"
)

// noon is a time at which players were seen.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// sightings has the times when players were seen, by name.
type sightings map[string]time.Time

// batch returns a checkpoint with a click for each player.
func (s sightings) batch() game.Checkpoint {
	batch := game.Checkpoint{Total: uint64(len(s))}
	for name, at := range s {
		batch.Players = append(batch.Players, game.Player{Name: name, Clicks: 1, Seen: at})
	}
	return batch
}

// checkSeen loads the times when players were last seen, and compares them.
func checkSeen(t *testing.T, g *fixture, want sightings) {
	t.Helper()
	got := sightings{}
	_, err := g.Load(t.Context(), func(p game.Player) error {
		got[p.Name] = p.Seen
		return nil
	})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	switch {
	case maps.Equal(got, want):
	case len(got) > 50 || len(want) > 50:
		t.Fatalf("%d players were seen when the %d expected were not", len(got), len(want))
	default:
		t.Fatalf("players were seen\n%v, want\n%v", got, want)
	}
}

// saveSeen checks that the time never decreases.
func saveSeen(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, sightings{"alice": noon, "bob": {}, "carol": noon}.batch())
	checkSeen(t, g, sightings{"alice": noon, "bob": {}, "carol": noon})
	later := noon.Add(time.Second)
	save(t, g, sightings{"alice": later, "bob": noon, "dave": noon}.batch())
	want := sightings{"alice": later, "bob": noon, "carol": noon, "dave": noon}
	checkSeen(t, g, want)

	save(t, g, sightings{"alice": noon, "bob": noon, "carol": {}}.batch())
	checkSeen(t, g, want)
	batch := counts{"alice": 7, "bob": 0}.batch(7) // as set by an admin
	batch.Players[0].Seen = noon.Add(-time.Hour)
	save(t, g, batch)
	checkSeen(t, g, want)
	check(t, g, counts{"alice": 7, "bob": 0, "carol": 1, "dave": 1}, 9)
	// A batch with only that has no event.
	batch = game.Checkpoint{Players: []game.Player{{Name: "carol", Clicks: 1, Seen: later}}, Total: 9}
	batch.Journal, batch.From, batch.To = journal, g.position, g.position
	if rejected, err := g.Save(t.Context(), batch); err != nil || len(rejected) > 0 {
		t.Fatalf("Save: %v, %v", rejected, err)
	}
	want["carol"] = later
	checkSeen(t, g, want)
}

// saveSeenFromOtherPosition checks that a Save that writes no count writes no time.
func saveSeenFromOtherPosition(t *testing.T, g *fixture) {
	migrate(t, g)
	batch := g.next(sightings{"alice": noon}.batch())
	save(t, g, batch)
	batch.Players = sightings{"alice": noon.Add(time.Hour), "bob": noon}.batch().Players
	wantMoved(t, g, batch)
	checkSeen(t, g, sightings{"alice": noon})
}

// seenAtAnyTime checks that no time keeps a count from being saved.
func seenAtAnyTime(t *testing.T, g *fixture) {
	migrate(t, g)
	last := time.Unix(1<<32-1, 0).UTC()
	save(t, g, sightings{
		"first": time.Unix(1, 0), "last": last, "beyond": last.Add(time.Hour), "never": time.Unix(0, 0), "before": time.Unix(-7, 0),
		"zoned": noon.In(time.FixedZone("", -3600)), "part": noon.Add(time.Second - 1),
	}.batch())
	checkSeen(t, g, sightings{
		"first": time.Unix(1, 0).UTC(), "last": last, "beyond": last, "never": {}, "before": {}, "zoned": noon, "part": noon,
	})
}

// manySeen saves players in many statements, half of them known.
func manySeen(t *testing.T, g *fixture) {
	migrate(t, g)
	const size = 2100
	at := func(i int) time.Time { return noon.Add(time.Duration(i) * time.Second) }
	want, changed := sightings{}, sightings{}
	for i := range size {
		want[fmt.Sprint("p-", i)] = at(i)
	}
	save(t, g, want.batch())
	checkSeen(t, g, want)
	for i := range size {
		name := fmt.Sprint("p-", 2*i)
		changed[name] = at(3*size - 7*i)
		if want[name].Before(changed[name]) {
			want[name] = changed[name]
		}
	}
	save(t, g, changed.batch())
	checkSeen(t, g, want)
}

func seenUnderLikeNames(t *testing.T, g *fixture) {
	migrate(t, g)
	want := sightings{}
	names := []string{"alice", "Alice", "ALICE", "álice", "alice ", "alice  ", " alice", "🦆"}
	for i, name := range names {
		want[name] = noon.Add(time.Duration(i) * time.Minute)
	}
	save(t, g, want.batch())
	checkSeen(t, g, want)
	for i, name := range names {
		want[name] = noon.Add(time.Duration(100-i) * time.Minute)
		save(t, g, sightings{name: want[name]}.batch())
		checkSeen(t, g, want)
	}
}

// removeSeen checks that a new player doesn't get the time of a removed one.
func removeSeen(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, sightings{"alice": noon, "bob": noon}.batch())
	save(t, g, game.Checkpoint{Total: 1, Removed: []string{"alice"}})
	checkSeen(t, g, sightings{"bob": noon})
	save(t, g, sightings{"alice": {}}.batch())
	checkSeen(t, g, sightings{"alice": {}, "bob": noon})
}

// seenOfRejected checks that only the count is rejected.
func seenOfRejected(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, sightings{"alice": noon, "mallory": noon}.batch())
	g.db.Refuse(t, "mallory")
	g.db.Refuse(t, "trudy")
	later := noon.Add(time.Hour)
	rejected := saveSome(t, g, sightings{"alice": later, "mallory": later, "trudy": later}.batch())
	compareRejected(t, rejected, counts{"mallory": 1, "trudy": 1})
	for _, r := range rejected {
		if !r.Seen.IsZero() {
			t.Errorf("%s was seen %v, as what is set aside has it", r.Name, r.Seen)
		}
	}
	checkSeen(t, g, sightings{"alice": later, "mallory": noon, "trudy": {}})
	g.db.Accept(t, "mallory")
	g.db.Accept(t, "trudy")
	save(t, g, sightings{"mallory": later, "trudy": later}.batch())
	checkSeen(t, g, sightings{"alice": later, "mallory": later, "trudy": later})
}

// tablesWithoutSeen uses the tables of the last version without these times.
func tablesWithoutSeen(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, sightings{"alice": noon, "bob": noon}.batch())
	g.db.Exec(t, dropSeen)
	g.db.Exec(t, dropDays)
	g.db.Exec(t, "DELETE FROM clickky_migrations WHERE version_id >= 6")
	checkSeen(t, g, sightings{"alice": {}, "bob": {}})
	migrate(t, g)
	checkSeen(t, g, sightings{"alice": {}, "bob": {}})
	// An older server still inserts.
	g.db.Exec(t, "INSERT INTO users (username, user_count) VALUES ('carol', 1)")
	save(t, g, sightings{"bob": noon}.batch())
	checkSeen(t, g, sightings{"alice": {}, "bob": noon, "carol": {}})
}
