package ledger

// elsewhere is who is online on other servers, as these say. The ledger's mutex
// guards it.
type elsewhere struct {
	servers map[string]map[string]struct{} // the names that each has
	names   map[string]int                 // on how many servers
	only    int                            // how many of the names have no session here
	// revision grows whenever a name comes to this server or leaves it.
	revision uint64
}

func newElsewhere() elsewhere {
	return elsewhere{servers: map[string]map[string]struct{}{}, names: map[string]int{}, revision: 1}
}

// Elsewhere tells the ledger which names have come to another server, and which
// have left it. Coming twice is the same as coming once, and so is leaving. The
// names are those that the leaderboard has.
func (l *Ledger) Elsewhere(server string, come, left []string) {
	if len(come)+len(left) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	there := l.away.servers[server]
	if there == nil {
		there = make(map[string]struct{}, len(come))
		l.away.servers[server] = there
	}
	for _, name := range left {
		if _, ok := there[name]; ok {
			delete(there, name)
			l.leftElsewhere(name)
		}
	}
	for _, name := range come {
		if _, ok := there[name]; !ok {
			there[name] = struct{}{}
			l.cameElsewhere(name)
		}
	}
	if len(there) == 0 {
		delete(l.away.servers, server)
	}
	l.stirred()
}

// ServerGone tells the ledger that nobody is online on another server any more.
func (l *Ledger) ServerGone(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range l.away.servers[server] {
		l.leftElsewhere(name)
	}
	delete(l.away.servers, server)
	l.stirred()
}

// cameElsewhere counts a server that has the name. l.mu is held.
func (l *Ledger) cameElsewhere(name string) {
	l.away.names[name]++
	if l.away.names[name] == 1 && l.online[name] == nil {
		l.away.only++
	}
}

// leftElsewhere is the opposite. When nobody has the name any more, the player was
// seen just now, which the server that had it saves. l.mu is held.
func (l *Ledger) leftElsewhere(name string) {
	if l.away.names[name]--; l.away.names[name] > 0 {
		return
	}
	delete(l.away.names, name)
	if l.online[name] != nil {
		return
	}
	l.away.only--
	if p := l.players[name]; p != nil {
		p.seen = max(p.seen, l.moment().seconds)
		l.departs(p)
	}
}

// isOnline tells whether the name has a session, on whatever server. l.mu is held.
func (l *Ledger) isOnline(name string) bool {
	return l.online[name] != nil || l.away.names[name] > 0
}

// cameHere and leftHere count a name that gets its first session here, or has lost
// its last. l.mu is held.
func (l *Ledger) cameHere(name string) {
	l.away.revision++
	if l.away.names[name] > 0 {
		l.away.only--
	}
}

func (l *Ledger) leftHere(name string) {
	l.away.revision++
	if l.away.names[name] > 0 {
		l.away.only++
	}
}

// Here returns the names that have sessions on this server, in any order, and a
// revision that changes whenever they do; no names, if it is the one that the caller
// has already. Revisions begin with 1.
func (l *Ledger) Here(known uint64) (names []string, revision uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known == l.away.revision {
		return nil, known
	}
	names = make([]string, 0, len(l.online))
	for name := range l.online {
		names = append(names, name)
	}
	return names, l.away.revision
}

// Progress is how far this server is, for other servers to know.
type Progress struct {
	// Folded is the position in the journal up to which it has taken in the
	// game, and Stored the one that the store has, as far as it knows.
	Folded, Stored uint64
	// Unjournaled is how many clicks only its memory has.
	Unjournaled uint64
	// Online is how many different players are connected to it.
	Online int
	// JournalDown and StoreDown are those of a Snapshot.
	JournalDown, StoreDown bool
}

// Progress is how far this server is now.
func (l *Ledger) Progress() Progress {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Progress{
		Folded: l.journal.position, Stored: l.storage.position, Unjournaled: l.total - l.journal.total,
		Online: len(l.online), JournalDown: l.journal.down, StoreDown: l.storage.down,
	}
}
