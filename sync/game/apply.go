package game

import (
	"maps"
	"slices"
	"time"
)

// Result is what an event did. It is valid until the next Apply.
type Result struct {
	// KeyChanges has one outcome for each key change of the event.
	KeyChanges []KeyOutcome
	// Actions has one outcome for each action of the event.
	Actions []Outcome
	// Changes are what key changes, actions and preferences changed, in order.
	Changes []Change
	// Clicks are those of the event under the names that players have now, after all Changes.
	Clicks []PlayerClicks
}

// KeyOutcome says which login name a key change was about, after renames, and whether it took
// effect.
type KeyOutcome struct {
	Login string
	Took  bool
}

// Outcome is the record of an action, or the error that says why it did nothing.
type Outcome struct {
	Record AuditRecord
	Err    error
}

// PlayerClicks is clicks of a player, who is nil if nobody is left who made them.
type PlayerClicks struct {
	Player *Entry
	Clicks uint64
	// New reports whether this is the player's first event.
	New bool
}

// Change is something that an event changed in a State: one of the types below.
type Change interface{ change() }

type (
	// PlayerAdded is a deleted player whom an undo has brought back. Players who are new are in
	// PlayerClicks.
	PlayerAdded struct {
		Name   string
		Player *Entry
	}
	// PlayerRemoved is a name that was deleted, with its player if there was one.
	PlayerRemoved struct {
		Name, Login string
		Player      *Entry
	}
	// NameChanged is a name that was given to whoever had another one before. There is no player
	// if only keys had it.
	NameChanged struct {
		From, To string
		Player   *Entry
		// FromLogin and ToLogin are the login names of both.
		FromLogin, ToLogin string
	}
	// CountSet is a count that was set.
	CountSet struct{ Player *Entry }
	// TotalRaised is the global count, raised to what the players' counts add up to.
	TotalRaised struct{ By uint64 }
	// OwnersChanged are the keys of a login name.
	OwnersChanged struct{ Login string }
	// PreferenceChanged is the preference of a login name.
	PreferenceChanged struct{ Login string }
	// BanChanged is the ban of a target, which began, ended or was changed.
	BanChanged struct{ Target string }
	// RecordChanged is a record of the audit log that is new or was undone.
	RecordChanged struct{ Number uint64 }
)

func (PlayerAdded) change()       {}
func (PlayerRemoved) change()     {}
func (NameChanged) change()       {}
func (CountSet) change()          {}
func (TotalRaised) change()       {}
func (OwnersChanged) change()     {}
func (PreferenceChanged) change() {}
func (BanChanged) change()        {}
func (RecordChanged) change()     {}

// changed notes a change for the result.
func (s *State) changed(c Change) { s.result.Changes = append(s.result.Changes, c) }

// Apply applies the event at a position of the log, which must be beyond the last one.
func (s *State) Apply(position uint64, e Event) *Result {
	r := &s.result
	clear(r.Changes) // so that they keep nobody in memory
	r.KeyChanges, r.Actions, r.Changes, r.Clicks = r.KeyChanges[:0], r.Actions[:0], r.Changes[:0], r.Clicks[:0]
	s.position = position
	at := e.At.UTC().Truncate(time.Second)
	for _, c := range e.KeyChanges {
		r.KeyChanges = append(r.KeyChanges, s.applyKeyChange(c, e.LastAction, at))
	}
	for _, a := range e.Actions {
		record, err := s.applyAction(a, e.LastAction, at)
		r.Actions = append(r.Actions, Outcome{record, err})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Preferences)) { // in order, since two names can have become one
		s.applyPreference(name, e.Preferences[name], e.LastAction)
	}
	for name, n := range e.Clicks {
		s.applyClicks(name, n, e.LastAction)
	}
	return r
}

// Nobody is the name under which an event has the clicks of players who were deleted.
const Nobody = ""

// applyClicks counts the clicks of one player.
func (s *State) applyClicks(name string, n, lastAction uint64) {
	s.total += n
	c := PlayerClicks{Clicks: n}
	if now, ok := s.audit.follow(name, lastAction); ok && now != Nobody {
		c.Player = s.players[now]
		if c.New = c.Player == nil; c.New {
			c.Player = &Entry{}
			s.setName(c.Player, now)
		}
		c.Player.Clicks += n
		s.sum += n
	}
	s.result.Clicks = append(s.result.Clicks, c)
}
