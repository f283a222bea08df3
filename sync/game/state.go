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

// State is what the log has led to. Make one with Load.
type State struct {
	position uint64 // of the last event that was applied
	total    uint64 // the global count
	sum      uint64 // of all players' counts; at most total

	players map[string]*Entry
	// capitals are the players whose names have capitals, by their name in lower case.
	capitals    map[string][]*Entry
	owners      map[string][]Key  // by login name; never an empty slice
	preferences map[string]string // by login name; never an empty text
	bans        map[string]time.Time
	audit       auditLog

	result Result // of the event that is being applied
}

// Entry is a player in a State. It stays the same while the player exists, also under another
// name. Only the State changes it, apart from Local.
type Entry struct {
	Name   string
	Clicks uint64
	// Local is for the owner of the State, who can keep there what only this server knows about
	// the player. The State never looks at it.
	Local any
}

// ByRank is the order of the leaderboard: most clicks first, players with equal counts by name.
func ByRank(a, b Player) int {
	return cmp.Or(cmp.Compare(b.Clicks, a.Clicks), strings.Compare(a.Name, b.Name))
}

// Load returns the state that a database has, and sorts c.Players in the order of the leaderboard.
// It keeps player i of that order in entry(i), so that the caller can keep a player's Entry beside
// Local: a million of them do not fit into the processor's cache, and apart each click would wait
// for both. The global count is raised to the sum of all players' counts if it is less. Load fails
// if a name comes twice, and leaves out preferences that are not valid.
func Load(c Contents, entry func(i int) *Entry) (*State, error) {
	s := &State{
		position: c.Position,
		players:  make(map[string]*Entry, len(c.Players)),
		capitals: map[string][]*Entry{}, owners: map[string][]Key{}, preferences: map[string]string{},
		bans: map[string]time.Time{}, audit: newAuditLog(c.Records),
	}
	slices.SortFunc(c.Players, ByRank)
	for i, p := range c.Players {
		if s.players[p.Name] != nil {
			return nil, fmt.Errorf("load counts: player %q appears twice", p.Name)
		}
		e := entry(i)
		e.Clicks = p.Clicks
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

// Position returns the position in the log of the last event that was applied.
func (s *State) Position() uint64 { return s.position }

// Total returns the global count.
func (s *State) Total() uint64 { return s.total }

// Len returns the number of players.
func (s *State) Len() int { return len(s.players) }

// Players returns all players, in any order.
func (s *State) Players() iter.Seq[*Entry] { return maps.Values(s.players) }

// Player returns the player with exactly that name, or nil.
func (s *State) Player(name string) *Entry { return s.players[name] }

// PlayerByLogin returns the player that a login name means, or nil. The old version let names have
// capitals: a login name means such a player if nobody has exactly that name, and the one with the
// most clicks at the start if there are several.
func (s *State) PlayerByLogin(login string) *Entry {
	if p := s.players[login]; p != nil {
		return p
	}
	if found := s.capitals[login]; len(found) > 0 {
		return found[0]
	}
	return nil
}

// LoginOf returns the login name whose keys and preferences are those of a player: the name
// itself, unless it has capitals.
func (s *State) LoginOf(name string) string {
	if low := strings.ToLower(name); s.players[low] == nil {
		return low
	}
	return name
}

// setName gives a player a name.
func (s *State) setName(p *Entry, name string) {
	p.Name = name
	s.players[name] = p
	if low := strings.ToLower(name); low != name {
		s.capitals[low] = append(s.capitals[low], p)
	}
}

// freeName takes the name from a player.
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

// targetState returns what actions can change about a name.
func (s *State) targetState(name string) TargetState {
	t := TargetState{Name: name, Keys: s.owners[s.LoginOf(name)]}
	if p := s.players[name]; p != nil {
		t.Player, t.Clicks = true, p.Clicks
	}
	return t
}

// find is targetState of a name that has a player or keys.
func (s *State) find(name string) (TargetState, error) {
	t := s.targetState(name)
	if !t.Player && len(t.Keys) == 0 {
		return t, impossible("there's no player %s", name)
	}
	return t, nil
}

// mustBeFree returns an error if somebody has the name.
func (s *State) mustBeFree(name string) error {
	if t := s.targetState(name); t.Player || len(t.Keys) > 0 || len(s.capitals[name]) > 0 {
		return impossible("the name %s is taken", name)
	}
	return nil
}
