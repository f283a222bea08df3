package game

var setCount = actionKind{version: 3, aboutPlayer: true, validate: validateCount, apply: applyCount, undo: undoCount}

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

// undoCount gives the player the count before, and what was clicked since.
func undoCount(s *State, undone, r *AuditRecord, now string) error {
	for _, later := range s.audit.after(undone.Number) {
		if later.Kind != ActionSetCount || later.UndoneBy != 0 {
			continue
		}
		if who, err := s.audit.current(&later); err == nil && who == now {
			return impossible("#%d set the count again: undo that first", later.Number)
		}
	}
	p := s.players[now]
	switch {
	case p == nil:
		return impossible("there's no player %s", now)
	case p.Clicks < undone.After.Clicks: // by no action: somebody has changed the database
		return impossible("%s now has fewer clicks than #%d gave them", now, undone.Number)
	}
	r.Target = now
	s.recordCount(p, undone.Before.Clicks+(p.Clicks-undone.After.Clicks), r)
	return nil
}

// recordCount sets a count and records that.
func (s *State) recordCount(p *Entry, clicks uint64, r *AuditRecord) {
	r.Before = TargetState{Name: p.Name, Player: true, Clicks: p.Clicks}
	r.After = TargetState{Name: p.Name, Player: true, Clicks: clicks}
	s.setClicks(p, clicks)
}

// setClicks sets a count, and raises the global count if it is less than all counts together.
func (s *State) setClicks(p *Entry, clicks uint64) {
	s.sum += clicks - p.Clicks
	p.Clicks = clicks
	s.changed(CountSet{p})
	if s.sum > s.total {
		s.changed(TotalRaised{s.sum - s.total})
		s.total = s.sum
	}
}
