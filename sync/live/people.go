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
	Name         string
	Guest        bool // the name has no owner
	LedYesterday bool // clicked most on the day before
	// Pulse is how fast the player has clicked in the last seconds, from 0, not at all, to 8.
	Pulse uint8
}

// HidePeople keeps People out of snapshots, and names out of their news and milestones. Call it
// before Run.
func (v *Live) HidePeople() {
	v.people.disabled = true
	v.ledger.HideNames()
}

// HasPeople reports whether snapshots contain People.
func (v *Live) HasPeople() bool { return !v.people.disabled }

// peopleList is the newest list of people, and how it was made. Times are since the epoch.
type peopleList struct {
	list     *People // nil: there is none yet
	disabled bool
	updated  time.Duration
	state    peopleState   // at the last update
	sorted   time.Duration // by rank
	unsorted bool          // it was updated since
}

// peopleState is what a list of people depends on, besides the time.
type peopleState struct {
	total, online, elsewhere, keys uint64

	first string
}

// updatePeople makes a new list if anything in it has changed. v.mu is held.
func (v *Live) updatePeople(is ledger.Status) {
	state := peopleState{is.Total, is.OnlineRevision, v.presence.namesRevision, is.Keys, is.Today.YesterdayLeader}
	isSame := state == v.people.state && v.people.list.isQuiet() && !v.people.mustSort(v.now())
	if v.people.disabled || !v.hasSubscribers() || isSame {
		return
	}
	v.people.updated, v.people.state = v.now(), state
	online := v.ledger.People(maps.Keys(v.presence.names))
	v.sortPeople(online)
	shown := online[:min(len(online), maxPeople)]
	people := &People{List: make([]Person, len(shown)), More: len(online) - len(shown)}
	for i, p := range shown {
		people.List[i] = Person{Name: p.Name, Guest: p.Guest, LedYesterday: p.Name == is.Today.YesterdayLeader, Pulse: pulse(p.Rate)}
	}
	if v.people.list == nil || v.people.list.More != people.More || !slices.Equal(v.people.list.List, people.List) {
		v.people.list = people
	}
}

// mustSort reports whether the list has kept its order for long enough.
func (l *peopleList) mustSort(now time.Duration) bool {
	return l.unsorted && now-l.sorted >= sortPeopleEvery
}

// isQuiet reports whether nobody has a pulse.
func (p *People) isQuiet() bool {
	return p != nil && !slices.ContainsFunc(p.List, func(p Person) bool { return p.Pulse > 0 })
}

// sortPeople sorts by rank, but keeps the order of the last list for some time. v.mu is held.
func (v *Live) sortPeople(online []ledger.Person) {
	place := map[string]int{}
	if v.people.list == nil || v.people.mustSort(v.now()) {
		v.people.sorted, v.people.unsorted = v.people.updated, false
	} else {
		v.people.unsorted = true
		for i, p := range v.people.list.List {
			place[p.Name] = i - len(v.people.list.List) // before the others, who are at 0
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
	return slices.ContainsFunc(v.subs[:], func(subs []*Subscription) bool { return len(subs) > 0 })
}
