package ledger

import (
	"cmp"
	"reflect"
	"slices"
	"testing"

	"clickky/sync/game"
)

// people returns who is listed, by name and without rates.
func people(l *Ledger, elsewhere ...string) []Person {
	all := l.People(slices.Values(elsewhere))
	for i := range all {
		all[i].Rate = 0
	}
	slices.SortFunc(all, func(a, b Person) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func requirePeople(t *testing.T, got []Person, want ...Person) {
	t.Helper()
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("listed are %+v, want %+v", got, want)
	}
}

func TestPeopleAreOnlinePlayersWithGuestsMarked(t *testing.T) {
	l := New()
	l.Open()
	requirePeople(t, people(l))
	alice, bob := l.JoinWith("alice", Credentials{Key: "A", Claims: true}), l.Join("bob")
	alice.Click()
	alice.Click()
	requirePeople(t, people(l), Person{Name: "alice", Clicks: 2}, Person{Name: "bob", Guest: true})
	bob.Leave()
	requirePeople(t, people(l), Person{Name: "alice", Clicks: 2})
}

func TestPeopleHideOnEveryServer(t *testing.T) {
	l := New()
	err := l.Load(game.Contents{
		Players:     []game.Player{{Name: "anna", Clicks: 3}, {Name: "boris", Clicks: 2}, {Name: "guest1", Clicks: 1}},
		Owners:      []game.Owner{{Name: "anna", Keys: []game.Key{{Fingerprint: "A"}}}, {Name: "boris", Keys: []game.Key{{Fingerprint: "B"}}}},
		Preferences: []game.Preference{{Name: "boris", Text: "theme=auto,hidden"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Open()
	requirePeople(t, people(l, "anna", "boris", "guest1"), Person{Name: "anna", Clicks: 3})
	boris := l.JoinWith("boris", Credentials{Key: "B"})
	requirePeople(t, people(l))
	boris.Hide(false)
	boris.SetPreference("theme=auto")
	requirePeople(t, people(l), Person{Name: "boris", Clicks: 2})
	boris.Leave()
	one, two := l.JoinWith("anna", Credentials{Key: "A"}), l.JoinWith("anna", Credentials{Key: "A"})
	one.Hide(true)
	requirePeople(t, people(l, "anna"))
	two.Hide(false)
	requirePeople(t, people(l, "anna"))
	one.Hide(false)
	requirePeople(t, people(l, "anna"), Person{Name: "anna", Clicks: 3})
}

func TestPeopleHideInAllSessionsOfTheirOwner(t *testing.T) {
	l := New()
	l.Open()
	one, two := l.JoinWith("anna", Credentials{Key: "A", Claims: true}), l.JoinWith("anna", Credentials{Key: "A", Claims: true})
	one.Click()
	l.Apply(l.Position()+1, l.Drain(10, 10), true)
	requirePeople(t, people(l), Person{Name: "anna", Clicks: 1})
	one.Hide(true)
	one.SetPreference("theme=auto,hidden")
	one.Leave()
	requirePeople(t, people(l))
	l.Apply(l.Position()+1, l.Drain(10, 10), true)
	requirePeople(t, people(l))
	if l.IsPublic("anna") {
		t.Error("news may name a player who hides")
	}
	two.Hide(false)
	two.SetPreference("theme=auto")
	requirePeople(t, people(l), Person{Name: "anna", Clicks: 1})
}
