package ledger

import (
	"math"

	"clickky/sync/game"
)

// player is what this server knows about a player. The ledger's mutex guards it.
type player struct {
	entry    *game.Entry // nil while no event has the player
	name     string
	at       *tier     // of the count as everybody sees it
	activity *activity // nil until the player clicks
	pending  uint32    // own clicks that no event has yet
	inFlight uint32    // own clicks in events that are not back yet
	seen     uint32    // when the player last clicked or left, in seconds since 1970; 0: unknown
	stored   bool      // the store has a row of that name, as far as is known
	gone     bool      // was deleted, or merged into another one
	moved    bool      // is in Ledger.moved
	busy     bool      // is in Ledger.busy
	departed bool      // is in Ledger.departed
}

// localOf returns what this server knows about a player of the state.
func localOf(e *game.Entry) *player {
	p, _ := e.Local.(*player)
	return p
}

// logged returns the count as the log has it.
func (p *player) logged() uint64 {
	if p.entry == nil {
		return 0
	}
	return p.entry.Clicks
}

// clicks returns the count as everybody sees it.
func (p *player) clicks() uint64 { return p.logged() + uint64(p.pending) + uint64(p.inFlight) }

// line returns the player's line of a board.
func (p *player) line() Line { return Line{Name: p.name, Clicks: p.at.clicks, Seen: p.seen} }

// lookup returns the player that a login name means, or nil. l.mu is held.
func (l *Ledger) lookup(login string) *player {
	if p := l.early[login]; p != nil {
		return p
	}
	if e := l.state.PlayerByLogin(login); e != nil {
		return localOf(e)
	}
	return nil
}

// named returns the player of exactly that name, or nil. l.mu is held.
func (l *Ledger) named(name string) *player {
	if e := l.state.Player(name); e != nil {
		return localOf(e)
	}
	return l.early[name]
}

// players returns the number of players, early ones included. l.mu is held.
func (l *Ledger) players() int { return l.state.Len() + len(l.early) }

// addEarly makes a player whom no event has yet. l.mu is held.
func (l *Ledger) addEarly(name string) *player {
	p := &player{name: name}
	l.early[name] = p
	l.ranking.enter(p, 0)
	l.shift(p)
	return p
}

// attach joins a player who has come into the state under a name with what this server knows of
// them. l.mu is held.
func (l *Ledger) attach(e *game.Entry, name string) *player {
	p := l.early[name]
	if p == nil {
		p = &player{name: name}
		l.ranking.enter(p, 0)
		l.shift(p)
	} else {
		delete(l.early, name)
	}
	p.entry, e.Local = e, p
	delete(l.unsaved.removed, name)
	return p
}

// rank puts a player where the count belongs. l.mu is held.
func (l *Ledger) rank(p *player) {
	const few = 1000
	count := p.clicks()
	if count == p.at.clicks {
		return
	}
	if count < p.at.clicks || count-p.at.clicks > few {
		l.ranking.leave(p)
		l.ranking.enter(p, count)
	}
	for p.at.clicks < count {
		l.ranking.bump(p)
	}
	l.shift(p)
}

// shift notes that the next board has to say something else of the player. l.mu is held.
func (l *Ledger) shift(p *player) {
	if !p.moved { // grows to at most one entry for each player
		p.moved = true
		l.moved = append(l.moved, p)
	}
}

// merge gives a player the clicks of an early one, who had the name that the player got. l.mu is
// held.
func (l *Ledger) merge(p, early *player) {
	l.ranking.leave(early)
	early.gone = true
	p.seen = max(p.seen, early.seen)
	l.unsaved.moveLeft(early, p)
	if early.activity != nil {
		p.active().absorb(early.activity, l.moment().part)
	}
	l.outbox.moveClicks(early, p)
	l.isDue()
	l.rank(p)
}

// drop forgets a player who was deleted. The clicks that the log does not have yet stay in the
// global count and are nobody's. l.mu is held.
func (l *Ledger) drop(p *player) {
	if p.entry == nil {
		delete(l.early, p.name)
	} else {
		l.unsaved.removed.mark(p.name, l.state.Position())
	}
	l.left[p.name] = struct{}{}
	l.unsaved.forget(p)
	l.outbox.disown(p)
	l.ranking.leave(p)
	p.gone = true
}

// linesOf returns the lines of players whom the store has. Nobody was seen later than now: if so,
// somebody's clock was wrong.
func linesOf(players []game.Player, now uint32) []Line {
	lines := make([]Line, len(players))
	for i, p := range players {
		lines[i] = Line{p.Name, p.Clicks, min(secondsOf(p.Seen), now)}
		if p.Seen.Unix() > math.MaxUint32 {
			lines[i].Seen = 0 // nobody can have meant that
		}
	}
	return lines
}
