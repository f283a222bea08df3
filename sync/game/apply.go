package game

import (
	"maps"
	"slices"
	"time"
)

// Result is the outcome of an event. It is valid until the next Apply.
type Result struct {
	// KeyChanges has one outcome for each key change of the event.
	KeyChanges []KeyOutcome
	// Actions has one outcome for each action of the event.
	Actions []Outcome
	// Changes lists what key changes, actions and preferences changed, in order.
	Changes []Change
	// Clicks has the event's clicks by player, after all Changes.
	Clicks []PlayerClicks
}

// KeyOutcome is the current login name of a key change, and whether the change took effect.
type KeyOutcome struct {
	Login   string
	Applied bool
}

// Outcome is the record of an action, or the reason why it had no effect.
type Outcome struct {
	Record AuditRecord
	Err    error
}

// PlayerClicks is the number of clicks of one player. Player is nil if the player was deleted.
type PlayerClicks struct {
	Player *Entry
	Clicks uint64
	// New reports whether this is the player's first event.
	New bool
}

// Change is something that an event changed in a State: one of the types below.
type Change interface{ change() }

type (
	// PlayerAdded is a deleted player who was restored by an undo. New players are in
	// Result.Clicks.
	PlayerAdded struct {
		Name   string
		Player *Entry
	}
	// PlayerRemoved is a deleted name, with its player unless only keys had the name.
	PlayerRemoved struct {
		Name, Login string
		Player      *Entry
	}
	// NameChanged is a rename. Player is nil if only keys had the name.
	NameChanged struct {
		From, To string
		Player   *Entry
		// FromLogin and ToLogin are the login names of From and To.
		FromLogin, ToLogin string
	}
	// CountSet is a count that an admin has set.
	CountSet struct{ Player *Entry }
	// TotalRaised is a rise of the global count to the sum of the players' counts.
	TotalRaised struct{ By uint64 }
	// OwnersChanged is a change of a login name's keys.
	OwnersChanged struct{ Login string }
	// PreferenceChanged is a change of a login name's preference.
	PreferenceChanged struct{ Login string }
	// BanChanged is a change of a target's ban: it began, ended or got another end.
	BanChanged struct{ Target string }
	// RecordChanged is an audit record that is new or was undone.
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

func (s *State) addChange(c Change) { s.result.Changes = append(s.result.Changes, c) }

// Apply applies the event at a position of the log. Positions must increase.
func (s *State) Apply(position uint64, e Event) *Result {
	r := &s.result
	clear(r.Changes) // so that it holds no references to players
	r.KeyChanges, r.Actions, r.Changes, r.Clicks = r.KeyChanges[:0], r.Actions[:0], r.Changes[:0], r.Clicks[:0]
	s.position = position
	at := e.At.UTC().Truncate(time.Second)
	for _, c := range e.KeyChanges {
		login, ok := s.resolveName(c.Name, e.LastAction)
		r.KeyChanges = append(r.KeyChanges, KeyOutcome{login, ok && s.changeKeys(login, c, at)})
	}
	for _, a := range e.Actions {
		record, err := s.applyAction(a, e.LastAction, at)
		r.Actions = append(r.Actions, Outcome{record, err})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Preferences)) { // sorted, because two names can have become one
		s.applyPreference(name, e.Preferences[name], e.LastAction)
	}
	for name, n := range e.Clicks {
		s.applyClicks(name, n, e.LastAction, DateOf(e.At))
	}
	return r
}

// Nobody is the name under which an event has the clicks of deleted players.
const Nobody = ""

// applyClicks adds the clicks of one player on a date, which is 0 if it isn't known.
func (s *State) applyClicks(name string, n, lastAction uint64, date Date) {
	s.total += n
	c := PlayerClicks{Clicks: n}
	if now, ok := s.resolveName(name, lastAction); ok && now != Nobody {
		c.Player = s.players[now]
		if c.New = c.Player == nil; c.New {
			c.Player = &Entry{}
			s.setName(c.Player, now)
		}
		c.Player.Clicks += n
		if date != 0 && n > 0 {
			c.Player.Days = c.Player.Days.Add(date, n)
		}
		s.sum += n
	}
	s.result.Clicks = append(s.result.Clicks, c)
}
