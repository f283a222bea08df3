package ledger

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"clickky/sync/game"
)

// dirty has what the store may lack of one kind, with the position of the last change.
type dirty[K comparable] map[K]uint64

func (d dirty[K]) mark(k K, position uint64) { d[k] = position }

func (d dirty[K]) saved(position uint64) {
	maps.DeleteFunc(d, func(_ K, changed uint64) bool { return changed <= position })
}

// unsaved is what the store may lack. The ledger's mutex guards it.
type unsaved struct {
	players dirty[*player] // those in the state
	removed dirty[string]  // names without a player
	owners, preferences,
	bans dirty[string]
	records dirty[uint64]
	// disconnected has players whose time the store lacks. It isn't in the log, and no other server
	// saves it.
	disconnected map[*player]struct{}
	// incomplete reports whether the store lost rows, so that everything is unsaved.
	incomplete bool
}

func newUnsaved() unsaved {
	return unsaved{
		players: dirty[*player]{}, removed: dirty[string]{}, owners: dirty[string]{}, preferences: dirty[string]{},
		bans: dirty[string]{}, records: dirty[uint64]{}, disconnected: map[*player]struct{}{},
	}
}

// saved forgets what the store has at a position.
func (u *unsaved) saved(position uint64) {
	if u.incomplete {
		return
	}
	for p, changed := range u.players {
		if changed <= position {
			p.stored = true
			if p.today != nil {
				p.today.unsaved = 0
			}
			delete(u.players, p)
		}
	}
	u.removed.saved(position)
	u.owners.saved(position)
	u.preferences.saved(position)
	u.bans.saved(position)
	u.records.saved(position)
}

// markAll marks everything in a state, and everything that kept actions have removed from it.
func (u *unsaved) markAll(s *game.State) {
	at := s.Position()
	for e := range s.Players() {
		p := localOf(e)
		p.stored = false
		u.players.mark(p, at)
	}
	for login := range s.Owners() {
		u.owners.mark(login, at)
	}
	for login := range s.Preferences() {
		u.preferences.mark(login, at)
	}
	for target := range s.Bans() {
		u.bans.mark(target, at)
	}
	for _, r := range s.RecordsAfter(0) {
		u.records.mark(r.Number, at)
		if r.IsBan() {
			u.bans.mark(r.Target, at)
		}
		for _, name := range []string{r.Before.Name, r.After.Name} {
			if name == "" {
				continue
			}
			if s.Player(name) == nil {
				u.removed.mark(name, at)
			}
			for _, login := range []string{name, strings.ToLower(name)} {
				u.owners.mark(login, at)
				u.preferences.mark(login, at)
			}
		}
	}
}

// playersToSave returns the players whose row in the store may be outdated.
func (u *unsaved) playersToSave() iter.Seq[*player] {
	return func(yield func(*player) bool) {
		for p := range u.players {
			if !yield(p) {
				return
			}
		}
		for p := range u.disconnected {
			if _, dirty := u.players[p]; !dirty && p.entry != nil && !yield(p) {
				return
			}
		}
	}
}

// checkpoint returns the current values of everything unsaved except players.
func (u *unsaved) checkpoint(s *game.State) game.Checkpoint {
	c := game.Checkpoint{
		To: s.Position(), Total: s.Total(),
		Owners:      make([]game.Owner, 0, len(u.owners)),
		Preferences: make([]game.Preference, 0, len(u.preferences)),
		Removed:     slices.Sorted(maps.Keys(u.removed)),
	}
	for login := range u.owners {
		c.Owners = append(c.Owners, game.Owner{Name: login, Keys: s.Owner(login)}) // safe: a change replaces the slice
	}
	for login := range u.preferences {
		c.Preferences = append(c.Preferences, game.Preference{Name: login, Text: s.Preference(login)})
	}
	for target := range u.bans {
		c.Bans = append(c.Bans, game.Ban{Target: target, Until: s.Ban(target)})
	}
	for _, number := range slices.Sorted(maps.Keys(u.records)) {
		if r := s.Record(number); r != nil {
			c.Records = append(c.Records, *r)
		}
	}
	return c
}

// Batch is a checkpoint of a ledger, to be passed to Saved.
type Batch struct {
	game.Checkpoint

	players []*player // of Players
	full    bool      // has everything, also what the store has lost
}

// Unsaved returns everything that changed since the store's position, with the counts in the log,
// and the global count. Clicks that aren't in the log yet are left out. It adds players who
// disconnected since this ledger last saved them.
func (l *Ledger) Unsaved() Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetSaved()
	b := Batch{Checkpoint: l.unsaved.checkpoint(l.state), full: l.unsaved.incomplete}
	b.From = l.storage.position
	b.players = slices.AppendSeq(make([]*player, 0, len(l.unsaved.players)+len(l.unsaved.disconnected)), l.unsaved.playersToSave())
	b.Players = make([]game.Player, len(b.players))
	for i, p := range b.players {
		b.Players[i] = p.toSave()
	}
	return b
}

// AsSavedByOther returns the batch as another server could have saved it: without the players'
// times of disconnecting, and without what the store has lost.
func (b Batch) AsSavedByOther() Batch {
	b.players, b.full = nil, false
	return b
}

// HasUnsavedEvents reports whether the store lacks events of the log, or lost rows.
func (l *Ledger) HasUnsavedEvents() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unsaved.incomplete || l.storage.position < l.state.Position()
}

// HasUnsavedPlayers reports whether a player's row in the store may be outdated: the count, or only
// when the player was last seen.
func (l *Ledger) HasUnsavedPlayers() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range l.unsaved.playersToSave() {
		return true
	}
	return false
}

// Saved notes that the store has the batch. Players who clicked, disconnected or were renamed since
// stay unsaved.
func (l *Ledger) Saved(b Batch, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range b.players {
		if timeOf(p.seen).Equal(b.Players[i].Seen) {
			delete(l.unsaved.disconnected, p)
		}
		p.stored = p.stored || p.name == b.Players[i].Name
	}
	if b.full {
		l.unsaved.incomplete = false
	}
	l.storage.position = max(l.storage.position, b.To)
	l.storage.total = max(l.storage.total, b.Total)
	l.health.LastSaved = at
	l.health.StoreDown, l.health.StoreRefuses = false, false
	l.forgetSaved()
}

// SetStorePosition notes the position of the store as read at a time. Everything up to there was
// saved, by whichever server, except for the times of players who disconnected here. If the store
// was further before, it was restored from a copy: then everything becomes unsaved, also what the
// store must remove, and SetStorePosition returns true.
func (l *Ledger) SetStorePosition(position uint64, at time.Time) (wentBack bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.storage
	switch {
	case position == s.position:
		return false
	case position > s.position:
		s.position, l.health.LastSaved = position, at
		total := l.totals.at(position)
		if position >= l.state.Position() {
			total = l.state.Total()
		}
		s.total = max(s.total, total)
	default:
		s.position = position
		l.unsaved.markAll(l.state)
		wentBack = true
	}
	l.forgetSaved()
	return wentBack
}

// StoreIncomplete notes that the store has lost rows. Until a complete Batch is Saved, everything
// is unsaved, also what the store must remove.
func (l *Ledger) StoreIncomplete() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unsaved.incomplete = true
	l.unsaved.markAll(l.state)
}

// forgetSaved forgets what the store has at its position.
func (g *guarded) forgetSaved() {
	g.totals.dropUpTo(g.storage.position)
	g.unsaved.saved(g.storage.position)
}

// SetStoreHealth records whether the last attempt to use the store failed, and whether the store
// answered it with an error.
func (l *Ledger) SetStoreHealth(down, refuses bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.StoreDown, l.health.StoreRefuses = down, refuses
}

// SetOwnership notes which server has the database.
func (l *Ledger) SetOwnership(o game.Ownership) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.Ownership = o
}
