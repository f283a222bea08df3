package ledger

import (
	"iter"
	"slices"
	"time"
)

// Line is a player on a leaderboard.
type Line struct {
	Name   string
	Clicks uint64
	// Seen is when the player last clicked or left, in seconds since 1970; 0: nobody knows. As a
	// number it is small enough for each of a million players.
	Seen uint32
}

// SeenAt returns Seen as a time, in UTC; the zero time if nobody knows.
func (l Line) SeenAt() time.Time { return timeOf(l.Seen) }

// Nearby is a player who is online, who clicks, or who has left lately.
type Nearby struct {
	Line

	Online bool
	Rate   float64 // clicks a second of the last five seconds
}

// Survey is what has changed for a leaderboard since the survey before.
type Survey struct {
	// All are the players whom the ledger was loaded with, in the order of the leaderboard; in the
	// first survey only.
	All []Line
	// Moved are those who changed, in any order, and Left the names that are not on it any more.
	Moved []Line
	Left  map[string]struct{}
	// Nearby are in any order, some maybe twice.
	Nearby []Nearby
}

// Survey takes what has changed since the last one. Elsewhere are the names that are online on
// other servers. One caller only may survey a ledger.
func (l *Ledger) Survey(elsewhere iter.Seq[string]) Survey {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readClock()
	s := Survey{All: l.loadedLines}
	l.loadedLines = nil
	away := make(map[string]struct{})
	for name := range elsewhere {
		away[name] = struct{}{}
	}
	if len(l.moved)+len(l.left) > 0 { // then the board is to have those as well who have left
		for _, p := range l.departed {
			p.departed = false
			l.shift(p)
		}
		clear(l.departed)
		l.departed = l.departed[:0]
		s.Moved, s.Left = l.takeMoved()
	}
	s.Nearby = l.nearby(away)
	return s
}

// takeMoved copies those who changed since the last survey, and takes the names
// that are not on the board any more. l.mu is held.
func (l *Ledger) takeMoved() (moved []Line, left map[string]struct{}) {
	moved = make([]Line, 0, len(l.moved))
	for _, p := range l.moved {
		p.moved = false
		if p.gone {
			continue
		}
		moved = append(moved, p.line())
		if a := p.activity; a != nil && !p.busy && !a.idle(l.clock.beat) {
			p.busy = true
			l.busy = append(l.busy, p)
		}
	}
	clear(l.moved)
	l.moved = l.moved[:0]
	left, l.left = l.left, make(map[string]struct{})
	return moved, left
}

// nearby returns all players who are online, click, or have left since the last
// survey that had somebody Moved. l.mu is held.
func (l *Ledger) nearby(away map[string]struct{}) []Nearby {
	l.busy = slices.DeleteFunc(l.busy, func(p *player) bool {
		p.busy = !p.gone && !p.activity.idle(l.clock.beat)
		return !p.busy
	})
	all := make([]Nearby, 0, len(l.online)+len(away)+len(l.busy)+len(l.departed))
	here := func(name string) {
		if p := l.named(name); p != nil {
			all = append(all, Nearby{Line: p.line(), Online: true, Rate: l.rateOf(p)})
		}
	}
	for name := range l.online {
		here(name)
		delete(away, name)
	}
	for name := range away {
		here(name)
	}
	for _, offline := range [...][]*player{l.busy, l.departed} {
		for _, p := range offline {
			_, elsewhere := away[p.name]
			if !p.gone && !elsewhere && l.online[p.name] == nil {
				all = append(all, Nearby{Line: p.line(), Rate: l.rateOf(p)})
			}
		}
	}
	return all
}

// rateOf returns the player's clicks a second by the clock. l.mu is held.
func (l *Ledger) rateOf(p *player) float64 {
	if p.activity == nil {
		return 0
	}
	return p.activity.rate(l.clock.beat)
}

// depart notes that the last session of a player has left, which the store is to
// have with the next counts. l.mu is held.
func (l *Ledger) depart(p *player) {
	p.seen = l.moment().seconds
	l.unsaved.left[p] = struct{}{}
	l.departs(p)
}

// departs notes for the next board that nobody plays any more. l.mu is held.
func (l *Ledger) departs(p *player) {
	if !p.departed { // grows to at most one entry for each player
		p.departed = true
		l.departed = append(l.departed, p)
	}
}

// LeftElsewhere notes that a name has left the last of the other servers that had it. Unless it
// has a session here, its player was seen just now, which the server that had it saves.
func (l *Ledger) LeftElsewhere(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stirred()
	if l.online[name] != nil {
		return
	}
	if p := l.named(name); p != nil {
		p.seen = max(p.seen, l.moment().seconds)
		l.departs(p)
	}
}
