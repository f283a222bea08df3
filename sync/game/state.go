package game

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// State is the result of the events in the log. Make one with Load.
type State struct {
	auditLog

	position uint64 // of the last event that was applied
	total    uint64 // the global count
	sum      uint64 // of all players' counts; at most total

	players map[string]*Entry
	// capitals holds the players whose names have capitals, by lower-case name.
	capitals    map[string][]*Entry
	owners      map[string][]Key  // by login name; never an empty slice
	preferences map[string]string // by login name; never an empty text
	bans        map[string]time.Time

	result Result // of the current event
}

// Entry is a player in a State. It stays the same for as long as the player exists, also after a
// rename. Only the State changes it, apart from Local.
type Entry struct {
	Name   string
	Clicks uint64
	// Days has the clicks by the day of their event; clicks from before days were counted have none.
	// It is modified in place.
	Days Days
	// Local is for the owner of the State: what only this server knows about the player. The State
	// never reads it.
	Local any
}

// ByRank orders players by clicks, most first, and players with equal counts by name.
func ByRank(a, b Player) int {
	return cmp.Or(cmp.Compare(b.Clicks, a.Clicks), strings.Compare(a.Name, b.Name))
}

// Load returns the state in a database. It sorts c.Players by rank and keeps player i in entry(i),
// so that the caller can store a player's Entry beside its Local: otherwise each click of a million
// players would wait for two cache misses. It raises the global count to the sum of all counts if
// necessary. It fails if a name appears twice, and ignores invalid preferences.
func Load(c Contents, entry func(i int) *Entry) (*State, error) {
	s := &State{
		position: c.Position,
		players:  make(map[string]*Entry, len(c.Players)),
		capitals: map[string][]*Entry{}, owners: map[string][]Key{}, preferences: map[string]string{},
		bans: map[string]time.Time{}, auditLog: newAuditLog(c.Records),
	}
	slices.SortFunc(c.Players, ByRank)
	for i, p := range c.Players {
		if s.players[p.Name] != nil {
			return nil, fmt.Errorf("load counts: player %q appears twice", p.Name)
		}
		e := entry(i)
		e.Clicks, e.Days = p.Clicks, p.Days
		s.setName(e, p.Name)
		s.sum += p.Clicks
	}
	for _, o := range c.Owners {
		if len(o.Keys) > 0 {
			s.owners[o.Name] = slices.Clone(o.Keys)
		}
	}
	for _, p := range c.Preferences {
		if ValidPreference(p.Text) {
			s.preferences[p.Name] = p.Text
		}
	}
	for _, b := range c.Bans {
		s.bans[b.Target] = b.Until
	}
	s.total = max(c.Total, s.sum)
	return s, nil
}

// Position returns the position in the log of the last applied event.
func (s *State) Position() uint64 { return s.position }

// Total returns the global count.
func (s *State) Total() uint64 { return s.total }

// Len returns the number of players.
func (s *State) Len() int { return len(s.players) }

// Players returns all players, in any order.
func (s *State) Players() iter.Seq[*Entry] { return maps.Values(s.players) }

// Player returns the player with exactly this name, or nil.
func (s *State) Player(name string) *Entry { return s.players[name] }

// PlayerByLogin returns the player for a login name, or nil. Names from the old version can have
// capitals. If nobody has exactly the login name, it matches such a player: the one with the most
// clicks at the start, if there are several.
func (s *State) PlayerByLogin(login string) *Entry {
	if p := s.players[login]; p != nil {
		return p
	}
	if found := s.capitals[login]; len(found) > 0 {
		return found[0]
	}
	return nil
}

// LoginOf returns the login name under which a player's keys and preference are stored: the name
// itself, unless it has capitals.
func (s *State) LoginOf(name string) string {
	if low := strings.ToLower(name); s.players[low] == nil {
		return low
	}
	return name
}

func (s *State) setName(p *Entry, name string) {
	p.Name = name
	s.players[name] = p
	if low := strings.ToLower(name); low != name {
		s.capitals[low] = append(s.capitals[low], p)
	}
}

func (s *State) freeName(p *Entry) {
	delete(s.players, p.Name)
	low := strings.ToLower(p.Name)
	if low == p.Name {
		return
	}
	s.capitals[low] = slices.DeleteFunc(s.capitals[low], func(other *Entry) bool { return other == p })
	if len(s.capitals[low]) == 0 {
		delete(s.capitals, low)
	}
}

// targetState returns the part of a name's state that actions can change.
func (s *State) targetState(name string) TargetState {
	t := TargetState{Name: name, Keys: s.owners[s.LoginOf(name)]}
	if p := s.players[name]; p != nil {
		t.Player, t.Clicks = true, p.Clicks
	}
	return t
}

// existingTarget is targetState for a name that has a player or keys; else it returns an error.
func (s *State) existingTarget(name string) (TargetState, error) {
	t := s.targetState(name)
	if !t.Player && len(t.Keys) == 0 {
		return t, impossible("there's no player %s", name)
	}
	return t, nil
}

// requireFree returns an error if the name is taken.
func (s *State) requireFree(name string) error {
	if t := s.targetState(name); t.Player || len(t.Keys) > 0 || len(s.capitals[name]) > 0 {
		return impossible("the name %s is taken", name)
	}
	return nil
}
