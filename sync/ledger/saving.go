package ledger

import "time"

// Batch is what the store does not have yet: absolute counts, so that storing
// it twice does no harm.
type Batch struct {
	Players []Balance
	Total   uint64
	refs    []*player // of Players
}

// Unsaved copies the counts of all players that changed since the store last
// took them, and the global count.
func (l *Ledger) Unsaved() Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := Batch{
		Players: make([]Balance, len(l.unsaved)),
		Total:   l.total,
		refs:    append([]*player(nil), l.unsaved...),
	}
	for i, p := range l.unsaved {
		b.Players[i] = p.balance()
	}
	return b
}

// Empty tells that there is nothing to store.
func (l *Ledger) Empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.unsaved) == 0 && l.total == l.storage.total
}

// Saved tells the ledger that the store has the batch. Players who have
// clicked since stay unsaved.
func (l *Ledger) Saved(b Batch, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range b.refs {
		if p.at.clicks == b.Players[i].Clicks {
			p.unsaved = false
		}
	}
	rest := l.unsaved[:0]
	for _, p := range l.unsaved {
		if p.unsaved {
			rest = append(rest, p)
		}
	}
	clear(l.unsaved[len(rest):])
	l.unsaved = rest
	l.storage.total = max(l.storage.total, b.Total)
	l.storage.lastSaved = at
	l.storage.down = false
}

// StoreFailed tells the ledger that the store could not be reached or did not
// take the counts.
func (l *Ledger) StoreFailed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storage.down = true
}
