package ledger

import (
	"iter"
	"maps"
	"slices"

	"clickky/sync/game"
)

// Person is an online player, as other players may see one.
type Person struct {
	Name  string
	Guest bool // the name has no owner, and nobody is here who would claim it
	// Clicks is only for sorting: not everybody may see counts.
	Clicks uint64
	Rate   float64 // clicks per second in the last five seconds
}

// peopleAtOnce is for how many people the mutex is held, so that no click waits long.
const peopleAtOnce = 500

// People returns the players who are online on this server, and those of elsewhere, in any order and
// without those who hide. On other servers, a guest may hide without this server knowing, so it
// returns only names with an owner from there. Players who connect or leave meanwhile may be missing.
func (l *Ledger) People(elsewhere iter.Seq[string]) []Person {
	l.mu.Lock()
	l.clock.read()
	names := slices.AppendSeq(make([]string, 0, len(l.online)), maps.Keys(l.online))
	l.mu.Unlock()
	people := make([]Person, 0, len(names))
	add := func(names []string, person func(string) (Person, bool)) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, name := range names {
			if p, ok := person(name); ok {
				people = append(people, p)
			}
		}
	}
	for some := range slices.Chunk(names, peopleAtOnce) {
		add(some, l.personHere)
	}
	for some := range slices.Chunk(slices.Collect(elsewhere), peopleAtOnce) {
		add(some, l.personElsewhere)
	}
	return people
}

// personHere returns a player with sessions on this server, unless the player hides.
func (g *guarded) personHere(name string) (person Person, ok bool) {
	var p *player
	claims := false
	for s := range g.online[name] {
		if s.hidden {
			return person, false
		}
		p, claims, ok = s.player, claims || s.credentials.Claims, true
	}
	person = g.person(name, p)
	person.Guest = person.Guest && !claims
	return person, ok
}

// personElsewhere returns a player who is online on other servers only. It returns false if the
// player hides, or is a guest: this server doesn't know whether another server's guest hides.
func (g *guarded) personElsewhere(name string) (person Person, ok bool) {
	if g.online[name] != nil || game.IsHidden(g.state.Preference(g.state.LoginOf(name))) {
		return person, false
	}
	person = g.person(name, g.playerByName(name))
	return person, !person.Guest
}

// person returns the person with a name; p may be nil.
func (g *guarded) person(name string, p *player) Person {
	person := Person{Name: name, Guest: len(g.owner(g.state.LoginOf(name))) == 0}
	if p != nil && !p.removed {
		person.Clicks, person.Rate = p.clicks(), g.rateOf(p)
	}
	return person
}

// Hide sets whether People leaves the session's player out.
func (s *Session) Hide(hidden bool) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	if s.hidden != hidden {
		s.hidden = hidden
		s.ledger.onlineRevision++
		s.ledger.wake()
	}
}
