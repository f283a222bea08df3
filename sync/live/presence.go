package live

import (
	"maps"

	"clickky/sync/ledger"
)

// presence is who is online on other servers, as these say. The mutex of the Live guards it.
type presence struct {
	servers map[string]map[string]struct{} // the names that each has
	names   map[string]int                 // on how many servers
	changed bool                           // since only was counted
	only    int                            // how many of the names had no session here
	here    uint64                         // at that revision of the names that are here
}

func newPresence() presence {
	return presence{servers: map[string]map[string]struct{}{}, names: map[string]int{}}
}

// onlyElsewhere returns how many names are online on other servers only.
func (p *presence) onlyElsewhere(l *ledger.Ledger, here uint64) int {
	if p.changed || p.here != here {
		p.only, p.here, p.changed = l.Offline(maps.Keys(p.names)), here, false
	}
	return p.only
}

// come counts a server that has the name.
func (p *presence) come(server, name string) {
	there := p.servers[server]
	if there == nil {
		there = map[string]struct{}{}
		p.servers[server] = there
	}
	if _, ok := there[name]; ok {
		return
	}
	there[name] = struct{}{}
	p.names[name]++
	p.changed = true
}

// leave is the opposite of come, and reports whether no server has the name now.
func (p *presence) leave(server, name string) bool {
	there := p.servers[server]
	if _, ok := there[name]; !ok {
		return false
	}
	if delete(there, name); len(there) == 0 {
		delete(p.servers, server)
	}
	if p.names[name]--; p.names[name] > 0 {
		return false
	}
	delete(p.names, name)
	p.changed = true
	return true
}

// Elsewhere notes which names have come to another server, and which
// have left it. Coming twice is the same as coming once, and so is leaving. The
// names are those that the leaderboard has.
func (v *Live) Elsewhere(server string, come, left []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, name := range left {
		v.leave(server, name)
	}
	for _, name := range come {
		v.presence.come(server, name)
	}
	v.ledger.Wake()
}

// ServerGone notes that nobody is online on another server now.
func (v *Live) ServerGone(server string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for name := range maps.Clone(v.presence.servers[server]) {
		v.leave(server, name)
	}
	v.ledger.Wake()
}

// leave has the ledger know when a name has left the last server that had it. v.mu is held.
func (v *Live) leave(server, name string) {
	if v.presence.leave(server, name) {
		v.ledger.LeftElsewhere(name)
	}
}

// RowOf returns the line of the player of that login name as it is now, whether or not
// there is one; who has not scored yet stands where game.Standing says.
func (v *Live) RowOf(login string) Row {
	v.mu.Lock()
	defer v.mu.Unlock()
	n, rank := v.ledger.NearbyOf(login)
	row := Row{Rank: rank, Name: n.Name, Clicks: n.Clicks, Rate: n.Rate, Online: n.Online || v.presence.names[n.Name] > 0}
	row.see(n.Line)
	return row
}

// see fills in when a player was seen who is not online.
func (r *Row) see(line ledger.Line) {
	if !r.Online {
		r.Seen = line.SeenAt()
	}
}
