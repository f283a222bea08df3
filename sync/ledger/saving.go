package ledger

import (
	"maps"
	"time"
)

// Batch is what the store does not have yet: absolute counts up to a position
// of the journal, so that storing it twice does no harm.
type Batch struct {
	// From is the position that the store has, and To that of the counts.
	From, To uint64
	Players  []Balance
	Total    uint64
	// Owners are the names whose keys changed, with all keys they have.
	Owners []Owner

	refs     []*player // of Players
	revision uint64    // of the keys
}

// Unsaved copies the counts, as the journal has them, of all players that
// changed since the store last took them, the keys of names likewise, and the
// global count. What is not in the journal yet is not in it.
func (l *Ledger) Unsaved() Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := Batch{
		From:    l.storage.position,
		To:      l.journal.position,
		Players: make([]Balance, len(l.unsaved)),
		Total:   l.journal.total,
		Owners:  l.keys.batch(),

		refs:     append([]*player(nil), l.unsaved...),
		revision: l.keys.revision,
	}
	for i, p := range l.unsaved {
		b.Players[i] = Balance{Name: p.name, Clicks: p.logged()}
	}
	return b
}

// Behind tells whether the journal has events that the store does not have.
func (l *Ledger) Behind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.storage.position < l.journal.position
}

// Saved tells the ledger that the store has the batch. Players who have
// clicked since stay unsaved.
func (l *Ledger) Saved(b Batch, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range b.refs {
		if p.logged() == b.Players[i].Clicks {
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
	l.keys.saved(b.revision)
	l.storage.position = max(l.storage.position, b.To)
	l.storage.total = max(l.storage.total, b.Total)
	l.storage.lastSaved = at
	l.storage.down = false
}

// StoreAt tells the ledger at which position the store really is. What is
// unsaved stays so: saving it again does no harm. A store that was ahead of
// that position before has been put back from a copy; then everybody is unsaved,
// and StoreAt returns true.
func (l *Ledger) StoreAt(position uint64) (wentBack bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wentBack = position < l.storage.position
	l.storage.position = position
	if !wentBack {
		return false
	}
	for _, p := range l.players {
		l.changed(p)
	}
	l.keys.saveAll()
	return true
}

// batch copies the keys of the names that changed.
func (k *keyring) batch() []Owner {
	owners := make([]Owner, 0, len(k.unsaved))
	for name := range k.unsaved {
		owners = append(owners, Owner{Name: name, Keys: k.owners[name]}) // a change replaces the slice
	}
	return owners
}

// saved forgets changes up to a revision.
func (k *keyring) saved(revision uint64) {
	maps.DeleteFunc(k.unsaved, func(_ string, changed uint64) bool { return changed <= revision })
}

// saveAll has all names saved.
func (k *keyring) saveAll() {
	k.revision++
	for name := range k.owners {
		k.unsaved[name] = k.revision
	}
}

// changed notes that the store does not have the player's count. l.mu is held.
func (l *Ledger) changed(p *player) {
	if !p.unsaved {
		p.unsaved = true
		l.unsaved = append(l.unsaved, p)
	}
}

// StoreReached tells the ledger that the store answers again.
func (l *Ledger) StoreReached() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storage.down = false
}

// StoreFailed tells the ledger that the store could not be reached or did not
// take the counts.
func (l *Ledger) StoreFailed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storage.down = true
}

// Owner tells the ledger whose the database is.
func (l *Ledger) Owner(o Ownership) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storage.ownership = o
}
