package game

import "strings"

var rename = actionKind{version: 3, targetsPlayer: true, validate: validateRename, apply: applyRename, undo: undoRename}

func validateRename(a AdminAction) error {
	if a.To == "" || a.To != strings.ToLower(a.To) {
		return impossible("%q isn't a valid name", a.To)
	}
	return nil
}

func applyRename(s *State, a AdminAction, r *AuditRecord) error {
	return s.recordRename(a.Target, a.To, r)
}

func undoRename(s *State, undone, r *AuditRecord, name string) error {
	if name != undone.After.Name {
		return impossible("%s was later renamed to %s", undone.After.Name, name)
	}
	return s.recordRename(name, undone.Before.Name, r)
}

// recordRename gives a free name to the player of another one, and records the change.
func (s *State) recordRename(from, to string, r *AuditRecord) (err error) {
	if r.Before, err = s.existingTarget(from); err != nil {
		return err
	}
	if err := s.requireFree(to); err != nil {
		return err
	}
	s.rename(from, to)
	r.After = s.targetState(to)
	return nil
}

// rename moves the player, the keys and the preference of one name to another, free one.
func (s *State) rename(from, to string) {
	p, fromLogin := s.players[from], s.LoginOf(from)
	if p != nil {
		s.freeName(p)
	}
	toLogin := s.LoginOf(to)
	if keys := s.owners[fromLogin]; len(keys) > 0 {
		s.setOwner(fromLogin, nil)
		s.setOwner(toLogin, keys)
	}
	s.setPreference(toLogin, s.preferences[fromLogin])
	s.setPreference(fromLogin, "")
	if p != nil {
		s.setName(p, to)
	}
	s.addChange(NameChanged{From: from, To: to, Player: p, FromLogin: fromLogin, ToLogin: toLogin})
}
