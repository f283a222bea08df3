package ledger

import (
	"slices"

	"clickky/sync/game"
)

// outbox is what this server has for the log: pending until Drain puts it into an event, and in
// flight until that event comes back. Events come back in the order of the calls of Drain. The
// ledger's mutex guards it.
type outbox struct {
	keyChanges     []*proposal[game.KeyChange, bool]
	actions        []*proposal[game.AdminAction, game.Outcome]
	preferences    []*ownPreference
	players        []*player // players with pending clicks
	orphanedClicks uint64    // pending clicks of deleted players

	inFlight []inFlightEvent
	due      chan struct{} // see Ledger.Due
}

// notify sends to due without blocking.
func (o *outbox) notify() {
	select {
	case o.due <- struct{}{}:
	default:
	}
}

func (o *outbox) proposeKeyChange(c game.KeyChange, done chan bool) {
	o.keyChanges = append(o.keyChanges, &proposal[game.KeyChange, bool]{c, done})
	o.notify()
}

// proposal is a change on which the log decides.
type proposal[T, Outcome any] struct {
	value T
	done  chan Outcome // has a buffer of one; nil if nobody waits
}

// complete sends the outcome to the waiting goroutine, if any.
func (p *proposal[T, Outcome]) complete(o Outcome) {
	if p.done != nil {
		p.done <- o
	}
}

// inFlightEvent is an event on its way through the log.
type inFlightEvent struct {
	keyChanges  []*proposal[game.KeyChange, bool]
	actions     []*proposal[game.AdminAction, game.Outcome]
	preferences []*ownPreference
	clicks      uint64 // including orphaned ones
	today       bool   // the clicks are in the inFlight of the players' dayPlace
}

// drainUpTo removes and returns up to n pending items.
func drainUpTo[P any](pending *[]P, n int) []P {
	n = min(n, len(*pending))
	taken := slices.Clone((*pending)[:n])
	*pending = slices.Delete(*pending, 0, n)
	return taken
}

// drain moves pending items into an event, within the same limits as Ledger.Drain.
func (o *outbox) drain(changes, players int) (game.Event, inFlightEvent) {
	var e game.Event
	f := inFlightEvent{
		keyChanges:  drainUpTo(&o.keyChanges, changes),
		actions:     drainUpTo(&o.actions, min(changes, game.MaxEventActions)),
		preferences: drainUpTo(&o.preferences, min(changes, game.MaxEventPreferences)),
	}
	for _, p := range f.keyChanges {
		e.KeyChanges = append(e.KeyChanges, p.value)
	}
	for _, p := range f.actions {
		e.Actions = append(e.Actions, p.value)
	}
	e.Clicks, f.clicks = o.drainClicks(players)
	return e, f
}

// drainClicks returns the clicks of at most n players by name, and their sum; nil if there are
// none.
func (o *outbox) drainClicks(players int) (clicks map[string]uint64, sum uint64) {
	n := min(len(o.players), players)
	if n <= 0 && o.orphanedClicks == 0 {
		return nil, 0
	}
	clicks = make(map[string]uint64, n)
	if o.orphanedClicks > 0 && players > 0 {
		clicks[game.Nobody], sum, o.orphanedClicks = o.orphanedClicks, o.orphanedClicks, 0
		n = min(n, players-1)
	}
	for _, p := range o.players[:n] {
		clicks[p.name] = uint64(p.pending)
		sum += uint64(p.pending)
		p.inFlight += p.pending
		p.today.inFlight += p.pending
		p.pending = 0
	}
	o.players = slices.Delete(o.players, 0, n)
	return clicks, sum
}

// popInFlight removes and returns the oldest event in flight, which has come back. It returns false
// if none is in flight: then another process used this server's identity.
func (o *outbox) popInFlight() (inFlightEvent, bool) {
	if len(o.inFlight) == 0 {
		return inFlightEvent{}, false
	}
	f := o.inFlight[0]
	o.inFlight = slices.Delete(o.inFlight, 0, 1)
	return f, true
}

// moveClicks moves the clicks of one player to another, who must have a dayPlace.
func (o *outbox) moveClicks(from, to *player) {
	if from.pending > 0 {
		o.players = withoutPlayer(o.players, from)
		if to.pending == 0 {
			o.players = append(o.players, to)
		}
	}
	to.pending += from.pending
	to.inFlight += from.inFlight
	from.pending, from.inFlight = 0, 0
	if from.today != nil {
		to.today.inFlight += from.today.inFlight
		from.today.inFlight = 0
	}
}

// orphanClicks keeps the pending clicks of a deleted player for the global count.
func (o *outbox) orphanClicks(p *player) {
	if p.pending > 0 {
		o.players = withoutPlayer(o.players, p)
		o.orphanedClicks += uint64(p.pending)
		p.pending = 0
	}
}

// rename updates pending key changes and actions after a rename.
func (o *outbox) rename(c game.NameChanged) {
	for _, p := range o.keyChanges {
		if p.value.Name == c.FromLogin {
			p.value.Name = c.ToLogin
		}
	}
	for _, p := range o.actions {
		if p.value.TargetsPlayer() && p.value.Target == c.From {
			p.value.Target = c.To
		}
	}
}

// forgetClaims removes the pending claims of a login name.
func (o *outbox) forgetClaims(login string) {
	o.keyChanges = slices.DeleteFunc(o.keyChanges, func(p *proposal[game.KeyChange, bool]) bool {
		return p.value.Kind == game.KeyClaim && p.value.Name == login
	})
}

func withoutPlayer(players []*player, p *player) []*player {
	return slices.DeleteFunc(players, func(other *player) bool { return other == p })
}
