package ledger

import (
	"slices"
	"sort"
	"time"
)

// presence is what a board has of a player who is here, who clicks, or who has
// left since its table was made.
type presence struct {
	line   int32 // of the table
	online bool
	rate   float64
	seen   uint32 // as in Balance
}

// nearby is a presence that has no line yet.
type nearby struct {
	Balance
	presence
}

// survey is what the next board is made of.
type survey struct {
	moved  []Balance           // those who changed since the last table, in the order of the board
	left   map[string]struct{} // names that are not on it any more
	nearby []nearby            // in any order, some maybe twice
}

// survey takes what has changed since the last board. When the table is made anew
// anyway, it is to have those as well who have left.
func (l *Ledger) survey() survey {
	l.mu.Lock()
	l.readClock()
	var s survey
	if len(l.moved)+len(l.left) > 0 {
		for _, p := range l.departed {
			p.departed = false
			l.shift(p)
		}
		clear(l.departed)
		l.departed = l.departed[:0]
		s.moved, s.left = l.takeMoved()
	}
	s.nearby = l.around()
	l.mu.Unlock()
	sort.Slice(s.moved, func(i, j int) bool { return before(s.moved[i], s.moved[j]) })
	return s
}

// takeMoved copies those who changed since the last table, and takes the names
// that are not on it any more. l.mu is held.
func (l *Ledger) takeMoved() (moved []Balance, left map[string]struct{}) {
	moved = make([]Balance, 0, len(l.moved))
	for _, p := range l.moved {
		p.moved = false
		if p.gone {
			continue
		}
		moved = append(moved, p.balance())
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

// around returns all players who are online, click, or have left since the last
// table. l.mu is held.
func (l *Ledger) around() []nearby {
	l.busy = slices.DeleteFunc(l.busy, func(p *player) bool {
		p.busy = !p.gone && !p.activity.idle(l.clock.beat)
		return !p.busy
	})
	all := make([]nearby, 0, len(l.online)+l.away.only+len(l.busy)+len(l.departed))
	here := func(name string) {
		if p := l.players[name]; p != nil {
			all = append(all, nearby{p.balance(), presence{online: true, rate: l.rateOf(p), seen: p.seen}})
		}
	}
	for name := range l.online {
		here(name)
	}
	for name := range l.away.names {
		if l.online[name] == nil {
			here(name)
		}
	}
	for _, away := range [...][]*player{l.busy, l.departed} {
		for _, p := range away {
			if !p.gone && !l.isOnline(p.name) {
				all = append(all, nearby{p.balance(), presence{rate: l.rateOf(p), seen: p.seen}})
			}
		}
	}
	return all
}

// rateOf is the player's clicks a second by the clock. l.mu is held.
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
	p.parted = true
	if p.known { // else its count is in no event yet, which will see to it
		l.unsave(p)
	}
	l.departs(p)
}

// departs notes for the next board that nobody plays any more. l.mu is held.
func (l *Ledger) departs(p *player) {
	if !p.departed { // grows to at most one entry for each player
		p.departed = true
		l.departed = append(l.departed, p)
	}
}

// RowOf is the line of the player of that login name as it is now, whether or not
// there is one; who has not scored yet stands where Standing says.
func (l *Ledger) RowOf(name string) Row {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.lookup(name)
	s := l.standing(name, p)
	row := Row{Rank: s.Rank, Name: s.Name, Clicks: s.Clicks, Online: l.isOnline(s.Name)}
	if p != nil {
		l.readClock()
		row.Rate = l.rateOf(p)
		row.see(p.seen)
	}
	return row
}

// see fills in when a player was seen who is not online.
func (r *Row) see(seconds uint32) {
	if !r.Online && seconds != 0 {
		r.Seen = time.Unix(int64(seconds), 0).UTC()
	}
}
