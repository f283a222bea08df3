package game

import (
	"slices"
	"time"
)

// AuditRecord is an action that took effect. Its JSON form is that of "audit".
type AuditRecord struct {
	// Number counts the actions that took effect from 1, without gaps, in the order of the log.
	Number uint64 `json:"number"`
	// At is the time by the clock of the admin's server, in UTC and whole seconds.
	At time.Time `json:"at"`
	// Kind, Admin, Key and Reason are those of the action. Target is the current name when the
	// action took effect.
	Kind   string `json:"do"`
	Admin  string `json:"who"`
	Key    string `json:"key"`
	Reason string `json:"why"`
	Target string `json:"target"`
	// Before and After are the target's state before and after the action.
	Before TargetState `json:"before"`
	After  TargetState `json:"after"`
	// UndoneBy is the number of the action that undid this one; 0 if none did.
	UndoneBy uint64 `json:"undone_by"`
}

// IsBan reports whether the record is about a ban.
func (r *AuditRecord) IsBan() bool { return !r.Before.Until.IsZero() || !r.After.Until.IsZero() }

// TargetState is the part of a target's state that actions can change. Fields that don't concern
// the action are zero. Its JSON form is stored in the database.
type TargetState struct {
	// Name is the player's name; empty if there is no player.
	Name string `json:"name,omitempty"`
	// Player reports whether the name has a player, with a count of Clicks.
	Player bool   `json:"player,omitempty"`
	Clicks uint64 `json:"clicks,omitempty"`
	// Days has the clicks by day of a deleted player.
	Days Days `json:"days,omitempty"`
	// Keys are the keys that own the name.
	Keys []Key `json:"keys,omitempty"`
	// Until is the end of a ban; zero if there is no ban.
	Until time.Time `json:"until,omitzero"`
	// Text is the text of a message, a kick or a note.
	Text string `json:"text,omitempty"`
	// Undone is the number of the action that was undone.
	Undone uint64 `json:"undone,omitempty"`
}

// auditLog holds the newest records, and the renames and deletions among them.
type auditLog struct {
	last    uint64        // the number of the last record
	records []AuditRecord // the newest records in order, without gaps
	// nameChanges lists, by name, the actions that took the name from its player.
	nameChanges map[string][]nameChange
}

// nameChange says that the action with this number gave a player another name; an empty one if it
// deleted the player.
type nameChange struct {
	number uint64
	to     string
}

// newAuditLog ignores records before a gap: only manual edits of the database leave gaps.
func newAuditLog(records []AuditRecord) auditLog {
	l := auditLog{nameChanges: map[string][]nameChange{}}
	for _, r := range records[max(0, len(records)-KeptRecords):] {
		if r.Number != l.last+1 {
			l.records = nil
			clear(l.nameChanges)
		}
		l.addRecord(r)
	}
	return l
}

// addRecord adds a record and drops the oldest one if there are too many. Every server drops the same
// ones, because all have the same records.
func (l *auditLog) addRecord(r AuditRecord) {
	l.records = append(l.records, r)
	l.last = r.Number
	if from := r.Before.Name; from != "" && from != r.After.Name {
		l.nameChanges[from] = append(l.nameChanges[from], nameChange{r.Number, r.After.Name})
	}
	if len(l.records) <= KeptRecords {
		return
	}
	from := l.records[0].Before.Name
	if changes := l.nameChanges[from]; len(changes) > 0 && changes[0].number == l.records[0].Number {
		if l.nameChanges[from] = slices.Clone(changes[1:]); len(changes) == 1 {
			delete(l.nameChanges, from)
		}
	}
	l.records[0] = AuditRecord{}
	l.records = l.records[1:]
}

// LastAction returns the number of the last action that took effect.
func (l *auditLog) LastAction() uint64 { return l.last }

// RecordsAfter returns the kept records after a number, oldest first. The caller must not modify
// them.
func (l *auditLog) RecordsAfter(number uint64) []AuditRecord {
	if number >= l.last {
		return nil
	}
	newer := min(l.last-number, uint64(len(l.records)))
	return l.records[uint64(len(l.records))-newer:]
}

// Record returns the record with a number, or nil if it isn't kept. The caller must not modify it.
func (l *auditLog) Record(number uint64) *AuditRecord {
	if from := l.RecordsAfter(number - 1); len(from) > 0 && from[0].Number == number {
		return &from[0]
	}
	return nil
}

// resolveName returns the current name of the player who had the name when action seen was the last
// one; false if that player was deleted.
func (l *auditLog) resolveName(name string, seen uint64) (now string, ok bool) {
	if seen >= l.last {
		return name, true
	}
	for {
		changes := l.nameChanges[name]
		i := slices.IndexFunc(changes, func(m nameChange) bool { return m.number > seen })
		if i < 0 {
			return name, true
		}
		if name, seen = changes[i].to, changes[i].number; name == Nobody {
			return "", false
		}
	}
}

// resolveTarget returns the current name of the player on whom an action took effect. It skips
// later actions that were undone, because an undo restores the name.
func (l *auditLog) resolveTarget(undone *AuditRecord) (string, error) {
	name, seen := undone.After.Name, undone.Number
	for {
		i := slices.IndexFunc(l.nameChanges[name], func(m nameChange) bool { return m.number > seen })
		if i < 0 {
			return name, nil
		}
		m := l.nameChanges[name][i]
		if r := l.Record(m.number); r != nil && r.UndoneBy != 0 {
			seen = r.UndoneBy
			continue
		}
		if m.to == Nobody {
			return "", impossible("%s was deleted later by #%d", name, m.number)
		}
		name, seen = m.to, m.number
	}
}
