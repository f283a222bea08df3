package ledger

import (
	"slices"

	"clickky/sync/game"
)

// outbox is what this server has for the log: pending, until Drain puts it into an event, and in
// flight, until that event comes back. Events come back in the order in which they were taken. The
// ledger's mutex guards it.
type outbox struct {
	keyChanges  []*proposal[game.KeyChange, bool]
	actions     []*proposal[game.AdminAction, game.Outcome]
	preferences []*choice
	players     []*player // with pending clicks
	nobodys     uint64    // pending clicks of players who were deleted

	inFlight []flight
}

// proposal is something that the log decides about.
type proposal[T, Outcome any] struct {
	what T
	done chan Outcome // has one slot; nil if nobody waits for the outcome
}

// decide tells whoever waits what became of it.
func (p *proposal[T, Outcome]) decide(o Outcome) {
	if p.done != nil {
		p.done <- o
	}
}

// flight is an event on its way.
type flight struct {
	keyChanges  []*proposal[game.KeyChange, bool]
	actions     []*proposal[game.AdminAction, game.Outcome]
	preferences []*choice
	clicks      uint64 // nobody's included
}

// takeUpTo moves up to n of what is pending into a flight.
func takeUpTo[P any](pending *[]P, n int) []P {
	n = min(n, len(*pending))
	taken := slices.Clone((*pending)[:n])
	*pending = slices.Delete(*pending, 0, n)
	return taken
}

// take moves what is pending into an event and a flight: at most so many key changes, and actions
// and preferences within what an event can have, and the clicks of so many players.
func (o *outbox) take(changes, players int) (game.Event, flight) {
	var e game.Event
	f := flight{
		keyChanges:  takeUpTo(&o.keyChanges, changes),
		actions:     takeUpTo(&o.actions, min(changes, game.MaxEventActions)),
		preferences: takeUpTo(&o.preferences, min(changes, game.MaxEventPreferences)),
	}
	for _, p := range f.keyChanges {
		e.KeyChanges = append(e.KeyChanges, p.what)
	}
	for _, p := range f.actions {
		e.Actions = append(e.Actions, p.what)
	}
	e.Clicks, f.clicks = o.takeClicks(players)
	return e, f
}

// takeClicks returns the clicks of so many players, by name, and their sum; nil if there are none.
func (o *outbox) takeClicks(players int) (clicks map[string]uint64, sum uint64) {
	n := min(len(o.players), players)
	if n <= 0 && o.nobodys == 0 {
		return nil, 0
	}
	clicks = make(map[string]uint64, n)
	if o.nobodys > 0 && players > 0 {
		clicks[game.Nobody], sum, o.nobodys = o.nobodys, o.nobodys, 0
		n = min(n, players-1)
	}
	for _, p := range o.players[:n] {
		clicks[p.name] = uint64(p.pending)
		sum += uint64(p.pending)
		p.inFlight += p.pending
		p.pending = 0
	}
	o.players = slices.Delete(o.players, 0, n)
	return clicks, sum
}

// land returns the oldest flight, which has come back; false if nothing is in flight, so that
// somebody else must have written the event in this server's name.
func (o *outbox) land() (flight, bool) {
	if len(o.inFlight) == 0 {
		return flight{}, false
	}
	f := o.inFlight[0]
	o.inFlight = slices.Delete(o.inFlight, 0, 1)
	return f, true
}

// moveClicks gives the clicks of one player to another one.
func (o *outbox) moveClicks(from, to *player) {
	if from.pending > 0 {
		o.players = without(o.players, from)
		if to.pending == 0 {
			o.players = append(o.players, to)
		}
	}
	to.pending += from.pending
	to.inFlight += from.inFlight
	from.pending, from.inFlight = 0, 0
}

// disown makes the pending clicks of a player nobody's.
func (o *outbox) disown(p *player) {
	if p.pending > 0 {
		o.players = without(o.players, p)
		o.nobodys += uint64(p.pending)
		p.pending = 0
	}
}

// rename has what is pending follow a player who has another name, and another login name.
func (o *outbox) rename(c game.NameChanged) {
	for _, p := range o.keyChanges {
		if p.what.Name == c.FromLogin {
			p.what.Name = c.ToLogin
		}
	}
	for _, p := range o.actions {
		if p.what.TargetsPlayer() && p.what.Target == c.From {
			p.what.Target = c.To
		}
	}
}

// forgetClaims drops the pending claims of a login name.
func (o *outbox) forgetClaims(login string) {
	o.keyChanges = slices.DeleteFunc(o.keyChanges, func(p *proposal[game.KeyChange, bool]) bool {
		return p.what.Kind == game.KeyClaim && p.what.Name == login
	})
}

// without removes a player from some.
func without(players []*player, p *player) []*player {
	return slices.DeleteFunc(players, func(other *player) bool { return other == p })
}
