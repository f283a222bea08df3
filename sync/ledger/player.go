package ledger

import (
	"cmp"
	"math"
	"slices"

	"clickky/sync/game"
)

// player is what this server knows about a player. The ledger's mutex guards it.
type player struct {
	// An event with clicks reads these, so they are next to each other.
	loaded   game.Entry  // the entry, if the store had the player
	entry    *game.Entry // nil until an event has the player
	place                // in the ranking by all clicks
	pending  uint32      // own clicks that no event has yet
	inFlight uint32      // own clicks in events that aren't back yet

	name      string
	today     *dayPlace // nil: no day is known on which the player clicked
	activity  *activity // nil until the player clicks
	seen      uint32    // when the player last clicked or disconnected, in seconds since 1970; 0: unknown
	stored    bool      // the store is known to have a row with this name
	removed   bool      // deleted, or merged into another player
	inChanged bool      // is in changes.players
	inActive  bool      // is in changes.active
	epoch     uint32    // the newest news.epoch in which the player has clicked
}

// localOf returns what this server knows about a player of the state: nil if e is nil, or not yet
// attached.
func localOf(e *game.Entry) *player {
	if e == nil {
		return nil
	}
	p, _ := e.Local.(*player)
	return p
}

func (p *player) loggedClicks() uint64 {
	if p.entry == nil {
		return 0
	}
	return p.entry.Clicks
}

// clicks returns the count that everybody sees.
func (p *player) clicks() uint64 { return p.loggedClicks() + uint64(p.pending) + uint64(p.inFlight) }

// toSave returns the player's row for a Checkpoint.
func (p *player) toSave() game.Player {
	row := game.Player{Name: p.name, Clicks: p.loggedClicks(), Seen: timeOf(p.seen), Stored: p.stored}
	switch {
	case p.entry == nil || p.today == nil:
	case !p.stored:
		row.Days = slices.Clone(p.entry.Days)
	case p.today.unsaved != 0:
		row.Days = slices.Clone(p.entry.Days.Since(p.today.unsaved))
	}
	return row
}

func (p *player) line() Line { return Line{Name: p.name, Clicks: p.tier.clicks, Seen: p.seen} }

// lookup returns the player for a login name, or nil.
func (g *guarded) lookup(login string) *player {
	return cmp.Or(g.newPlayers[login], localOf(g.state.PlayerByLogin(login)))
}

// playerByName returns the player with exactly this name, or nil.
func (g *guarded) playerByName(name string) *player {
	return cmp.Or(localOf(g.state.Player(name)), g.newPlayers[name])
}

// addNewPlayer adds a player who isn't in any event yet.
func (g *guarded) addNewPlayer(name string) *player {
	p := &player{name: name}
	g.newPlayers[name] = p
	g.ranking.add(&p.place, 0)
	g.changes.mark(p)
	return p
}

// attach connects a new player of the state with what this server knows about the name.
func (g *guarded) attach(e *game.Entry, name string) *player {
	p := g.newPlayers[name]
	if p == nil {
		p = &player{name: name}
		g.ranking.add(&p.place, 0)
		g.changes.mark(p)
	} else {
		delete(g.newPlayers, name)
	}
	p.entry, e.Local = e, p
	delete(g.unsaved.removed, name)
	return p
}

// updateRank moves a player to the tier of the current count.
func (g *guarded) updateRank(p *player) {
	if count := p.clicks(); count != p.tier.clicks {
		from := p.tier
		g.ranking.set(&p.place, count)
		p.pass(from)
		g.changes.mark(p)
	}
}

// merge adds the clicks of a new player who had the name that p got.
func (g *guarded) merge(p, early *player) {
	g.ranking.remove(&early.place)
	g.today.remove(early)
	early.removed = true
	p.seen = max(p.seen, early.seen)
	if _, unsaved := g.unsaved.disconnected[early]; unsaved {
		delete(g.unsaved.disconnected, early)
		g.unsaved.disconnected[p] = struct{}{}
	}
	if early.activity != nil {
		p.ensureActivity().merge(early.activity, g.clock.current().part)
	}
	g.today.ensurePlace(p)
	g.outbox.moveClicks(early, p)
	g.outbox.notify()
	g.updateRank(p)
	g.today.update(p)
}

// removePlayer forgets a deleted player. Clicks that the log doesn't have yet stay in the global
// count.
func (g *guarded) removePlayer(p *player) {
	if p.entry == nil {
		delete(g.newPlayers, p.name)
	} else {
		g.unsaved.removed.mark(p.name, g.state.Position())
	}
	g.changes.removedNames[p.name] = struct{}{}
	delete(g.unsaved.players, p)
	delete(g.unsaved.disconnected, p)
	g.outbox.orphanClicks(p)
	g.ranking.remove(&p.place)
	p.removed = true
	g.today.remove(p)
	g.publicRevision++
}

// linesOf converts players from the store. Times later than now come from a wrong clock, and become
// now.
func linesOf(players []game.Player, now uint32) []Line {
	lines := make([]Line, len(players))
	for i, p := range players {
		lines[i] = Line{p.Name, p.Clicks, min(secondsOf(p.Seen), now)}
		if p.Seen.Unix() > math.MaxUint32 {
			lines[i].Seen = 0 // can't be meant
		}
	}
	return lines
}
