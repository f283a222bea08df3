package ledger

import (
	"cmp"
	"maps"

	"clickky/sync/game"
)

// Due returns a channel that gets a value when there may be something new to Drain. It is never
// closed.
func (l *Ledger) Due() <-chan struct{} { return l.outbox.due }

// Drain moves own key changes, actions, preferences and clicks from the outbox into an event.
// changes and players limit the number of key changes and of players with clicks. The clicks stay
// counted. The event's At is the current time. The caller must append it to the log, in the order of
// the calls; it comes back through Apply.
func (l *Ledger) Drain(changes, players int) game.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.read()
	l.startDay()
	e, f := l.outbox.drain(changes, players)
	f.today = true
	e.At = l.clock.now.UTC()
	e.LastAction = l.state.LastAction()
	e.Preferences = l.drainPreferences(f.preferences)
	if e.Empty() {
		return game.Event{}
	}
	l.outbox.inFlight = append(l.outbox.inFlight, f)
	return e
}

// Apply applies the event at a position of the log. Positions must increase. own reports whether
// Drain of this ledger returned the event: then its clicks are already counted, and are now in the
// log.
func (l *Ledger) Apply(position uint64, e game.Event, own bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(e.KeyChanges)+len(e.Actions) > 0 {
		l.wake()
	}
	l.startDay()
	r := l.state.Apply(position, e)
	var f inFlightEvent
	if own {
		f, own = l.outbox.popInFlight()
		l.unlogged -= f.clicks
	}
	for i, o := range r.KeyChanges {
		l.keysRevision++
		if own {
			p := f.keyChanges[i]
			if p.value.Kind == game.KeyClaim {
				delete(l.claims, o.Login)
			}
			p.complete(o.Applied)
		}
		if o.Applied {
			l.claimPreference(o.Login)
		}
	}
	for _, c := range r.Changes {
		l.applyChange(c)
	}
	for i, o := range r.Actions {
		if own {
			f.actions[i].complete(o)
		}
		switch k := o.Record.Kind; {
		case o.Err != nil, k == game.ActionKick:
		case k == game.ActionMessage:
			if o.Record.Target == "" && l.isOpen {
				l.news.add(game.News{Kind: game.Announcement, At: o.Record.At, Text: o.Record.After.Text}, nil)
			}
		default:
			l.keysRevision++ // sessions must check the owner again
		}
	}
	l.completePreferences(f.preferences)
	for _, c := range r.Clicks {
		l.applyClicks(c, &e, own, f.today)
	}
	l.findGlobalNews(r.Clicks, e.At)
	l.totals.add(position, l.state.Total())
	if position <= l.storage.position { // another server has saved it
		l.storage.total = l.state.Total()
		l.forgetSaved()
	}
}

// applyChange updates what this server knows after a change of the state.
func (g *guarded) applyChange(c game.Change) {
	at := g.state.Position()
	switch c := c.(type) {
	case game.PlayerAdded:
		p := g.attach(c.Player, c.Name)
		g.unsaved.players.mark(p, at)
		g.today.add(p)
	case game.PlayerRemoved:
		g.applyRemoval(c)
	case game.NameChanged:
		g.applyRename(c)
	case game.CountSet:
		p := localOf(c.Player)
		g.updateRank(p)
		g.unsaved.players.mark(p, at)
	case game.TotalRaised:
		g.baseline += c.By
	case game.OwnersChanged:
		g.keysRevision++
		g.unsaved.owners.mark(c.Login, at)
	case game.PreferenceChanged:
		g.hiddenChanged()
		g.unsaved.preferences.mark(c.Login, at)
	case game.BanChanged:
		g.unsaved.bans.mark(c.Target, at)
	case game.RecordChanged:
		g.unsaved.records.mark(c.Number, at)
		close(g.newRecord) // wakes AwaitRecords
		g.newRecord = make(chan struct{})
	}
}

// applyRemoval forgets a deleted name.
func (g *guarded) applyRemoval(c game.PlayerRemoved) {
	delete(g.claims, c.Login)
	g.outbox.forgetClaims(c.Login)
	g.forgetPreference(c.Login)
	if p := cmp.Or(localOf(c.Player), g.newPlayers[c.Name]); p != nil {
		g.removePlayer(p)
	}
}

// applyRename moves everything that this server has under a name to the new one. A player known
// only to this server under the new name is merged into the renamed one.
func (g *guarded) applyRename(c game.NameChanged) {
	if key, ok := g.claims[c.FromLogin]; ok {
		delete(g.claims, c.FromLogin)
		g.claims[c.ToLogin] = key
	}
	g.outbox.rename(c)
	g.renamePreference(c.FromLogin, c.ToLogin)
	if p := cmp.Or(localOf(c.Player), g.newPlayers[c.From]); p != nil {
		g.renamePlayer(p, c.To)
	}
	for s := range maps.Clone(g.online.sessions[c.From]) {
		g.online.remove(s)
		s.name = c.ToLogin
		g.online.add(s, c.To)
	}
}

func (g *guarded) renamePlayer(p *player, to string) {
	at := g.state.Position()
	g.changes.removedNames[p.name] = struct{}{}
	g.publicRevision++
	if p.entry == nil {
		delete(g.newPlayers, p.name)
	} else {
		g.unsaved.removed.mark(p.name, at)
		delete(g.unsaved.removed, to)
		g.unsaved.players.mark(p, at)
	}
	other := g.newPlayers[to]
	delete(g.newPlayers, to)
	p.name, p.stored = to, false
	if p.entry == nil {
		g.newPlayers[to] = p
	}
	if other != nil {
		g.changes.removedNames[to] = struct{}{}
		g.merge(p, other)
	}
	g.changes.mark(p)
}

// applyClicks applies the clicks of one player in an event. today reports whether they were drained
// on the current day.
func (g *guarded) applyClicks(c game.PlayerClicks, e *game.Event, own, today bool) {
	if c.Player == nil {
		return
	}
	p := localOf(c.Player)
	if c.New {
		p = g.attach(c.Player, c.Player.Name)
	}
	if own {
		p.inFlight -= uint32(c.Clicks)
		if today {
			p.today.inFlight -= uint32(c.Clicks)
		}
	} else {
		g.wake()
		g.recordClicks(p, e.At, c.Clicks)
	}
	if !own || len(e.Actions) > 0 { // the rank already has own clicks, unless an action changed it
		g.updateRank(p)
	}
	elsewhere := c.Clicks
	if own {
		elsewhere = 0
	}
	g.today.applyClicks(p, e.At, elsewhere)
	g.unsaved.players.mark(p, g.state.Position())
	g.findPlayerNews(p, &c, e.At)
}

// Position returns the position of the last applied event.
func (l *Ledger) Position() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Position()
}

// SetJournalDown notes whether the log can't be written.
func (l *Ledger) SetJournalDown(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.JournalDown = down
}
