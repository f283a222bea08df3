package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
)

// record returns an audit record that is different for each number.
func record(id uint64) game.AuditRecord {
	return game.AuditRecord{
		Number: id, At: time.Unix(1_800_000_000+int64(id), 0).UTC(),
		Admin: fmt.Sprint("boss-", id), Key: key(int(id)).Fingerprint, Kind: "rename", Target: fmt.Sprint("alice-", id),
		Reason: fmt.Sprint("because of ", id), Before: game.TargetState{Name: fmt.Sprint("alice-", id), Clicks: id, Keys: []game.Key{key(1)}}, After: game.TargetState{Name: "🦆"},
	}
}

func records(first, last uint64) (all []game.AuditRecord) {
	for id := first; id <= last; id++ {
		all = append(all, record(id))
	}
	return all
}

// checkActions loads the bans and the audit log and compares them.
func checkActions(t *testing.T, g *fixture, bans map[string]time.Time, audit []game.AuditRecord) {
	t.Helper()
	_, snapshot, err := load(t.Context(), g)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if len(snapshot.Bans) != len(bans) {
		t.Fatalf("Load yields the bans %v, want %v", snapshot.Bans, bans)
	}
	for _, b := range snapshot.Bans {
		if until, ok := bans[b.Target]; !ok || b.Until != until {
			t.Fatalf("Load yields the ban %v, want one until %v", b, until)
		}
	}
	if !reflect.DeepEqual(snapshot.Records, audit) {
		if len(snapshot.Records) > 20 || len(audit) > 20 {
			t.Fatalf("Load yields %d records which are not the %d expected", len(snapshot.Records), len(audit))
		}
		t.Fatalf("Load yields the records\n%v, want\n%v", snapshot.Records, audit)
	}
}

// removed returns a checkpoint that removes players.
func removed(total uint64, names ...string) game.Checkpoint {
	return game.Checkpoint{Total: total, Removed: names}
}

func removePlayers(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1, "bob": 2, "carol": 3}.batch(6))
	save(t, g, removed(6, "alice", "nobody", "carol"))
	check(t, g, counts{"bob": 2}, 6)
	// A player who comes back starts from zero, and the name of a renamed player is removed while a
	// row is inserted for another.
	batch := counts{"carol": 4, "dave": 2}.batch(8)
	batch.Removed = []string{"bob"}
	save(t, g, batch)
	check(t, g, counts{"carol": 4, "dave": 2}, 8)
}

func removeFromOtherPosition(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{"alice": 1}
	batch := g.next(want.batch(1))
	save(t, g, batch)
	batch.Players, batch.Removed = nil, []string{"alice"}
	batch.Bans, batch.Records = []game.Ban{{Target: "::/0", Until: time.Unix(1, 0)}}, records(1, 1)
	wantMoved(t, g, batch)
	check(t, g, want, 1)
	checkActions(t, g, nil, nil)
}

func removeOnlyThatName(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{}
	names := []string{"a", "a.", "a_", "aa", "A", "a ", " a", "a%", "á", "🦆", strings.Repeat("x", 100)}
	for i, name := range names {
		want[name] = uint64(i)
	}
	save(t, g, want.batch(100))
	for _, name := range names {
		save(t, g, removed(100, name))
		delete(want, name)
		check(t, g, want, 100)
	}
}

func removeMany(t *testing.T, g *fixture) {
	migrate(t, g)
	want := counts{}
	var gone []string
	for i := range 5000 {
		want[fmt.Sprint("p-", i)] = 1
	}
	save(t, g, want.batch(5000))
	for i := range 3000 {
		name := fmt.Sprint("p-", i)
		gone = append(gone, name)
		delete(want, name)
	}
	save(t, g, removed(5000, gone...))
	check(t, g, want, 5000)
}

func removeRejected(t *testing.T, g *fixture) {
	migrate(t, g)
	g.db.Refuse(t, "mallory")
	compareRejected(t, saveSome(t, g, counts{"alice": 1, "mallory": 2}.batch(3)), counts{"mallory": 2})
	save(t, g, removed(3, "mallory", "mal\xffory"))
	wantRejected(t, g, counts{})
	check(t, g, counts{"alice": 1}, 3)
}

func bans(t *testing.T, g *fixture) {
	migrate(t, g)
	checkActions(t, g, nil, nil)
	until := time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	want := map[string]time.Time{
		key(1).Fingerprint: until, "192.0.2.0/24": until.Add(time.Hour), "2001:db8::/64": time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC),
	}
	var batch game.Checkpoint
	for target, until := range want {
		batch.Bans = append(batch.Bans, game.Ban{Target: target, Until: until})
	}
	save(t, g, batch)
	checkActions(t, g, want, nil)
	want["192.0.2.0/24"] = until
	delete(want, key(1).Fingerprint)
	save(t, g, game.Checkpoint{Bans: []game.Ban{
		{Target: "192.0.2.0/24", Until: until}, {Target: key(1).Fingerprint}, {Target: "203.0.113.7/32"},
	}})
	checkActions(t, g, want, nil)
	save(t, g, counts{"alice": 1}.batch(1))
	checkActions(t, g, want, nil)
}

func audit(t *testing.T, g *fixture) {
	migrate(t, g)
	want := records(1, 3)
	want[1].Admin, want[1].Target, want[1].Reason = "bo'ss\x00", " a\xff ", "why?\n\x00 🦆"
	save(t, g, game.Checkpoint{Records: want})
	checkActions(t, g, nil, want)
	// A record that was undone is written again, together with its undo.
	undo := record(4)
	want[0].UndoneBy = 4
	save(t, g, game.Checkpoint{Records: []game.AuditRecord{undo, want[0]}})
	want = append(want, undo)
	checkActions(t, g, nil, want)
	// Saving the same again does no harm.
	save(t, g, game.Checkpoint{Records: want})
	checkActions(t, g, nil, want)
}

func longAudit(t *testing.T, g *fixture) {
	migrate(t, g)
	const more = 20
	all := records(1, game.KeptRecords+more)
	for i := range 100 {
		all[5000+i].Reason = strings.Repeat("🦆", 500)
		all[5000+i].Before = game.TargetState{Text: strings.Repeat("\u0001", 5000)}
	}
	save(t, g, game.Checkpoint{Records: all})
	checkActions(t, g, nil, all[more:])
}

// tablesWithoutActions uses the tables of the last version without admin actions.
func tablesWithoutActions(t *testing.T, g *fixture) {
	migrate(t, g)
	batch := counts{"alice": 1}.batch(1)
	batch.Records = records(1, 1)
	save(t, g, batch)
	for _, statement := range []string{
		dropSeen, dropDays,
		"DROP TABLE clickky_choices",
		"DROP TABLE clickky_bans", "DROP TABLE clickky_audit", "DELETE FROM clickky_migrations WHERE version_id >= 4",
	} {
		g.db.Exec(t, statement)
	}
	check(t, g, counts{"alice": 1}, 1)
	checkActions(t, g, nil, nil)
	migrate(t, g)
	check(t, g, counts{"alice": 1}, 1)
	save(t, g, batch)
	checkActions(t, g, nil, batch.Records)
}
