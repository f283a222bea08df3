package game

// A note is a text about a player for other admins. It exists only in its record, and only as long
// as the State keeps the record.
var note = actionKind{version: 5, targetsPlayer: true, validate: validateText, apply: applyNote, undo: undoNote}

func applyNote(s *State, a AdminAction, r *AuditRecord) error {
	if _, err := s.existingTarget(a.Target); err != nil {
		return err
	}
	r.Before, r.After = TargetState{Name: a.Target}, TargetState{Name: a.Target, Text: a.Text}
	return nil
}

func undoNote(_ *State, undone, r *AuditRecord, name string) error {
	r.Target = name
	r.Before, r.After = TargetState{Name: name, Text: undone.After.Text}, TargetState{Name: name}
	return nil
}

// Notes returns the notes among records about the player who has a name now, oldest first. It
// leaves out notes that were undone.
func Notes(records []AuditRecord, name string) []AuditRecord {
	about := map[string][]AuditRecord{} // by the player's name at the time of the record
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
