package ledger

import (
	"slices"
	"time"
)

// undo brings back what an act has changed, where nothing has come in between.
// l.mu is held.
func (l *Ledger) undo(a Act, r *Record) error {
	undone := l.acts.find(a.Number)
	switch {
	case undone == nil:
		return refuse("there's no #%d in the audit log, or it's too old", a.Number)
	case undone.UndoneBy != 0:
		return refuse("#%d was already undone by #%d", a.Number, undone.UndoneBy)
	}
	r.Target = undone.Target
	var err error
	switch undone.Do {
	case SetCount:
		err = l.undoCount(undone, r)
	case Rename:
		err = l.undoRename(undone, r)
	case Delete:
		err = l.undoDelete(undone, r)
	case Release:
		err = l.undoRelease(undone, r)
	case Ban, Unban:
		err = l.undoBan(undone, r)
	case Undo:
		err = refuse("#%d is an undo: repeat the original action instead", a.Number)
	default:
		err = refuse("#%d can't be undone", a.Number)
	}
	r.After.Undone = a.Number
	return err
}

// nowOf finds under which name somebody is now whom an act left under a name. An
// act that was undone has brought everybody back to where they were before it.
func (l *Ledger) nowOf(undone *Record) (string, error) {
	g := &l.acts
	name, seen := undone.After.Name, undone.Number
	for {
		i := slices.IndexFunc(g.moves[name], func(m move) bool { return m.number > seen })
		if i < 0 {
			return name, nil
		}
		m := g.moves[name][i]
		if r := g.find(m.number); r != nil && r.UndoneBy != 0 {
			seen = r.UndoneBy
			continue
		}
		if m.to == nobody {
			return "", refuse("%s was deleted later by #%d", name, m.number)
		}
		name, seen = m.to, m.number
	}
}

// undoCount gives the player the count before, and what was clicked since.
func (l *Ledger) undoCount(undone, r *Record) error {
	now, err := l.nowOf(undone)
	if err != nil {
		return err
	}
	for _, later := range l.acts.after(undone.Number) {
		if later.Do != SetCount || later.UndoneBy != 0 {
			continue
		}
		if who, err := l.nowOf(&later); err == nil && who == now {
			return refuse("#%d set the count again: undo that first", later.Number)
		}
	}
	p := l.known(now)
	switch {
	case p == nil:
		return refuse("there's no player %s", now)
	case p.logged() < undone.After.Clicks: // by no act: somebody has changed the database
		return refuse("%s now has fewer clicks than #%d gave them", now, undone.Number)
	}
	clicks := undone.Before.Clicks + (p.logged() - undone.After.Clicks)
	r.Target = now
	r.Before = State{Name: now, Player: true, Clicks: p.logged()}
	r.After = State{Name: now, Player: true, Clicks: clicks}
	l.put(p, clicks)
	return nil
}

func (l *Ledger) undoRename(undone, r *Record) error {
	now, err := l.nowOf(undone)
	switch {
	case err != nil:
		return err
	case now != undone.After.Name:
		return refuse("%s was later renamed to %s", undone.After.Name, now)
	}
	if r.Before, err = l.find(now); err != nil {
		return err
	}
	if err := l.mustBeFree(undone.Before.Name); err != nil {
		return err
	}
	l.move(now, undone.Before.Name)
	r.After = l.state(undone.Before.Name)
	return nil
}

func (l *Ledger) undoDelete(undone, r *Record) error {
	if err := l.mustBeFree(undone.Before.Name); err != nil {
		return err
	}
	l.bringBack(undone.Before)
	r.After = l.state(undone.Before.Name)
	return nil
}

func (l *Ledger) undoRelease(undone, r *Record) error {
	now, err := l.nowOf(undone)
	if err != nil {
		return err
	}
	r.Target, r.Before = now, l.state(now)
	if len(r.Before.Keys) > 0 {
		return refuse("the name %s belongs to another key now", now)
	}
	l.keys.set(l.login(now), undone.Before.Keys)
	r.After = l.state(now)
	return nil
}

func (l *Ledger) undoBan(undone, r *Record) error {
	now, until := l.acts.bans[undone.Target], undone.Before.Until
	switch {
	case !now.Equal(undone.After.Until):
		return refuse("the ban on %s has ended or was changed later", undone.Target)
	case !until.After(r.At) && now.IsZero():
		return refuse("the ban on %s would be over by now", undone.Target)
	case !until.After(r.At):
		until = time.Time{}
	}
	r.Before.Until, r.After.Until = now, until
	l.ban(undone.Target, until)
	return nil
}
