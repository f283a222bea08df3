package game

import "slices"

var deletePlayer = actionKind{version: 3, targetsPlayer: true, apply: applyDelete, undo: undoDelete}

func applyDelete(s *State, a AdminAction, r *AuditRecord) (err error) {
	if r.Before, err = s.existingTarget(a.Target); err != nil {
		return err
	}
	login := s.LoginOf(a.Target)
	s.setOwner(login, nil)
	s.setPreference(login, "")
	p := s.players[a.Target]
	if p != nil {
		r.Before.Days = slices.Clone(p.Days)
		s.freeName(p)
		s.sum -= p.Clicks
	}
	s.addChange(PlayerRemoved{Name: a.Target, Login: login, Player: p})
	return nil
}

// undoDelete restores the player and the keys. The preference is lost.
func undoDelete(s *State, undone, r *AuditRecord, _ string) error {
	before := undone.Before
	if err := s.requireFree(before.Name); err != nil {
		return err
	}
	s.setOwner(s.LoginOf(before.Name), before.Keys)
	if before.Player {
		p := &Entry{Days: slices.Clone(before.Days)}
		s.setName(p, before.Name)
		s.addChange(PlayerAdded{before.Name, p})
		s.setClicks(p, before.Clicks)
	}
	r.After = s.targetState(before.Name)
	return nil
}
