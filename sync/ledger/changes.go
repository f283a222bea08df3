package ledger

import (
	"iter"
	"slices"
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
	s := Changes{Loaded: l.loadedLines}
	l.loadedLines = nil
	onlineElsewhere := make(map[string]struct{})
	for name := range elsewhere {
		onlineElsewhere[name] = struct{}{}
	}
	if len(l.changed)+len(l.removedNames) > 0 { // the leaderboard's table is rebuilt, so it can take those who went offline
		for _, p := range l.wentOffline {
			p.inWentOffline = false
			l.markChanged(p)
		}
		clear(l.wentOffline)
		l.wentOffline = l.wentOffline[:0]
		s.Changed, s.Removed = l.drainChanged()
	}
	s.Active = l.activePlayers(onlineElsewhere)
	return s
}

// drainChanged returns the changed players and the removed names since the last call.
func (g *guarded) drainChanged() (moved []Line, left map[string]struct{}) {
	moved = make([]Line, 0, len(g.changed))
	for _, p := range g.changed {
		p.inChanged = false
		if p.removed {
			continue
		}
		moved = append(moved, p.line())
		if a := p.activity; a != nil && !p.inActive && !a.isIdle(g.clock.slot) {
			p.inActive = true
			g.active = append(g.active, p)
		}
	}
	clear(g.changed)
	g.changed = g.changed[:0]
	left, g.removedNames = g.removedNames, make(map[string]struct{})
	return moved, left
}

// activePlayers returns all players who are online, are clicking, or went offline since the table
// of the leaderboard was last rebuilt.
func (g *guarded) activePlayers(onlineElsewhere map[string]struct{}) []ActivePlayer {
	g.active = slices.DeleteFunc(g.active, func(p *player) bool {
		p.inActive = !p.removed && !p.activity.isIdle(g.clock.slot)
		return !p.inActive
	})
	all := make([]ActivePlayer, 0, len(g.online)+len(onlineElsewhere)+len(g.active)+len(g.wentOffline))
	add := func(name string) {
		if p := g.playerByName(name); p != nil {
			all = append(all, ActivePlayer{Line: p.line(), Online: true, Rate: g.rateOf(p)})
		}
	}
	for name := range g.online {
		add(name)
		delete(onlineElsewhere, name)
	}
	for name := range onlineElsewhere {
		add(name)
	}
	for _, offline := range [...][]*player{g.active, g.wentOffline} {
		for _, p := range offline {
			_, isElsewhere := onlineElsewhere[p.name]
			if !p.removed && !isElsewhere && g.online[p.name] == nil {
				all = append(all, ActivePlayer{Line: p.line(), Rate: g.rateOf(p)})
			}
		}
	}
	return all
}

// rateOf returns the player's clicks per second.
func (g *guarded) rateOf(p *player) float64 {
	if p.activity == nil {
		return 0
	}
	return p.activity.rate(g.clock.slot)
}

// disconnect notes that a player's last session ended, so that the next save has the time.
func (g *guarded) disconnect(p *player) {
	p.seen = g.clock.current().seconds
	g.unsaved.disconnected[p] = struct{}{}
	g.markWentOffline(p)
}

// markWentOffline puts a player on the list for the next Changes.
func (g *guarded) markWentOffline(p *player) {
	if !p.inWentOffline { // at most one entry for each player
		p.inWentOffline = true
		g.wentOffline = append(g.wentOffline, p)
	}
}

// DisconnectedElsewhere notes that a name is no longer online on any other server. If it has no
// session here, its player was seen just now. The other server saves that time.
func (l *Ledger) DisconnectedElsewhere(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
	if l.online[name] != nil {
		return
	}
	if p := l.playerByName(name); p != nil {
		p.seen = max(p.seen, l.clock.current().seconds)
		l.markWentOffline(p)
	}
}
