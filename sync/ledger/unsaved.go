package ledger

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"clickky/sync/game"
)

// dirty is the things of one kind that the store may lack, each with the position of its last
// change.
type dirty[K comparable] map[K]uint64

func (d dirty[K]) mark(k K, position uint64) { d[k] = position }

// saved forgets what changed up to a position.
func (d dirty[K]) saved(position uint64) {
	maps.DeleteFunc(d, func(_ K, changed uint64) bool { return changed <= position })
}

// unsaved is what the store may lack. The ledger's mutex guards it.
type unsaved struct {
	players dirty[*player] // those in the state
	removed dirty[string]  // names that have no player now
	owners, preferences,
	bans dirty[string]
	records dirty[uint64]
	// left are players who left: the log does not tell, and no other server saves it.
	left map[*player]struct{}
	// incomplete reports whether the store has lost rows, so that everything is unsaved.
	incomplete bool
}

func newUnsaved() unsaved {
	return unsaved{
		players: dirty[*player]{}, removed: dirty[string]{}, owners: dirty[string]{}, preferences: dirty[string]{},
		bans: dirty[string]{}, records: dirty[uint64]{}, left: map[*player]struct{}{},
	}
}

// forget drops a player who is gone.
func (u *unsaved) forget(p *player) {
	delete(u.players, p)
	delete(u.left, p)
}

// moveLeft has a player count as left if another one does.
func (u *unsaved) moveLeft(from, to *player) {
	if _, left := u.left[from]; left {
		delete(u.left, from)
		u.left[to] = struct{}{}
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
			delete(u.players, p)
		}
	}
	u.removed.saved(position)
	u.owners.saved(position)
	u.preferences.saved(position)
	u.bans.saved(position)
	u.records.saved(position)
}

// all marks everything that a state has, and everything that actions have ever changed in it, also
// what is gone.
func (u *unsaved) all(s *game.State) {
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

// rows returns the players that the store may lack something of.
func (u *unsaved) rows() iter.Seq[*player] {
	return func(yield func(*player) bool) {
		for p := range u.players {
			if !yield(p) {
				return
			}
		}
		for p := range u.left {
			if _, dirty := u.players[p]; !dirty && p.entry != nil && !yield(p) {
				return
			}
		}
	}
}

// checkpoint returns the values of what the store may lack, but for players.
func (u *unsaved) checkpoint(s *game.State) game.Checkpoint {
	c := game.Checkpoint{
		To: s.Position(), Total: s.Total(),
		Owners:      make([]game.Owner, 0, len(u.owners)),
		Preferences: make([]game.Preference, 0, len(u.preferences)),
		Removed:     slices.Sorted(maps.Keys(u.removed)),
	}
	for login := range u.owners {
		c.Owners = append(c.Owners, game.Owner{Name: login, Keys: s.Owner(login)}) // a change replaces the slice
	}
	for login := range u.preferences {
		c.Preferences = append(c.Preferences, game.Preference{Name: login, Text: s.Preference(login)})
	}
	for target := range u.bans {
		c.Bans = append(c.Bans, game.Ban{Target: target, Until: s.Ban(target)})
	}
	for _, number := range slices.Sorted(maps.Keys(u.records)) {
		if r, ok := s.Record(number); ok {
			c.Records = append(c.Records, r)
		}
	}
	return c
}

// Batch is a checkpoint of a ledger, which can be told that it was Saved.
type Batch struct {
	game.Checkpoint

	players []*player // of Players
	full    bool      // has everything
}

// Unsaved copies the counts, as the log has them, of all players that
// changed since the position of the store, whoever saved up to there, or left since
// this ledger last had it saved, everything else that changed
// likewise, and the global count. What is not in the log yet is not in
// it, but for when players were seen.
func (l *Ledger) Unsaved() Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetSaved()
	b := Batch{Checkpoint: l.unsaved.checkpoint(l.state), full: l.unsaved.incomplete}
	b.From = l.storage.position
	b.players = slices.AppendSeq(make([]*player, 0, len(l.unsaved.players)+len(l.unsaved.left)), l.unsaved.rows())
	b.Players = make([]game.Player, len(b.players))
	for i, p := range b.players {
		b.Players[i] = game.Player{Name: p.name, Clicks: p.logged(), Seen: timeOf(p.seen), Stored: p.stored}
	}
	return b
}

// Counts is the batch as somebody else may have saved it: without who has left, of
// whom nobody else knows, and without what the store has lost.
func (b Batch) Counts() Batch {
	b.players, b.full = nil, false
	return b
}

// Behind reports whether the log has events that the store does not have, or has lost.
func (l *Ledger) Behind() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unsaved.incomplete || l.storage.position < l.state.Position()
}

// Stale reports whether the store lacks anything about a player: a count, or, if the
// ledger is not Behind, only when somebody left.
func (l *Ledger) Stale() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range l.unsaved.rows() {
		return true
	}
	return false
}

// Saved tells the ledger that the store has the batch. Players who have
// clicked, left or were renamed since stay unsaved.
func (l *Ledger) Saved(b Batch, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range b.players {
		if timeOf(p.seen).Equal(b.Players[i].Seen) {
			delete(l.unsaved.left, p)
		}
		p.stored = p.stored || p.name == b.Players[i].Name
	}
	if b.full {
		l.unsaved.incomplete = false
	}
	l.storage.position = max(l.storage.position, b.To)
	l.storage.total = max(l.storage.total, b.Total)
	l.health.LastSaved = at
	l.storeDown(false, false)
	l.forgetSaved()
}

// StoreAt tells the ledger at which position the store is by now, as somebody saw at
// that time. Whoever has saved up to there has saved all that the log has up to
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
		s.position, l.health.LastSaved = position, at
		s.total = max(s.total, l.totalAt(position))
	default:
		s.position = position
		l.unsaved.all(l.state)
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
	l.unsaved.incomplete = true
	l.unsaved.all(l.state)
}

// forgetSaved forgets what the store has at its position.
func (b *book) forgetSaved() {
	b.totals.forget(b.storage.position)
	b.unsaved.saved(b.storage.position)
}

// StoreReached tells the ledger that the store answers again.
func (l *Ledger) StoreReached() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storeDown(false, false)
}

// StoreFailed tells the ledger that the store could not be reached or, if it answered, did not
// take the counts.
func (l *Ledger) StoreFailed(answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.storeDown(true, answered)
}

func (b *book) storeDown(down, refuses bool) {
	b.health.StoreDown, b.health.StoreRefuses = down, refuses
}

// Owner tells the ledger whose the database is.
func (l *Ledger) Owner(o game.Ownership) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.Ownership = o
}
