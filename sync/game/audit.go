package game

import (
	"slices"
	"time"
)

// AuditRecord is an action that took effect.
type AuditRecord struct {
	// Number counts the actions that took effect from 1, without gaps, in the order of the log.
	Number uint64
	// At is when, in UTC and whole seconds, by the clock of the admin's server.
	At time.Time
	// Kind, Admin, Key and Reason are those of the action. Target is the name that the action took
	// effect on, after renames.
	Kind, Admin, Key, Reason, Target string
	// Before and After are what the action changed.
	Before, After TargetState
	// UndoneBy is the number of the action that undid this one; 0: none.
	UndoneBy uint64
}

// IsBan reports whether the record is about a ban.
func (r *AuditRecord) IsBan() bool { return !r.Before.Until.IsZero() || !r.After.Until.IsZero() }

// TargetState is what actions can change about one target. Fields that do not concern the action
// are zero. Its JSON form is kept in the database.
type TargetState struct {
	// Name is the player's name; empty if there is none.
	Name string `json:"name,omitempty"`
	// Player reports whether the name has a player, with a count of Clicks.
	Player bool   `json:"player,omitempty"`
	Clicks uint64 `json:"clicks,omitempty"`
	// Keys are the keys that own the name.
	Keys []Key `json:"keys,omitempty"`
	// Until is when a ban ends; the zero time if there is none.
	Until time.Time `json:"until,omitzero"`
	// Text is what players were told.
	Text string `json:"text,omitempty"`
	// Undone is the number of the action that was undone.
	Undone uint64 `json:"undone,omitempty"`
}

// auditLog is the newest records, and what they say about names.
type auditLog struct {
	last    uint64        // the number of the last record
	records []AuditRecord // the newest, in their order, without gaps
	// moves are what became of names: the actions that took each from its player.
	moves map[string][]move
}

// move says that whoever had a name until the action with that number has another name from then
// on; an empty one if they were deleted.
type move struct {
	number uint64
	to     string
}

// newAuditLog leaves out records before a gap, which somebody made by hand.
func newAuditLog(records []AuditRecord) auditLog {
	l := auditLog{moves: map[string][]move{}}
	for _, r := range records[max(0, len(records)-KeptRecords):] {
		if r.Number != l.last+1 {
			l.records = nil
			clear(l.moves)
		}
		l.append(r)
	}
	return l
}

// append adds a record and drops the oldest if there are too many. That is the same on every
// server, since records are those of the log.
func (l *auditLog) append(r AuditRecord) {
	l.records = append(l.records, r)
	l.last = r.Number
	if from := r.Before.Name; from != "" && from != r.After.Name {
		l.moves[from] = append(l.moves[from], move{r.Number, r.After.Name})
	}
	if len(l.records) <= KeptRecords {
		return
	}
	from := l.records[0].Before.Name
	if moves := l.moves[from]; len(moves) > 0 && moves[0].number == l.records[0].Number {
		if l.moves[from] = slices.Clone(moves[1:]); len(moves) == 1 {
			delete(l.moves, from)
		}
	}
	l.records[0] = AuditRecord{}
	l.records = l.records[1:]
}

// after returns the records after a number. They must not be changed.
func (l *auditLog) after(number uint64) []AuditRecord {
	if number >= l.last {
		return nil
	}
	newer := min(l.last-number, uint64(len(l.records)))
	return l.records[uint64(len(l.records))-newer:]
}

// find returns the record with a number, or nil.
func (l *auditLog) find(number uint64) *AuditRecord {
	newer := l.last - number
	if number == 0 || number > l.last || newer >= uint64(len(l.records)) {
		return nil
	}
	return &l.records[uint64(len(l.records))-1-newer]
}

// follow returns the name that somebody has now who had a name when the action with the number
// seen was the last one; false if nobody is left.
func (l *auditLog) follow(name string, seen uint64) (now string, ok bool) {
	if seen >= l.last {
		return name, true
	}
	for {
		moves := l.moves[name]
		i := slices.IndexFunc(moves, func(m move) bool { return m.number > seen })
		if i < 0 {
			return name, true
		}
		if name, seen = moves[i].to, moves[i].number; name == Nobody {
			return "", false
		}
	}
}

// current returns the name that somebody has now whom an action left under a name. An action that
// was undone has brought everybody back to where they were before it.
func (l *auditLog) current(undone *AuditRecord) (string, error) {
	name, seen := undone.After.Name, undone.Number
	for {
		i := slices.IndexFunc(l.moves[name], func(m move) bool { return m.number > seen })
		if i < 0 {
			return name, nil
		}
		m := l.moves[name][i]
		if r := l.find(m.number); r != nil && r.UndoneBy != 0 {
			seen = r.UndoneBy
			continue
		}
		if m.to == Nobody {
			return "", impossible("%s was deleted later by #%d", name, m.number)
		}
		name, seen = m.to, m.number
	}
}

// LastAction returns the number of the last action that took effect.
func (s *State) LastAction() uint64 { return s.audit.last }

// RecordsAfter returns the records after a number that the State keeps, oldest first. They must
// not be changed.
func (s *State) RecordsAfter(number uint64) []AuditRecord { return s.audit.after(number) }

// Record returns the record with a number; false if the State does not keep it.
func (s *State) Record(number uint64) (AuditRecord, bool) {
	if r := s.audit.find(number); r != nil {
		return *r, true
	}
	return AuditRecord{}, false
}
