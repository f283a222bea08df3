package game

// applyUndo reverts an action, where nothing has come in between.
func applyUndo(s *State, a AdminAction, r *AuditRecord) error {
	undone := s.audit.find(a.Number)
	switch {
	case undone == nil:
		return impossible("there's no #%d in the audit log, or it's too old", a.Number)
	case undone.UndoneBy != 0:
		return impossible("#%d was already undone by #%d", a.Number, undone.UndoneBy)
	case undone.Kind == ActionUndo:
		return impossible("#%d is an undo: repeat the original action instead", a.Number)
	}
	kind, _ := actionKindOf(undone.Kind)
	if kind.undo == nil {
		return impossible("#%d can't be undone", a.Number)
	}
	var now string
	if kind.aboutPlayer {
		var err error
		if now, err = s.audit.current(undone); err != nil {
			return err
		}
	}
	r.Target = undone.Target
	err := kind.undo(s, undone, r, now)
	r.After.Undone = a.Number
	return err
}
