package storetest

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"clickky/sync/game"
)

// chosen are what players have chosen, by their login names.
type chosen map[string]string

func (c chosen) choices() (choices []game.Preference) {
	for name, text := range c {
		choices = append(choices, game.Preference{Name: name, Text: text})
	}
	return choices
}

func (c chosen) batch() game.Checkpoint { return game.Checkpoint{Preferences: c.choices()} }

// checkChoices loads what players have chosen and compares it.
func checkChoices(t *testing.T, g *fixture, want chosen) {
	t.Helper()
	_, snapshot, err := load(t.Context(), g)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	got := chosen{}
	for _, c := range snapshot.Preferences {
		if _, twice := got[c.Name]; twice {
			t.Errorf("Load has the choice of %s twice", c.Name)
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

func saveChoices(t *testing.T, g *fixture) {
	migrate(t, g)
	checkChoices(t, g, chosen{})
	batch := counts{"alice": 1}.batch(1)
	// Nobody has to have a count to choose.
	batch.Preferences = chosen{"alice": "light", "bob": strings.Repeat("~", game.MaxPreference), "carol": "x y"}.choices()
	save(t, g, batch)
	checkChoices(t, g, chosen{"alice": "light", "bob": strings.Repeat("~", game.MaxPreference), "carol": "x y"})

	// Another one, none any more, and none where there was none.
	save(t, g, chosen{"alice": "dark", "bob": "", "dave": "", "erin": "`'\""}.batch())
	checkChoices(t, g, chosen{"alice": "dark", "carol": "x y", "erin": "`'\""})
	save(t, g, counts{"alice": 2}.batch(2))
	checkChoices(t, g, chosen{"alice": "dark", "carol": "x y", "erin": "`'\""})
	check(t, g, counts{"alice": 2}, 2)
}

// saveChoicesElsewhere: a Save of which no count is written writes no choice.
func saveChoicesElsewhere(t *testing.T, g *fixture) {
	migrate(t, g)
	want := chosen{"alice": "light", "bob": "dark"}
	batch := g.next(want.batch())
	save(t, g, batch)
	batch.Preferences = chosen{"alice": "dark", "bob": "", "carol": "mono"}.choices()
	wantMoved(t, g, batch)
	checkChoices(t, g, want)
}

func keepChoicesApart(t *testing.T, g *fixture) {
	migrate(t, g)
	want := chosen{}
	names := []string{"a", "a.", "a_", "a-", "aa", "A", "a ", " a", "a%", "á", "a\x00", "a\xff", "🦆", strings.Repeat("x", 100)}
	for i, name := range names {
		want[name] = fmt.Sprint("choice ", i)
	}
	save(t, g, want.batch())
	checkChoices(t, g, want)
	// Each one alone is left by what becomes of the others.
	for i, name := range names {
		if want[name] = fmt.Sprint("CHOICE ", i); i%2 == 0 {
			want[name] = ""
		}
		save(t, g, chosen{name: want[name]}.batch())
		if want[name] == "" {
			delete(want, name)
		}
		checkChoices(t, g, want)
	}
}

func manyChoices(t *testing.T, g *fixture) {
	migrate(t, g)
	const size = 5000
	want, changed := chosen{}, chosen{}
	for i := range size {
		want[fmt.Sprint("p-", i)] = fmt.Sprint("first ", i)
	}
	save(t, g, want.batch())
	checkChoices(t, g, want)
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
	checkChoices(t, g, want)
}

// refuseChoices: what does not fit is left out, and everything else is saved.
func refuseChoices(t *testing.T, g *fixture) {
	migrate(t, g)
	tooLong := strings.Repeat("x", game.MaxPreference+1)
	save(t, g, chosen{"bob": "before"}.batch())
	batch := counts{"alice": 1}.batch(1)
	batch.Records = records(1, 1)
	want := chosen{"bob": "before"}
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
	checkChoices(t, g, want)
	check(t, g, counts{"alice": 1}, 1)
	checkActs(t, g, nil, batch.Records)
	wantRejected(t, g, counts{})
}

// choicesOfRefused: a player whose count is refused chooses all the same.
func choicesOfRefused(t *testing.T, g *fixture) {
	migrate(t, g)
	g.db.Refuse(t, "mallory")
	batch := counts{"alice": 1, "mallory": 2}.batch(3)
	want := chosen{"alice": "light", "mallory": "dark"}
	batch.Preferences = want.choices()
	compareRejected(t, saveSome(t, g, batch), counts{"mallory": 2})
	checkChoices(t, g, want)
}

// tablesWithoutChoices are those of the version before the first one that keeps
// them.
func tablesWithoutChoices(t *testing.T, g *fixture) {
	migrate(t, g)
	batch := counts{"alice": 1}.batch(1)
	batch.Preferences = chosen{"alice": "light"}.choices()
	save(t, g, batch)
	g.db.Exec(t, dropSeen)
	g.db.Exec(t, "DROP TABLE clickky_choices")
	g.db.Exec(t, "DELETE FROM clickky_migrations WHERE version_id >= 5")
	check(t, g, counts{"alice": 1}, 1)
	checkChoices(t, g, chosen{})
	migrate(t, g)
	check(t, g, counts{"alice": 1}, 1)
	checkChoices(t, g, chosen{})
	save(t, g, batch)
	checkChoices(t, g, chosen{"alice": "light"})
}
