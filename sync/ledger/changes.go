package ledger

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// Line is a player's line of the leaderboard, without the rank.
type Line struct {
	Name   string
	Clicks uint64
	// Seen is when the player last clicked or disconnected, in seconds since 1970; 0: unknown. A
	// number takes less memory than a time, for a million players.
	Seen uint32
}

// SeenAt returns Seen as a time in UTC; zero if unknown.
func (l Line) SeenAt() time.Time { return timeOf(l.Seen) }

// ByRank orders lines by clicks, most first, and then by name.
func ByRank(a, b Line) int {
	return cmp.Or(cmp.Compare(b.Clicks, a.Clicks), strings.Compare(a.Name, b.Name))
}

// ActivePlayer is a player who is online, is clicking, or went offline recently.
type ActivePlayer struct {
	Line

	Online bool
	Rate   float64 // clicks per second in the last five seconds
}

// Changes is what a leaderboard must update since the last call.
type Changes struct {
	// Loaded has the players from Load by rank, in the first call only.
	Loaded []Line
	// Changed has new and changed players in any order, and Removed the names to remove.
	Changed []Line
	Removed map[string]struct{}
	// Active has active players in any order, some perhaps twice.
	Active []ActivePlayer
}

// Changes returns what has changed since the last call. elsewhere are the names that are online on
// other servers. Only one goroutine may call it.
func (l *Ledger) Changes(elsewhere iter.Seq[string]) Changes {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.read()
	s := Changes{Loaded: l.changes.loaded}
	l.changes.loaded = nil
	onlineElsewhere := make(map[string]struct{})
	for name := range elsewhere {
		onlineElsewhere[name] = struct{}{}
	}
	if len(l.changes.players)+len(l.changes.removedNames) > 0 {
		s.Changed, s.Removed = l.changes.drain(l.clock.slot)
	}
	s.Active = l.activePlayers(onlineElsewhere)
	return s
}

// changes is what Ledger.Changes returns next. The ledger's mutex guards it.
type changes struct {
	loaded       []Line               // until the first call
	players      []*player            // since the last call
	removedNames map[string]struct{}  // names that players lost since the last call
	wentOffline  map[*player]struct{} // since the last call with changed players
	active       []*player            // those with a rate at the last call, or about to have one
}

func (c *changes) mark(p *player) {
	if !p.inChanged { // at most one entry for each player
		p.inChanged = true
		c.players = append(c.players, p)
	}
}

// drain returns the changed players and the removed names since the last call. The leaderboard's
// table is rebuilt with them, so it can take those who went offline, too.
func (c *changes) drain(slot int64) (changed []Line, removed map[string]struct{}) {
	for p := range c.wentOffline {
		c.mark(p)
	}
	clear(c.wentOffline)
	changed = make([]Line, 0, len(c.players))
	for _, p := range c.players {
		p.inChanged = false
		if p.removed {
			continue
		}
		changed = append(changed, p.line())
		if !p.inActive && p.hasClickedLately(slot) {
			p.inActive = true
			c.active = append(c.active, p)
		}
	}
	clear(c.players)
	c.players = c.players[:0]
	removed, c.removedNames = c.removedNames, make(map[string]struct{})
	return changed, removed
}

// activePlayers returns all players who are online, are clicking, or went offline since the table
// of the leaderboard was last rebuilt.
func (g *guarded) activePlayers(onlineElsewhere map[string]struct{}) []ActivePlayer {
	c := &g.changes
	c.active = slices.DeleteFunc(c.active, func(p *player) bool {
		p.inActive = !p.removed && p.hasClickedLately(g.clock.slot)
		return !p.inActive
	})
	all := make([]ActivePlayer, 0, len(g.online.sessions)+len(onlineElsewhere)+len(c.active)+len(c.wentOffline))
	add := func(name string) {
		if p := g.playerByName(name); p != nil {
			all = append(all, ActivePlayer{Line: p.line(), Online: true, Rate: p.rate(g.clock.slot)})
		}
	}
	for name := range g.online.sessions {
		add(name)
		delete(onlineElsewhere, name)
	}
	for name := range onlineElsewhere {
		add(name)
	}
	for _, p := range slices.AppendSeq(slices.Clone(c.active), maps.Keys(c.wentOffline)) {
		_, isElsewhere := onlineElsewhere[p.name]
		if !p.removed && !isElsewhere && g.online.sessions[p.name] == nil {
			all = append(all, ActivePlayer{Line: p.line(), Rate: p.rate(g.clock.slot)})
		}
	}
	return all
}

// disconnect notes that a player's last session ended, so that the next save has the time.
func (g *guarded) disconnect(p *player) {
	p.seen = g.clock.current().seconds
	g.unsaved.disconnected[p] = struct{}{}
	g.changes.wentOffline[p] = struct{}{}
}

// DisconnectedElsewhere notes that a name is no longer online on any other server. If it has no
// session here, its player was seen just now. The other server saves that time.
func (l *Ledger) DisconnectedElsewhere(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
	if l.online.sessions[name] != nil {
		return
	}
	if p := l.playerByName(name); p != nil {
		p.seen = max(p.seen, l.clock.current().seconds)
		l.changes.wentOffline[p] = struct{}{}
	}
}
