package game

// A note is what admins want to remember about a player. It is kept in its record only, and so for
// as long as the State keeps the record.
var note = actionKind{version: 5, aboutPlayer: true, validate: validateText, apply: applyNote, undo: undoNote}

func applyNote(s *State, a AdminAction, r *AuditRecord) error {
	if _, err := s.find(a.Target); err != nil {
		return err
	}
	r.Before, r.After = TargetState{Name: a.Target}, TargetState{Name: a.Target, Text: a.Text}
	return nil
}

func undoNote(_ *State, undone, r *AuditRecord, now string) error {
	r.Target = now
	r.Before, r.After = TargetState{Name: now, Text: undone.After.Text}, TargetState{Name: now}
	return nil
}

// Notes returns those of records, oldest first, that are notes about the player who has a name now,
// and were not undone.
func Notes(records []AuditRecord, name string) []AuditRecord {
	about := map[string][]AuditRecord{} // by the names that players have at a record
	for _, r := range records {
		from, to := r.Before.Name, r.After.Name
		switch {
		case r.Kind == ActionNote && r.UndoneBy == 0:
			about[r.Target] = append(about[r.Target], r)
		case r.Kind == ActionUndo || r.UndoneBy != 0 || from == "" || from == to:
		default: // renamed or deleted
			about[to] = about[from]
			delete(about, from)
		}
	}
	return about[name]
}
