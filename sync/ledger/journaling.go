package ledger

import "time"

// Entry is what an event of the journal does to the game.
type Entry struct {
	// At is when it happened.
	At time.Time
	// Changes take effect before the Clicks.
	Changes []Change
	// Clicks is how often each player clicked.
	Clicks map[string]uint64
}

// Empty tells that there is nothing in it.
func (e *Entry) Empty() bool { return len(e.Changes) == 0 && len(e.Clicks) == 0 }

// Due has a value when there may be something to Take that was not there when
// Take returned nothing. It is never closed.
func (l *Ledger) Due() <-chan struct{} { return l.due }

// isDue says so. l.mu is held.
func (l *Ledger) isDue() {
	select {
	case l.due <- struct{}{}:
	default:
	}
}

// Take returns the own changes and clicks that no event has yet, for at most so
// many of the first and of so many players, to be put into one event of the
// journal. The clicks stay counted. That event must get into the journal in the
// end, and come back through Fold; events are folded in the order in which they
// were taken. At is left to the caller.
func (l *Ledger) Take(changes, players int) Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Entry{Changes: l.keys.take(changes), Clicks: l.takeClicks(players)}
}

// takeClicks returns nil if there are none. l.mu is held.
func (l *Ledger) takeClicks(players int) map[string]uint64 {
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
// the last one. Own tells that it was got from Take by this very ledger: its
// clicks are counted already, and from now on known to be in the journal.
func (l *Ledger) Fold(position uint64, e Entry, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys.fold(e.Changes, e.At, own)
	for name, n := range e.Clicks {
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
