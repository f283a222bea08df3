package ledger

import (
	"maps"
	"slices"
	"time"
)

// Batch is what the store does not have yet: absolute counts up to a position
// of the journal, so that storing it twice does no harm.
type Batch struct {
	// From is the position that the store has, and To that of the counts.
	From, To uint64
	// Players are those whose count has changed, or who have left. When they were
	// seen is of now and not of To, for the journal does not tell.
	Players []Balance
	Total   uint64
	// Owners are the names whose keys changed, with all keys they have.
	Owners []Owner
	// Choices are those that changed; one that is gone has no Text.
	Choices []Choice
	// Removed are the names that have no player any more.
	Removed []string
	// Bans are those that changed; one that is over has no time.
	Bans []BanUntil
	// Records are those that are new or were undone, in the order of their numbers.
	Records []Record

	refs     []*player // of Players
	revision uint64    // of the keys
	acts     uint64    // the revision of the acts
	choices  uint64    // and of the choices
}

// Unsaved copies the counts, as the journal has them, of all players that
// changed or left since the store last took them, the keys of names, choices and
// what acts have changed likewise, and the global count. What is not in the journal
// yet is not in it, but for when players were seen.
func (l *Ledger) Unsaved() Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unsaved = slices.DeleteFunc(l.unsaved, func(p *player) bool { return p.gone })
	b := Batch{
		From:    l.storage.position,
		To:      l.journal.position,
		Players: make([]Balance, len(l.unsaved)),
		Total:   l.journal.total,
		Owners:  l.keys.batch(),
		Choices: l.choices.batch(),

		refs:     append([]*player(nil), l.unsaved...),
		revision: l.keys.revision,
		acts:     l.acts.revision,
		choices:  l.choices.revision,
	}
	l.acts.batch(&b)
	for i, p := range l.unsaved {
		b.Players[i] = p.loggedBalance()
	}
	return b
}

// Behind tells whether the journal has events that the store does not have.
func (l *Ledger) Behind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.storage.position < l.journal.position
}

// Stale tells whether the store lacks anything about a player: a count, or, if the
// ledger is not Behind, only when somebody left.
func (l *Ledger) Stale() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.unsaved, func(p *player) bool { return !p.gone })
}

// Saved tells the ledger that the store has the batch. Players who have
// clicked, left or were renamed since stay unsaved.
func (l *Ledger) Saved(b Batch, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range b.refs {
		if p.gone || p.loggedBalance() == b.Players[i] {
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
	l.acts.saved(b.acts)
	l.choices.saved(b.choices)
	l.storage.position = max(l.storage.position, b.To)
	l.storage.total = max(l.storage.total, b.Total)
	l.storage.lastSaved = at
	l.storage.down = false
}

// StoreAt tells the ledger at which position the store really is. What is
// unsaved stays so: saving it again does no harm. A store that was ahead of
// that position before has been put back from a copy; then everything is unsaved,
// also what the store is to lose, and StoreAt returns true.
func (l *Ledger) StoreAt(position uint64) (wentBack bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wentBack = position < l.storage.position
	l.storage.position = position
	if !wentBack {
		return false
	}
	for _, p := range l.players {
		if p.known {
			l.changed(p)
		}
	}
	l.saveAll()
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

// batch adds what changed by acts.
func (g *actlog) batch(b *Batch) {
	b.Removed = slices.Sorted(maps.Keys(g.removed))
	for target := range g.banned {
		b.Bans = append(b.Bans, BanUntil{target, g.bans[target]})
	}
	for _, number := range slices.Sorted(maps.Keys(g.unsaved)) {
		if r := g.find(number); r != nil {
			b.Records = append(b.Records, *r)
		}
	}
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

// batch copies the choices that changed.
func (c *choices) batch() []Choice {
	changed := make([]Choice, 0, len(c.unsaved))
	for name := range c.unsaved {
		changed = append(changed, Choice{name, c.kept[name]})
	}
	return changed
}

// saved forgets changes up to a revision.
func (c *choices) saved(revision uint64) {
	maps.DeleteFunc(c.unsaved, func(_ string, changed uint64) bool { return changed <= revision })
}

// saveAll has all choices saved.
func (c *choices) saveAll() {
	c.revision++
	for name := range c.kept {
		c.unsaved[name] = c.revision
	}
}

// changed notes that the store does not have the player's count, or when the player
// was seen. l.mu is held.
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
