package ledger

import (
	"iter"

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

// People returns the players who are online on this server, and those of elsewhere, in any order and
// without those who hide. On other servers, a guest may hide without this server knowing, so it
// returns only names with an owner from there.
func (l *Ledger) People(elsewhere iter.Seq[string]) []Person {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.read()
	people := make([]Person, 0, len(l.online))
	for name, sessions := range l.online {
		p := l.person(name)
		isHidden := false
		for s := range sessions {
			isHidden = isHidden || s.hidden
			p.Guest = p.Guest && !s.credentials.Claims
		}
		if !isHidden {
			people = append(people, p)
		}
	}
	for name := range elsewhere {
		if l.online[name] != nil || game.IsHidden(l.state.Preference(l.state.LoginOf(name))) {
			continue
		}
		if p := l.person(name); !p.Guest {
			people = append(people, p)
		}
	}
	return people
}

func (g *guarded) person(name string) Person {
	person := Person{Name: name, Guest: len(g.owner(g.state.LoginOf(name))) == 0}
	if p := g.playerByName(name); p != nil {
		person.Clicks, person.Rate = p.clicks(), g.rateOf(p)
	}
	return person
}

// Hide sets whether People leaves the session's player out. A new session doesn't hide.
func (s *Session) Hide(hidden bool) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.hidden = hidden
	s.ledger.wake()
}
