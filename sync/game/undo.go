package game

// applyUndo reverts an action, unless a later action has changed the same thing.
func applyUndo(s *State, a AdminAction, r *AuditRecord) error {
	undone := s.Record(a.Number)
	switch {
	case undone == nil:
		return impossible("there's no #%d in the audit log, or it's too old", a.Number)
	case undone.UndoneBy != 0:
		return impossible("#%d was already undone by #%d", a.Number, undone.UndoneBy)
	case undone.Kind == ActionUndo:
		return impossible("#%d is an undo: repeat the original action instead", a.Number)
	}
	kind, _ := findKind(undone.Kind)
	if kind.undo == nil {
		return impossible("#%d can't be undone", a.Number)
	}
	var name string
	if kind.targetsPlayer {
		var err error
		if name, err = s.resolveTarget(undone); err != nil {
			return err
		}
	}
	r.Target = undone.Target
	err := kind.undo(s, undone, r, name)
	r.After.Undone = a.Number
	return err
}
