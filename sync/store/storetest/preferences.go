package storetest

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"clickky/sync/game"
)

// preferences has the preferences of players by login name.
type preferences map[string]string

func (c preferences) list() (list []game.Preference) {
	for name, text := range c {
		list = append(list, game.Preference{Name: name, Text: text})
	}
	return list
}

func (c preferences) batch() game.Checkpoint { return game.Checkpoint{Preferences: c.list()} }

// checkPreferences loads the preferences and compares them.
func checkPreferences(t *testing.T, g *fixture, want preferences) {
	t.Helper()
	_, snapshot, err := load(t.Context(), g)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	got := preferences{}
	for _, c := range snapshot.Preferences {
		if _, twice := got[c.Name]; twice {
			t.Errorf("Load has the preferences of %s twice", c.Name)
		}
		got[c.Name] = c.Text
	}
	switch {
	case maps.Equal(got, want):
	case len(got) > 50 || len(want) > 50:
		t.Fatalf("Load yields %d choices which are not the %d expected", len(got), len(want))
	default:
		t.Fatalf("Load yields the choices\n%v, want\n%v", got, want)
	}
}

func savePreferences(t *testing.T, g *fixture) {
	migrate(t, g)
	checkPreferences(t, g, preferences{})
	batch := counts{"alice": 1}.batch(1)
	// A preference needs no count.
	batch.Preferences = preferences{"alice": "light", "bob": strings.Repeat("~", game.MaxPreference), "carol": "x y"}.list()
	save(t, g, batch)
	checkPreferences(t, g, preferences{"alice": "light", "bob": strings.Repeat("~", game.MaxPreference), "carol": "x y"})

	// Another one, a removed one, and removing one that doesn't exist.
	save(t, g, preferences{"alice": "dark", "bob": "", "dave": "", "erin": "`'\""}.batch())
	checkPreferences(t, g, preferences{"alice": "dark", "carol": "x y", "erin": "`'\""})
	save(t, g, counts{"alice": 2}.batch(2))
	checkPreferences(t, g, preferences{"alice": "dark", "carol": "x y", "erin": "`'\""})
	check(t, g, counts{"alice": 2}, 2)
}

// savePreferencesFromOtherPosition checks that a Save that writes no count writes no preference.
func savePreferencesFromOtherPosition(t *testing.T, g *fixture) {
	migrate(t, g)
	want := preferences{"alice": "light", "bob": "dark"}
	batch := g.next(want.batch())
	save(t, g, batch)
	batch.Preferences = preferences{"alice": "dark", "bob": "", "carol": "mono"}.list()
	wantMoved(t, g, batch)
	checkPreferences(t, g, want)
}

func preferencesOfSimilarNames(t *testing.T, g *fixture) {
	migrate(t, g)
	want := preferences{}
	names := []string{"a", "a.", "a_", "a-", "aa", "A", "a ", " a", "a%", "á", "a\x00", "a\xff", "🦆", strings.Repeat("x", 100)}
	for i, name := range names {
		want[name] = fmt.Sprint("choice ", i)
	}
	save(t, g, want.batch())
	checkPreferences(t, g, want)
	// A change of one leaves the others alone.
	for i, name := range names {
		if want[name] = fmt.Sprint("CHOICE ", i); i%2 == 0 {
			want[name] = ""
		}
		save(t, g, preferences{name: want[name]}.batch())
		if want[name] == "" {
			delete(want, name)
		}
		checkPreferences(t, g, want)
	}
}

func manyPreferences(t *testing.T, g *fixture) {
	migrate(t, g)
	const size = 5000
	want, changed := preferences{}, preferences{}
	for i := range size {
		want[fmt.Sprint("p-", i)] = fmt.Sprint("first ", i)
	}
	save(t, g, want.batch())
	checkPreferences(t, g, want)
	for i := range size {
		switch name := fmt.Sprint("p-", i); i % 3 {
		case 1:
			changed[name] = fmt.Sprint("second ", i)
			want[name] = changed[name]
		case 2:
			changed[name] = ""
			delete(want, name)
		}
	}
	save(t, g, changed.batch())
	checkPreferences(t, g, want)
}

// rejectPreferences checks that preferences that don't fit are left out, and everything else is
// saved.
func rejectPreferences(t *testing.T, g *fixture) {
	migrate(t, g)
	tooLong := strings.Repeat("x", game.MaxPreference+1)
	save(t, g, preferences{"bob": "before"}.batch())
	batch := counts{"alice": 1}.batch(1)
	batch.Records = records(1, 1)
	want := preferences{"bob": "before"}
	for i := range 20 {
		name := fmt.Sprint("p-", i)
		want[name] = "light"
		batch.Preferences = append(batch.Preferences, game.Preference{Name: name, Text: "light"})
		if i%7 == 3 {
			batch.Preferences = append(batch.Preferences, game.Preference{Name: "mallory-" + name, Text: tooLong})
		}
	}
	batch.Preferences = append(batch.Preferences, game.Preference{Name: "bob", Text: tooLong})
	save(t, g, batch)
	checkPreferences(t, g, want)
	check(t, g, counts{"alice": 1}, 1)
	checkActions(t, g, nil, batch.Records)
	wantRejected(t, g, counts{})
}

// preferencesOfRejected checks that a player whose count is rejected keeps the preference.
func preferencesOfRejected(t *testing.T, g *fixture) {
	migrate(t, g)
	g.db.Refuse(t, "mallory")
	batch := counts{"alice": 1, "mallory": 2}.batch(3)
	want := preferences{"alice": "light", "mallory": "dark"}
	batch.Preferences = want.list()
	compareRejected(t, saveSome(t, g, batch), counts{"mallory": 2})
	checkPreferences(t, g, want)
}

// tablesWithoutPreferences uses the tables of the last version without preferences.
func tablesWithoutPreferences(t *testing.T, g *fixture) {
	migrate(t, g)
	batch := counts{"alice": 1}.batch(1)
	batch.Preferences = preferences{"alice": "light"}.list()
	save(t, g, batch)
	g.db.Exec(t, dropSeen)
	g.db.Exec(t, dropDays)
	g.db.Exec(t, "DROP TABLE clickky_choices")
	g.db.Exec(t, "DELETE FROM clickky_migrations WHERE version_id >= 5")
	check(t, g, counts{"alice": 1}, 1)
	checkPreferences(t, g, preferences{})
	migrate(t, g)
	check(t, g, counts{"alice": 1}, 1)
	checkPreferences(t, g, preferences{})
	save(t, g, batch)
	checkPreferences(t, g, preferences{"alice": "light"})
}
