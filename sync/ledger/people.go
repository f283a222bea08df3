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
	names := slices.AppendSeq(make([]string, 0, len(l.online.sessions)), maps.Keys(l.online.sessions))
	l.mu.Unlock()
	people := make([]Person, 0, len(names))
	add := func(names []string, isHere bool) {
		for some := range slices.Chunk(names, peopleAtOnce) {
			l.mu.Lock()
			for _, name := range some {
				if p, ok := l.person(name, isHere); ok {
					people = append(people, p)
				}
			}
			l.mu.Unlock()
		}
	}
	add(names, true)
	add(slices.Collect(elsewhere), false)
	return people
}

// person returns a player who is online on this server, or only on others. It returns false if the
// player hides, or is a guest on another server: this server doesn't know whether that guest hides.
func (g *guarded) person(name string, isHere bool) (person Person, ok bool) {
	sessions := g.online.sessions[name]
	if isHere != (len(sessions) > 0) || g.hides(name) {
		return person, false
	}
	person = Person{Name: name, Guest: len(g.owner(g.state.LoginOf(name))) == 0}
	for s := range sessions {
		person.Guest = person.Guest && !s.credentials.Claims
	}
	if p := g.playerByName(name); p != nil {
		person.Clicks, person.Rate = p.clicks(), p.rate(g.clock.slot)
	}
	return person, isHere || !person.Guest
}

// hides reports whether a player hides: in any session on this server, or by preference. A session
// that began before the player chose that doesn't know of it.
func (g *guarded) hides(name string) bool {
	for s := range g.online.sessions[name] {
		if s.hidden {
			return true
		}
	}
	return game.IsHidden(g.ownersPreference(g.state.LoginOf(name)))
}

// hiddenChanged notes that a player may hide, or may no longer hide.
func (g *guarded) hiddenChanged() {
	g.online.revision++
	g.publicRevision++
}

// Hide sets whether the session hides its player. The player also hides if the owner's preference says
// so.
func (s *Session) Hide(hidden bool) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	if s.hidden != hidden {
		s.hidden = hidden
		s.ledger.hiddenChanged()
		s.ledger.wake()
	}
}
