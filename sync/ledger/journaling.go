package ledger

import (
	"slices"
	"time"
)

// Entry is what an event of the journal does to the game.
type Entry struct {
	// At is when it happened.
	At time.Time
	// Seen is the number of the last act that its server knew of. All names
	// are those of that moment: whatever it says of a player who was renamed
	// or deleted since follows the player.
	Seen uint64
	// Changes take effect first, then the Acts, the Choices, and the Clicks.
	Changes []Change
	Acts    []Act
	// Choices are what players have chosen.
	Choices map[string]string
	// Clicks is how often each player clicked. Those of the empty name are
	// nobody's, and only in the global count.
	Clicks map[string]uint64
}

// Empty tells that there is nothing in it.
func (e *Entry) Empty() bool {
	return len(e.Changes) == 0 && len(e.Acts) == 0 && len(e.Choices) == 0 && len(e.Clicks) == 0
}

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

// Take returns the own changes, acts, choices and clicks that no event has yet, at
// most so many of the first, MaxActs, MaxChoices, and of so many players, to be put
// into one event of the journal. The clicks stay counted. That event must get into
// the journal in the end, and come back through Fold; events are folded in the order
// in which they were taken. At is left to the caller.
func (l *Ledger) Take(changes, players int) Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Entry{
		Seen: l.acts.last, Changes: l.keys.take(changes), Acts: l.acts.take(changes),
		Choices: l.takeChoices(changes), Clicks: l.takeClicks(players),
	}
}

// nobody is the name of whoever was deleted.
const nobody = ""

// takeClicks returns nil if there are none. l.mu is held.
func (l *Ledger) takeClicks(players int) map[string]uint64 {
	clicks := make(map[string]uint64, min(len(l.pending), players))
	if l.nobody > 0 && players > 0 {
		clicks[nobody], l.nobody = l.nobody, 0
	}
	n := min(len(l.pending), players-len(clicks))
	if n+len(clicks) == 0 {
		return nil
	}
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

// forgetPending takes a player off those with pending clicks. l.mu is held.
func (l *Ledger) forgetPending(p *player) { l.pending = without(l.pending, p) }

// without removes a player from some.
func without(players []*player, p *player) []*player {
	return slices.DeleteFunc(players, func(other *player) bool { return other == p })
}

// Fold takes in the event at a position of the journal, which must be beyond
// the last one. Own tells that it was got from Take by this very ledger: its
// clicks are counted already, and from now on known to be in the journal.
func (l *Ledger) Fold(position uint64, e Entry, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrive(position)
	if len(e.Changes)+len(e.Acts) > 0 {
		l.stirred()
	}
	l.foldChanges(e, own)
	l.foldActs(e, own)
	l.foldChoices(e, own)
	for name, n := range e.Clicks {
		l.foldClicks(name, n, &e, own)
	}
	if position <= l.storage.position { // somebody else has saved it already
		l.storage.total = l.journal.total
	}
	l.totals.note(position, l.journal.total)
}

// arrive moves on to a position, at which things change now. l.mu is held.
func (l *Ledger) arrive(position uint64) {
	l.journal.position = position
	l.keys.at, l.acts.at, l.choices.at = position, position, position
}

// foldClicks takes in the clicks of one player. l.mu is held.
func (l *Ledger) foldClicks(name string, n uint64, e *Entry, own bool) {
	l.journal.total += n
	now, ok := l.acts.follow(name, e.Seen)
	if !ok || now == nobody {
		if !own {
			l.total += n
		}
		return
	}
	p := l.player(now)
	l.meet(p)
	if own {
		p.taken -= uint32(n) //nolint:gosec // as Take has added it
	} else {
		l.clickedAt(p, e.At, n)
		for range n {
			l.score(p)
		}
	}
	l.journal.sum += n
	l.changed(p)
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
