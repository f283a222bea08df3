package live

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"clickky/sync/ledger"
)

// maxPeople is the maximum number of people in a list; no screen shows more.
const maxPeople = 100

const (
	// peopleEvery is the time between two lists.
	peopleEvery = time.Second
	// sortPeopleEvery is how long a list keeps its order. Among equals, ranks change all the time.
	sortPeopleEvery = 30 * time.Second
)

// People are the players who are online and don't hide. The list is immutable: equal pointers mean
// equal lists.
type People struct {
	List []Person // by rank half a minute ago, then those who have come since
	More int      // how many others there are
}

// Person is a player who is online.
type Person struct {
	Name  string
	Guest bool // the name has no owner
	// Pulse is how fast the player has clicked in the last seconds, from 0, not at all, to 8.
	Pulse uint8
}

// HidePeople makes snapshots contain no People. Call it before Run.
func (v *Live) HidePeople() { v.hidesPeople = true }

// HasPeople reports whether snapshots contain People.
func (v *Live) HasPeople() bool { return !v.hidesPeople }

// updatePeople makes a new list if anything in it has changed. v.mu is held.
func (v *Live) updatePeople() {
	if v.hidesPeople || !v.hasSubscribers() {
		return
	}
	v.peopleUpdated = v.now()
	online := v.ledger.People(maps.Keys(v.presence.names))
	v.sortPeople(online)
	shown := online[:min(len(online), maxPeople)]
	people := &People{List: make([]Person, len(shown)), More: len(online) - len(shown)}
	for i, p := range shown {
		people.List[i] = Person{Name: p.Name, Guest: p.Guest, Pulse: pulse(p.Rate)}
	}
	if v.people == nil || v.people.More != people.More || !slices.Equal(v.people.List, people.List) {
		v.people = people
	}
}

// sortPeople sorts by rank, but keeps the order of the last list for some time. v.mu is held.
func (v *Live) sortPeople(online []ledger.Person) {
	place := map[string]int{}
	if v.people == nil || v.peopleUpdated-v.peopleSorted >= sortPeopleEvery {
		v.peopleSorted = v.peopleUpdated
	} else {
		for i, p := range v.people.List {
			place[p.Name] = i - len(v.people.List) // before the others, who are at 0
		}
	}
	slices.SortFunc(online, func(a, b ledger.Person) int {
		return cmp.Or(cmp.Compare(place[a.Name], place[b.Name]), cmp.Compare(b.Clicks, a.Clicks), cmp.Compare(a.Name, b.Name))
	})
}

// pulse returns the pulse of a rate: the fastest fingers make about a dozen clicks a second.
func pulse(rate float64) uint8 {
	if rate == 0 {
		return 0
	}
	return uint8(min(1+rate/2, 8))
}

func (v *Live) hasSubscribers() bool {
	for _, subs := range v.subs {
		if len(subs) > 0 {
			return true
		}
	}
	return false
}
