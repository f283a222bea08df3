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
	l.clock.read()
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
// that are not on the board any more.
func (b *book) takeMoved() (moved []Line, left map[string]struct{}) {
	moved = make([]Line, 0, len(b.moved))
	for _, p := range b.moved {
		p.moved = false
		if p.gone {
			continue
		}
		moved = append(moved, p.line())
		if a := p.activity; a != nil && !p.busy && !a.idle(b.clock.beat) {
			p.busy = true
			b.busy = append(b.busy, p)
		}
	}
	clear(b.moved)
	b.moved = b.moved[:0]
	left, b.left = b.left, make(map[string]struct{})
	return moved, left
}

// nearby returns all players who are online, click, or have left since the last
// survey that had somebody Moved.
func (b *book) nearby(away map[string]struct{}) []Nearby {
	b.busy = slices.DeleteFunc(b.busy, func(p *player) bool {
		p.busy = !p.gone && !p.activity.idle(b.clock.beat)
		return !p.busy
	})
	all := make([]Nearby, 0, len(b.online)+len(away)+len(b.busy)+len(b.departed))
	here := func(name string) {
		if p := b.named(name); p != nil {
			all = append(all, Nearby{Line: p.line(), Online: true, Rate: b.rateOf(p)})
		}
	}
	for name := range b.online {
		here(name)
		delete(away, name)
	}
	for name := range away {
		here(name)
	}
	for _, offline := range [...][]*player{b.busy, b.departed} {
		for _, p := range offline {
			_, elsewhere := away[p.name]
			if !p.gone && !elsewhere && b.online[p.name] == nil {
				all = append(all, Nearby{Line: p.line(), Rate: b.rateOf(p)})
			}
		}
	}
	return all
}

// rateOf returns the player's clicks a second by the clock.
func (b *book) rateOf(p *player) float64 {
	if p.activity == nil {
		return 0
	}
	return p.activity.rate(b.clock.beat)
}

// depart notes that the last session of a player has left, which the store is to
// have with the next counts.
func (b *book) depart(p *player) {
	p.seen = b.clock.present().seconds
	b.unsaved.left[p] = struct{}{}
	b.departs(p)
}

// departs notes for the next board that nobody plays any more.
func (b *book) departs(p *player) {
	if !p.departed { // grows to at most one entry for each player
		p.departed = true
		b.departed = append(b.departed, p)
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
		p.seen = max(p.seen, l.clock.present().seconds)
		l.departs(p)
	}
}
