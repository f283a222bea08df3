package ledger

import (
	"maps"

	"clickky/sync/game"
)

// Due has a value when there may be something to Take that was not there when Take returned
// nothing. It is never closed.
func (l *Ledger) Due() <-chan struct{} { return l.due }

// isDue says so. l.mu is held.
func (l *Ledger) isDue() {
	select {
	case l.due <- struct{}{}:
	default:
	}
}

// Take returns the own key changes, actions, preferences and clicks that no event has yet, at most
// so many of the first, as many of the others as an event can have, and of so many players. The
// clicks stay counted. The event must get into the log in the end and come back through Apply, and
// events in the order in which they were taken. Its At is left to the caller.
func (l *Ledger) Take(changes, players int) game.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, f := l.outbox.take(changes, players)
	e.LastAction = l.state.LastAction()
	e.Preferences = l.namePreferences(f.preferences)
	if e.Empty() {
		return game.Event{}
	}
	l.outbox.inFlight = append(l.outbox.inFlight, f)
	return e
}

// Fold applies the event at a position of the log, which must be beyond the last one. Own reports
// whether Take of this very ledger returned it: its clicks are counted already, and from now on
// known to be in the log.
func (l *Ledger) Fold(position uint64, e game.Event, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(e.KeyChanges)+len(e.Actions) > 0 {
		l.stirred()
	}
	r := l.state.Apply(position, e)
	var f flight
	if own {
		f, own = l.outbox.land()
		l.ahead -= f.total
	}
	for i, o := range r.KeyChanges {
		l.keysRevision++
		if own {
			l.decideKeyChange(f.keyChanges[i], o)
		}
		if o.Took {
			l.claimEarlyPreference(o.Login)
		}
	}
	for _, c := range r.Changes {
		l.applied(c)
	}
	for i, o := range r.Actions {
		if own {
			f.actions[i].decide(o)
		}
		if k := o.Record.Kind; o.Err == nil && k != game.ActionKick && k != game.ActionMessage {
			l.keysRevision++ // whose name is it now?
		}
	}
	l.landPreferences(f.preferences)
	for _, c := range r.Clicks {
		l.appliedClicks(c, &e, own)
	}
	if position <= l.storage.position { // somebody else has saved it already
		l.storage.total = l.state.Total()
	}
	l.totals.note(position, l.state.Total())
}

// applied does what a change of the state means for what this server knows. l.mu is held.
func (l *Ledger) applied(c game.Change) {
	at := l.state.Position()
	switch c := c.(type) {
	case game.PlayerAdded:
		l.unsaved.players.mark(l.attach(c.Player, c.Name), at)
	case game.PlayerRemoved:
		l.removed(c)
	case game.NameChanged:
		l.renamed(c)
	case game.CountSet:
		p := localOf(c.Player)
		l.rank(p)
		l.unsaved.players.mark(p, at)
	case game.TotalRaised:
		l.raised += c.By
	case game.OwnersChanged:
		l.keysRevision++
		l.unsaved.owners.mark(c.Login, at)
	case game.PreferenceChanged:
		l.unsaved.preferences.mark(c.Login, at)
	case game.BanChanged:
		l.unsaved.bans.mark(c.Target, at)
	case game.RecordChanged:
		l.unsaved.records.mark(c.Number, at)
		l.recorded()
	}
}

// removed forgets a name that was deleted. l.mu is held.
func (l *Ledger) removed(c game.PlayerRemoved) {
	delete(l.claims, c.Login)
	l.outbox.forgetClaims(c.Login)
	l.forgetPreference(c.Login)
	p := l.early[c.Name]
	if c.Player != nil {
		p = localOf(c.Player)
	}
	if p != nil {
		l.drop(p)
	}
}

// renamed gives whatever this server has under a name another one. Whoever it alone knows there
// becomes one with the player. l.mu is held.
func (l *Ledger) renamed(c game.NameChanged) {
	if key, ok := l.claims[c.FromLogin]; ok {
		delete(l.claims, c.FromLogin)
		l.claims[c.ToLogin] = key
	}
	l.outbox.rename(c)
	l.renamePreference(c.FromLogin, c.ToLogin)
	p := l.early[c.From]
	if c.Player != nil {
		p = localOf(c.Player)
	}
	if p != nil {
		l.renamePlayer(p, c.To)
	}
	for s := range maps.Clone(l.online[c.From]) {
		l.offline(s)
		s.name = c.ToLogin
		l.comeOnline(s, c.To)
	}
}

func (l *Ledger) renamePlayer(p *player, to string) {
	at := l.state.Position()
	l.left[p.name] = struct{}{}
	if p.entry == nil {
		delete(l.early, p.name)
	} else {
		l.unsaved.removed.mark(p.name, at)
		delete(l.unsaved.removed, to)
		l.unsaved.players.mark(p, at)
	}
	other := l.early[to]
	delete(l.early, to)
	p.name, p.stored = to, false
	if p.entry == nil {
		l.early[to] = p
	}
	if other != nil {
		l.left[to] = struct{}{}
		l.merge(p, other)
	}
	l.shift(p)
}

// appliedClicks takes in the clicks of one player. l.mu is held.
func (l *Ledger) appliedClicks(c game.PlayerClicks, e *game.Event, own bool) {
	if c.Player == nil {
		return
	}
	p := localOf(c.Player)
	if c.New {
		p = l.attach(c.Player, c.Player.Name)
	}
	if !own {
		l.stirred()
		l.clickedAt(p, e.At, c.Clicks)
	}
	l.rank(p)
	l.unsaved.players.mark(p, l.state.Position())
}

// Position returns the position of the last event that was applied.
func (l *Ledger) Position() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Position()
}

// JournalFailed tells the ledger that the log cannot be written.
func (l *Ledger) JournalFailed() { l.setJournalDown(true) }

// JournalReached tells the ledger that the log can be written.
func (l *Ledger) JournalReached() { l.setJournalDown(false) }

func (l *Ledger) setJournalDown(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.journalDown = down
}
