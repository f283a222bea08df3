package ledger

import (
	"slices"
	"strings"
	"time"
)

// carryOut does what an act says, and writes what that changed into its record.
// Whether it can is decided by what the journal has, and by nothing that only this
// server knows, so that it is the same everywhere. l.mu is held.
func (l *Ledger) carryOut(a Act, r *Record) error {
	switch a.Do {
	case SetCount:
		return l.setCount(a, r)
	case Rename:
		return l.rename(a, r)
	case Delete:
		return l.remove(r)
	case Release:
		return l.release(r)
	case Ban, Unban:
		return l.setBan(a, r)
	case Undo:
		return l.undo(a, r)
	default: // Kick and Message
		r.After.Text = a.Text
		return nil
	}
}

// known returns the player of that exact name, or nil if the journal has none.
func (l *Ledger) known(name string) *player {
	if p := l.players[name]; p != nil && p.known {
		return p
	}
	return nil
}

// login is the login name whose keys are those of a player: the name itself, but
// for names with capitals that the old version left.
func (l *Ledger) login(name string) string {
	if low := strings.ToLower(name); l.known(low) == nil {
		return low
	}
	return name
}

// state is what the journal has of a name.
func (l *Ledger) state(name string) State {
	s := State{Name: name, Keys: l.keys.owners[l.login(name)]}
	if p := l.known(name); p != nil {
		s.Player, s.Clicks = true, p.logged()
	}
	return s
}

// find is state of a name that has a player or keys.
func (l *Ledger) find(name string) (State, error) {
	s := l.state(name)
	if !s.Player && len(s.Keys) == 0 {
		return s, refuse("there's no player %s", name)
	}
	return s, nil
}

// mustBeFree refuses a name that somebody has.
func (l *Ledger) mustBeFree(name string) error {
	capitals := slices.ContainsFunc(l.folded[name], func(p *player) bool { return p.known })
	if s := l.state(name); s.Player || len(s.Keys) > 0 || capitals {
		return refuse("the name %s is taken", name)
	}
	return nil
}

func (l *Ledger) setCount(a Act, r *Record) error {
	p := l.known(a.Target)
	if p == nil {
		return refuse("there's no player %s", a.Target)
	}
	r.Before = State{Name: p.name, Player: true, Clicks: p.logged()}
	r.After = State{Name: p.name, Player: true, Clicks: a.Clicks}
	l.put(p, a.Clicks)
	return nil
}

func (l *Ledger) rename(a Act, r *Record) (err error) {
	if r.Before, err = l.find(a.Target); err != nil {
		return err
	}
	if err := l.mustBeFree(a.To); err != nil {
		return err
	}
	l.move(a.Target, a.To)
	r.After = l.state(a.To)
	return nil
}

func (l *Ledger) remove(r *Record) (err error) {
	if r.Before, err = l.find(r.Target); err != nil {
		return err
	}
	login := l.login(r.Target)
	l.keys.set(login, nil)
	l.keys.forget(login)
	l.choices.forget(login)
	if p := l.players[r.Target]; p != nil {
		l.drop(p)
	}
	return nil
}

func (l *Ledger) release(r *Record) (err error) {
	if r.Before, err = l.find(r.Target); err != nil {
		return err
	}
	if len(r.Before.Keys) == 0 {
		return refuse("the name %s has no key", r.Target)
	}
	login := l.login(r.Target)
	l.keys.set(login, nil)
	if r.After = l.state(r.Target); !r.After.Player {
		l.choices.set(login, "") // nobody has the name now
	}
	return nil
}

func (l *Ledger) setBan(a Act, r *Record) error {
	r.Before.Until = l.acts.bans[a.Target]
	if a.Do == Unban {
		if r.Before.Until.IsZero() {
			return refuse("%s isn't banned", a.Target)
		}
		l.ban(a.Target, time.Time{})
		return nil
	}
	if !a.Until.After(r.At) {
		return refuse("the ban would end in the past")
	}
	r.After.Until = a.Until.UTC().Truncate(time.Second)
	l.ban(a.Target, r.After.Until)
	return nil
}

// put gives a player a count, as the journal has it; own clicks that the journal
// does not have yet come on top.
func (l *Ledger) put(p *player, logged uint64) {
	l.journal.sum += logged - p.logged()
	l.stand(p, logged)
	l.changed(p)
	if short := int64(l.journal.sum - l.journal.total); short > 0 { //nolint:gosec // G115: a difference
		l.raise(uint64(short))
	}
}

// stand puts a player on the tier that belongs to a count of the journal.
func (l *Ledger) stand(p *player, logged uint64) {
	if p.at != nil {
		l.ranking.leave(p)
	}
	l.ranking.enter(p, logged+uint64(p.pending)+uint64(p.taken))
	l.shift(p)
}

// raise lifts the global count to what all players have together, as Load does.
// It is not taken for clicking.
func (l *Ledger) raise(by uint64) {
	l.total += by
	l.settled += by
	l.journal.total += by
	for i := range l.rate.totals {
		l.rate.totals[i] += by
	}
	l.history.total += by
}

// move puts whatever is under a name under another one, which the journal has
// for nobody. Who only this server knows there becomes one with the player.
func (l *Ledger) move(from, to string) {
	login := l.login(from)
	p := l.players[from]
	if p != nil {
		l.unname(p)
	}
	l.keys.rename(login, l.login(to))
	l.choices.rename(login, l.login(to))
	if p != nil {
		other := l.players[to]
		if other != nil {
			l.unname(other)
		}
		p.name, p.stored = to, false
		l.name(p)
		if other != nil {
			l.absorb(p, other)
		}
		if p.known {
			l.changed(p)
		}
		l.shift(p)
	}
	l.acts.renamePending(from, to)
	for s := range l.online[from] {
		l.offline(s)
		s.name = l.login(to)
		l.comeOnline(s, to)
	}
}

// absorb gives a player the clicks of another one who is in no event yet.
func (l *Ledger) absorb(p, other *player) {
	logged := p.logged()
	l.ranking.leave(other)
	other.gone = true
	p.seen = max(p.seen, other.seen)
	p.parted = p.parted || other.parted
	if other.activity != nil {
		p.active().absorb(other.activity, l.moment().part)
	}
	if other.pending > 0 {
		l.forgetPending(other)
		if p.pending == 0 {
			l.pending = append(l.pending, p)
			l.isDue()
		}
	}
	p.pending += other.pending
	p.taken += other.taken
	l.stand(p, logged)
}

// drop removes a player. The clicks that the journal does not have yet remain in
// the global count, and are nobody's.
func (l *Ledger) drop(p *player) {
	l.unname(p)
	if p.known {
		l.journal.sum -= p.logged()
	}
	if p.pending > 0 {
		l.forgetPending(p)
		l.nobody += uint64(p.pending)
	}
	l.ranking.leave(p)
	p.gone = true
}

// bringBack makes a player again who was removed.
func (l *Ledger) bringBack(s State) {
	l.keys.set(l.login(s.Name), s.Keys)
	if s.Player {
		p := l.player(s.Name)
		l.meet(p)
		l.put(p, s.Clicks)
	}
}

// name makes a player known by the name.
func (l *Ledger) name(p *player) {
	l.players[p.name] = p
	if low := strings.ToLower(p.name); low != p.name {
		l.folded[low] = append(l.folded[low], p)
	}
	if p.known {
		delete(l.acts.removed, p.name)
	}
}

// unname frees the name of a player.
func (l *Ledger) unname(p *player) {
	delete(l.players, p.name)
	if low := strings.ToLower(p.name); low != p.name {
		if l.folded[low] = without(l.folded[low], p); len(l.folded[low]) == 0 {
			delete(l.folded, low)
		}
	}
	l.left[p.name] = struct{}{}
	if p.known {
		l.acts.removed[p.name] = l.acts.at
	}
}
