package ledger

import (
	"maps"

	"clickky/sync/game"
)

// Due has a value when there may be something to Drain that was not there when Drain returned
// nothing. It is never closed.
func (l *Ledger) Due() <-chan struct{} { return l.due }

// isDue says so.
func (b *book) isDue() {
	select {
	case b.due <- struct{}{}:
	default:
	}
}

// Drain returns the own key changes, actions, preferences and clicks that no event has yet, at most
// so many of the first, as many of the others as an event can have, and of so many players. The
// clicks stay counted. The event must get into the log in the end and come back through Apply, and
// events in the order in which they were taken. Its At is left to the caller.
func (l *Ledger) Drain(changes, players int) game.Event {
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

// Apply applies the event at a position of the log, which must be beyond the last one. Own reports
// whether Drain of this very ledger returned it: its clicks are counted already, and from now on
// known to be in the log.
func (l *Ledger) Apply(position uint64, e game.Event, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(e.KeyChanges)+len(e.Actions) > 0 {
		l.stirred()
	}
	r := l.state.Apply(position, e)
	var f flight
	if own {
		f, own = l.outbox.land()
		l.ahead -= f.clicks
	}
	for i, o := range r.KeyChanges {
		l.keysRevision++
		if own {
			l.decideKeyChange(f.keyChanges[i], o)
		}
		if o.Applied {
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

// applied does what a change of the state means for what this server knows.
func (b *book) applied(c game.Change) {
	at := b.state.Position()
	switch c := c.(type) {
	case game.PlayerAdded:
		b.unsaved.players.mark(b.attach(c.Player, c.Name), at)
	case game.PlayerRemoved:
		b.removed(c)
	case game.NameChanged:
		b.renamed(c)
	case game.CountSet:
		p := localOf(c.Player)
		b.rank(p)
		b.unsaved.players.mark(p, at)
	case game.TotalRaised:
		b.raised += c.By
	case game.OwnersChanged:
		b.keysRevision++
		b.unsaved.owners.mark(c.Login, at)
	case game.PreferenceChanged:
		b.unsaved.preferences.mark(c.Login, at)
	case game.BanChanged:
		b.unsaved.bans.mark(c.Target, at)
	case game.RecordChanged:
		b.unsaved.records.mark(c.Number, at)
		b.recorded()
	}
}

// removed forgets a name that was deleted.
func (b *book) removed(c game.PlayerRemoved) {
	delete(b.claims, c.Login)
	b.outbox.forgetClaims(c.Login)
	b.forgetPreference(c.Login)
	p := b.early[c.Name]
	if c.Player != nil {
		p = localOf(c.Player)
	}
	if p != nil {
		b.drop(p)
	}
}

// renamed gives whatever this server has under a name another one. Whoever it alone knows there
// becomes one with the player.
func (b *book) renamed(c game.NameChanged) {
	if key, ok := b.claims[c.FromLogin]; ok {
		delete(b.claims, c.FromLogin)
		b.claims[c.ToLogin] = key
	}
	b.outbox.rename(c)
	b.renamePreference(c.FromLogin, c.ToLogin)
	p := b.early[c.From]
	if c.Player != nil {
		p = localOf(c.Player)
	}
	if p != nil {
		b.renamePlayer(p, c.To)
	}
	for s := range maps.Clone(b.online[c.From]) {
		b.offline(s)
		s.name = c.ToLogin
		b.comeOnline(s, c.To)
	}
}

func (b *book) renamePlayer(p *player, to string) {
	at := b.state.Position()
	b.left[p.name] = struct{}{}
	if p.entry == nil {
		delete(b.early, p.name)
	} else {
		b.unsaved.removed.mark(p.name, at)
		delete(b.unsaved.removed, to)
		b.unsaved.players.mark(p, at)
	}
	other := b.early[to]
	delete(b.early, to)
	p.name, p.stored = to, false
	if p.entry == nil {
		b.early[to] = p
	}
	if other != nil {
		b.left[to] = struct{}{}
		b.merge(p, other)
	}
	b.shift(p)
}

// appliedClicks takes in the clicks of one player.
func (b *book) appliedClicks(c game.PlayerClicks, e *game.Event, own bool) {
	if c.Player == nil {
		return
	}
	p := localOf(c.Player)
	if c.New {
		p = b.attach(c.Player, c.Player.Name)
	}
	if own {
		p.inFlight -= uint32(c.Clicks)
	} else {
		b.stirred()
		b.clickedAt(p, e.At, c.Clicks)
	}
	if !own || len(e.Actions) > 0 { // the rank counts own clicks already, if no action has changed it
		b.rank(p)
	}
	b.unsaved.players.mark(p, b.state.Position())
}

// Position returns the position of the last event that was applied.
func (l *Ledger) Position() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Position()
}

// JournalDown tells the ledger whether the log cannot be written.
func (l *Ledger) JournalDown(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.JournalDown = down
}
