package ledger

import (
	"math"

	"clickky/sync/game"
)

// player is what this server knows about a player. The ledger's mutex guards it.
type player struct {
	// These are what an event with clicks reads, so they stand together.
	loaded   game.Entry  // the entry of those whom the store had
	entry    *game.Entry // nil while no event has the player
	at       *tier       // of the count as everybody sees it
	pending  uint32      // own clicks that no event has yet
	inFlight uint32      // own clicks in events that are not back yet

	name     string
	activity *activity // nil until the player clicks
	seen     uint32    // when the player last clicked or left, in seconds since 1970; 0: unknown
	stored   bool      // the store has a row of that name, as far as is known
	gone     bool      // was deleted, or merged into another one
	moved    bool      // is in book.moved
	busy     bool      // is in book.busy
	departed bool      // is in book.departed
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

// lookup returns the player that a login name means, or nil.
func (b *book) lookup(login string) *player {
	if p := b.early[login]; p != nil {
		return p
	}
	if e := b.state.PlayerByLogin(login); e != nil {
		return localOf(e)
	}
	return nil
}

// named returns the player of exactly that name, or nil.
func (b *book) named(name string) *player {
	if e := b.state.Player(name); e != nil {
		return localOf(e)
	}
	return b.early[name]
}

// players returns the number of players, early ones included.
func (b *book) players() int { return b.state.Len() + len(b.early) }

// addEarly makes a player whom no event has yet.
func (b *book) addEarly(name string) *player {
	p := &player{name: name}
	b.early[name] = p
	b.ranking.enter(p, 0)
	b.shift(p)
	return p
}

// attach joins a player who has come into the state under a name with what this server knows of
// them.
func (b *book) attach(e *game.Entry, name string) *player {
	p := b.early[name]
	if p == nil {
		p = &player{name: name}
		b.ranking.enter(p, 0)
		b.shift(p)
	} else {
		delete(b.early, name)
	}
	p.entry, e.Local = e, p
	delete(b.unsaved.removed, name)
	return p
}

// rank puts a player where the count belongs.
func (b *book) rank(p *player) {
	const few = 1000
	count := p.clicks()
	if count == p.at.clicks {
		return
	}
	if count < p.at.clicks || count-p.at.clicks > few {
		b.ranking.leave(p)
		b.ranking.enter(p, count)
	}
	for p.at.clicks < count {
		b.ranking.bump(p)
	}
	b.shift(p)
}

// shift notes that the next board has to say something else of the player.
func (b *book) shift(p *player) {
	if !p.moved { // grows to at most one entry for each player
		p.moved = true
		b.moved = append(b.moved, p)
	}
}

// merge gives a player the clicks of an early one, who had the name that the player got.
func (b *book) merge(p, early *player) {
	b.ranking.leave(early)
	early.gone = true
	p.seen = max(p.seen, early.seen)
	b.unsaved.moveLeft(early, p)
	if early.activity != nil {
		p.active().absorb(early.activity, b.clock.present().part)
	}
	b.outbox.moveClicks(early, p)
	b.isDue()
	b.rank(p)
}

// drop forgets a player who was deleted. The clicks that the log does not have yet stay in the
// global count and are nobody's.
func (b *book) drop(p *player) {
	if p.entry == nil {
		delete(b.early, p.name)
	} else {
		b.unsaved.removed.mark(p.name, b.state.Position())
	}
	b.left[p.name] = struct{}{}
	b.unsaved.forget(p)
	b.outbox.disown(p)
	b.ranking.leave(p)
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
