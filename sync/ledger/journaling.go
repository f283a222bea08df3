package ledger

// Take returns the own clicks that no event has yet, by the name of the player,
// for at most so many players, to be put into one event of the journal; nil if
// there are none. They stay counted. That event must get into the journal in the
// end, and come back through Fold.
func (l *Ledger) Take(players int) map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.pending), players)
	if n == 0 {
		return nil
	}
	clicks := make(map[string]uint64, n)
	for _, p := range l.pending[:n] {
		clicks[p.name] = uint64(p.pending)
		p.taken += p.pending
		p.pending = 0
	}
	rest := copy(l.pending, l.pending[n:])
	clear(l.pending[rest:])
	l.pending = l.pending[:rest]
	return clicks
}

// Fold takes in the event at a position of the journal, which must be beyond
// the last one. Own tells that its clicks were got from Take by this very
// ledger: they are counted already, and from now on known to be in the journal.
func (l *Ledger) Fold(position uint64, clicks map[string]uint64, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, n := range clicks {
		p := l.player(name)
		if own {
			p.taken -= uint32(n) //nolint:gosec // as Take has added it
		} else {
			for range n {
				l.score(p)
			}
		}
		l.journal.total += n
		l.changed(p)
	}
	l.journal.position = position
}

// Position is that of the last event that was folded.
func (l *Ledger) Position() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.journal.position
}

// JournalFailed and JournalReached tell the ledger whether the journal can be
// written.
func (l *Ledger) JournalFailed() { l.setJournalDown(true) }

// JournalReached is the opposite of JournalFailed.
func (l *Ledger) JournalReached() { l.setJournalDown(false) }

func (l *Ledger) setJournalDown(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.journal.down = down
}
