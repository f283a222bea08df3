package ledger

import (
	"maps"
	"slices"
	"time"
)

// Batch is what the store does not have yet: absolute counts up to a position
// of the journal, so that storing it twice does no harm.
type Batch struct {
	// From is the position that the store has, and To that of the counts. If To
	// is less, others have saved more than this ledger has folded: such a batch
	// must not be written.
	From, To uint64
	// Players are those whose count has changed since, or who have left. When they were
	// seen is of now and not of To, for the journal does not tell.
	Players []Balance
	// Stored tells of each of the Players whether the store has a row already, for all
	// that is known.
	Stored []bool
	Total  uint64
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

	refs []*player // of Players
	full bool      // has everything
}

// Unsaved copies the counts, as the journal has them, of all players that
// changed since the position of the store, whoever saved up to there, or left since
// this ledger last had it saved, the keys of names, choices and what acts have
// changed likewise, and the global count. What is not in the journal yet is not in
// it, but for when players were seen.
func (l *Ledger) Unsaved() Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetSaved()
	b := Batch{
		From:    l.storage.position,
		To:      l.journal.position,
		Players: make([]Balance, len(l.unsaved)),
		Stored:  make([]bool, len(l.unsaved)),
		Total:   l.journal.total,
		Owners:  l.keys.batch(),
		Choices: l.choices.batch(),

		refs: append([]*player(nil), l.unsaved...),
		full: l.storage.incomplete,
	}
	l.acts.batch(&b)
	for i, p := range l.unsaved {
		b.Players[i], b.Stored[i] = p.loggedBalance(), p.stored
	}
	return b
}

// Counts is the batch as somebody else may have saved it: without who has left, of
// whom nobody else knows, and without what the store has lost.
func (b Batch) Counts() Batch {
	b.refs, b.full = nil, false
	return b
}

// Behind tells whether the journal has events that the store does not have, or has lost.
func (l *Ledger) Behind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.storage.incomplete || l.storage.position < l.journal.position
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
		if p.seen == b.Players[i].Seen {
			p.parted = false
		}
		p.stored = p.stored || p.name == b.Players[i].Name
	}
	if b.full {
		l.storage.incomplete = false
	}
	l.storage.position = max(l.storage.position, b.To)
	l.storage.total = max(l.storage.total, b.Total)
	l.storage.lastSaved = at
	l.storage.down = false
	l.forgetSaved()
}

// StoreAt tells the ledger at which position the store is by now, as somebody saw at
// that time. Whoever has saved up to there has saved all that the journal has up to
// there, so that only what changed later is unsaved, and who has left this server. A
// store that was ahead of that position before has been put back from a copy; then
// everything is unsaved, also what the store is to lose, and StoreAt returns true.
func (l *Ledger) StoreAt(position uint64, at time.Time) (wentBack bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.storage
	switch {
	case position == s.position:
		return false
	case position > s.position:
		s.position, s.lastSaved = position, at
		s.total = max(s.total, l.totalAt(position))
	default:
		s.position = position
		l.unsaveAll(l.changed)
		wentBack = true
	}
	l.forgetSaved()
	return wentBack
}

// StoreIncomplete tells the ledger that the store has lost rows which it had at its
// position. Until a Batch is Saved that has everything, everything is unsaved, also what
// the store is to lose.
func (l *Ledger) StoreIncomplete() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storage.incomplete = true
	l.unsaveAll(l.unsave)
}

// unsaveAll has everything saved again, with one of two ways to note it of a player. l.mu
// is held.
func (l *Ledger) unsaveAll(unsave func(*player)) {
	for _, p := range l.players {
		p.stored = false
		if p.known {
			unsave(p)
		}
	}
	l.saveAll()
}

// forgetSaved forgets what the store has at its position. l.mu is held.
func (l *Ledger) forgetSaved() {
	position, incomplete := l.storage.position, l.storage.incomplete
	l.unsaved = slices.DeleteFunc(l.unsaved, func(p *player) bool {
		saved := p.changed <= position && !incomplete
		p.stored = p.stored || saved && p.known
		p.unsaved = !p.gone && (p.parted || !saved)
		return !p.unsaved
	})
	l.totals.forget(position)
	if incomplete {
		return
	}
	l.keys.saved(position)
	l.acts.saved(position)
	l.choices.saved(position)
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

// saved forgets changes up to a position.
func (k *keyring) saved(position uint64) {
	maps.DeleteFunc(k.unsaved, func(_ string, changed uint64) bool { return changed <= position })
}

// saveAll has all names saved.
func (k *keyring) saveAll() {
	for name := range k.owners {
		k.unsaved[name] = k.at
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

// saved forgets changes up to a position.
func (c *choices) saved(position uint64) {
	maps.DeleteFunc(c.unsaved, func(_ string, changed uint64) bool { return changed <= position })
}

// saveAll has all choices saved.
func (c *choices) saveAll() {
	for name := range c.kept {
		c.unsaved[name] = c.at
	}
}

// changed notes that the event which is folded now changes what the store is to have
// of the player. l.mu is held.
func (l *Ledger) changed(p *player) {
	p.changed = l.journal.position
	l.unsave(p)
}

// unsave notes that the store may lack something of the player. l.mu is held.
func (l *Ledger) unsave(p *player) {
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

// StoreFailed tells the ledger that the store could not be reached or, if it answered, did not
// take the counts.
func (l *Ledger) StoreFailed(answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storage.down, l.storage.refuses = true, answered
}

// Owner tells the ledger whose the database is.
func (l *Ledger) Owner(o Ownership) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storage.ownership = o
}
