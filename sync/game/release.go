package game

var release = actionKind{version: 3, targetsPlayer: true, apply: applyRelease, undo: undoRelease}

func applyRelease(s *State, a AdminAction, r *AuditRecord) (err error) {
	if r.Before, err = s.existingTarget(a.Target); err != nil {
		return err
	}
	if len(r.Before.Keys) == 0 {
		return impossible("the name %s has no key", a.Target)
	}
	login := s.LoginOf(a.Target)
	s.setOwner(login, nil)
	if r.After = s.targetState(a.Target); !r.After.Player {
		s.setPreference(login, "") // the name is free now
	}
	return nil
}

func undoRelease(s *State, undone, r *AuditRecord, name string) error {
	r.Target, r.Before = name, s.targetState(name)
	if len(r.Before.Keys) > 0 {
		return impossible("the name %s belongs to another key now", name)
	}
	s.setOwner(s.LoginOf(name), undone.Before.Keys)
	r.After = s.targetState(name)
	return nil
}
