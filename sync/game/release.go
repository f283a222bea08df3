package game

var release = actionKind{version: 3, aboutPlayer: true, apply: applyRelease, undo: undoRelease}

func applyRelease(s *State, a AdminAction, r *AuditRecord) (err error) {
	if r.Before, err = s.find(a.Target); err != nil {
		return err
	}
	if len(r.Before.Keys) == 0 {
		return impossible("the name %s has no key", a.Target)
	}
	login := s.LoginOf(a.Target)
	s.setOwner(login, nil)
	if r.After = s.targetState(a.Target); !r.After.Player {
		s.setPreference(login, "") // nobody has the name now
	}
	return nil
}

func undoRelease(s *State, undone, r *AuditRecord, now string) error {
	r.Target, r.Before = now, s.targetState(now)
	if len(r.Before.Keys) > 0 {
		return impossible("the name %s belongs to another key now", now)
	}
	s.setOwner(s.LoginOf(now), undone.Before.Keys)
	r.After = s.targetState(now)
	return nil
}
