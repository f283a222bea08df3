package game

var setCount = actionKind{version: 3, targetsPlayer: true, validate: validateCount, apply: applyCount, undo: undoCount}

func validateCount(a AdminAction) error {
	if a.Clicks > MaxCount {
		return impossible("a count can be at most %d", uint64(MaxCount))
	}
	return nil
}

func applyCount(s *State, a AdminAction, r *AuditRecord) error {
	p := s.players[a.Target]
	if p == nil {
		return impossible("there's no player %s", a.Target)
	}
	s.recordCount(p, a.Clicks, r)
	return nil
}

// undoCount restores the count before the action, plus the clicks since then.
func undoCount(s *State, undone, r *AuditRecord, name string) error {
	for _, later := range s.RecordsAfter(undone.Number) {
		if later.Kind != ActionSetCount || later.UndoneBy != 0 {
			continue
		}
		if who, err := s.resolveTarget(&later); err == nil && who == name {
			return impossible("#%d set the count again: undo that first", later.Number)
		}
	}
	p := s.players[name]
	switch {
	case p == nil:
		return impossible("there's no player %s", name)
	case p.Clicks < undone.After.Clicks: // no action does this: somebody has edited the database
		return impossible("%s now has fewer clicks than #%d gave them", name, undone.Number)
	}
	r.Target = name
	s.recordCount(p, undone.Before.Clicks+(p.Clicks-undone.After.Clicks), r)
	return nil
}

func (s *State) recordCount(p *Entry, clicks uint64, r *AuditRecord) {
	r.Before = TargetState{Name: p.Name, Player: true, Clicks: p.Clicks}
	r.After = TargetState{Name: p.Name, Player: true, Clicks: clicks}
	s.setClicks(p, clicks)
}

// setClicks sets a count. If the counts then add up to more than the global count, it raises that.
func (s *State) setClicks(p *Entry, clicks uint64) {
	s.sum += clicks - p.Clicks
	p.Clicks = clicks
	s.addChange(CountSet{p})
	if s.sum > s.total {
		s.addChange(TotalRaised{s.sum - s.total})
		s.total = s.sum
	}
}
