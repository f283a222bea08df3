package live

import (
	"maps"

	"clickky/sync/ledger"
)

// presence is who is online on other servers. The mutex of the Live guards it.
type presence struct {
	servers       map[string]map[string]struct{} // the names on each server
	names         map[string]int                 // the number of servers with each name
	namesRevision uint64                         // incremented when names change
	changed       bool                           // since elsewhereOnly was counted
	elsewhereOnly int                            // number of names without a session here
	revision      uint64                         // of the names online here, when elsewhereOnly was counted
}

func newPresence() presence {
	return presence{servers: map[string]map[string]struct{}{}, names: map[string]int{}}
}

// countElsewhereOnly returns how many names are only online on other servers.
func (p *presence) countElsewhereOnly(l *ledger.Ledger, here uint64) int {
	if p.changed || p.revision != here {
		p.elsewhereOnly, p.revision, p.changed = l.Offline(maps.Keys(p.names)), here, false
	}
	return p.elsewhereOnly
}

// add counts a name as online on a server.
func (p *presence) add(server, name string) {
	names := p.servers[server]
	if names == nil {
		names = map[string]struct{}{}
		p.servers[server] = names
	}
	if _, ok := names[name]; ok {
		return
	}
	names[name] = struct{}{}
	p.names[name]++
	p.changed = true
	p.namesRevision++
}

// remove undoes add, and reports whether the name is no longer online on any other server.
func (p *presence) remove(server, name string) bool {
	names := p.servers[server]
	if _, ok := names[name]; !ok {
		return false
	}
	if delete(names, name); len(names) == 0 {
		delete(p.servers, server)
	}
	if p.names[name]--; p.names[name] > 0 {
		return false
	}
	delete(p.names, name)
	p.changed = true
	p.namesRevision++
	return true
}

// UpdatePresence notes which names have come online on another server and which have gone offline.
// Repeating a name does nothing. Names are spelled as on the leaderboard.
func (v *Live) UpdatePresence(server string, joined, left []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, name := range left {
		v.removePresence(server, name)
	}
	for _, name := range joined {
		v.presence.add(server, name)
	}
	v.ledger.Wake()
}

// RemoveServer notes that nobody is online on another server any longer.
func (v *Live) RemoveServer(server string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for name := range maps.Clone(v.presence.servers[server]) {
		v.removePresence(server, name)
	}
	v.ledger.Wake()
}

// removePresence counts a name as offline on a server, and tells the ledger if no other server has
// it any longer. v.mu is held.
func (v *Live) removePresence(server, name string) {
	if v.presence.remove(server, name) {
		v.ledger.DisconnectedElsewhere(name)
	}
}

// Row returns the current row of the player with this login name, whether or not the player exists.
// Before the first click, the rank is that of game.Standing.
func (v *Live) Row(login string) Row {
	v.mu.Lock()
	defer v.mu.Unlock()
	n, rank := v.ledger.Player(login)
	row := Row{Rank: rank, Name: n.Name, Clicks: n.Clicks, Rate: n.Rate, Online: n.Online || v.presence.names[n.Name] > 0}
	row.setSeen(n.Line)
	return row
}

// setSeen sets when a player who is offline was last seen.
func (r *Row) setSeen(line ledger.Line) {
	if !r.Online {
		r.Seen = line.SeenAt()
	}
}
