package ledger

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// actlog is which acts took effect, and what follows from that. The ledger's
// mutex guards it.
type actlog struct {
	last    uint64   // the number of the last act
	records []Record // the newest, in their order, without gaps
	// moves are what became of names: the acts that took each from its player.
	moves map[string][]move
	bans  bans
	grown chan struct{} // closed, and replaced, when there is a record more

	outbox[*proposedAct]

	// What the store may not have, each with the position of its last change:
	// records, bans that began or ended, and players who are gone.
	unsaved map[uint64]uint64
	banned  map[string]uint64
	removed map[string]uint64
	at      uint64 // the position of the journal at which things change now
}

// move says that what was under a name until the act with that number is under
// another name from then on; an empty name is nobody's.
type move struct {
	number uint64
	to     string
}

// proposedAct is an act of this server on its way through the journal.
type proposedAct struct {
	Act

	done chan outcome // has one slot
}

type outcome struct {
	record Record
	err    error
}

func newActlog() actlog {
	return actlog{
		moves: map[string][]move{}, bans: bans{}, grown: make(chan struct{}),
		unsaved: map[uint64]uint64{}, banned: map[string]uint64{}, removed: map[string]uint64{},
	}
}

// load takes in what the store has. Records before a gap, which somebody has made
// by hand, are as good as forgotten.
func (g *actlog) load(records []Record, bans []BanUntil) {
	for _, r := range records[max(0, len(records)-KeptRecords):] {
		if r.Number != g.last+1 {
			g.records = nil
			clear(g.moves)
		}
		g.keep(r)
	}
	for _, b := range bans {
		g.bans[b.Target] = b.Until
	}
}

// take moves up to n acts into an event.
func (g *actlog) take(n int) []Act {
	left := g.leave(min(n, MaxActs))
	if len(left) == 0 {
		return nil
	}
	acts := make([]Act, len(left))
	for i, p := range left {
		acts[i] = p.Act
	}
	return acts
}

// settle tells whoever proposed the oldest act on its way what became of it.
func (g *actlog) settle(r Record, err error) {
	p := g.back()
	p.done <- outcome{r, err}
}

// add takes in a record that is new.
func (g *actlog) add(r Record) {
	g.keep(r)
	g.unsaved[r.Number] = g.at
	if undone := g.find(r.After.Undone); undone != nil {
		undone.UndoneBy = r.Number
		g.unsaved[undone.Number] = g.at
	}
	close(g.grown)
	g.grown = make(chan struct{})
}

// keep remembers a record, and forgets the oldest when there are too many. That
// is the same on every server, as records are those of the journal.
func (g *actlog) keep(r Record) {
	g.records = append(g.records, r)
	g.last = r.Number
	if from := r.Before.Name; from != "" && from != r.After.Name {
		g.moves[from] = append(g.moves[from], move{r.Number, r.After.Name})
	}
	if len(g.records) <= KeptRecords {
		return
	}
	from := g.records[0].Before.Name
	if moves := g.moves[from]; len(moves) > 0 && moves[0].number == g.records[0].Number {
		if g.moves[from] = slices.Clone(moves[1:]); len(moves) == 1 {
			delete(g.moves, from)
		}
	}
	g.records[0] = Record{}
	g.records = g.records[1:]
}

// after returns the records after a number. They must not be changed.
func (g *actlog) after(number uint64) []Record {
	if number >= g.last {
		return nil
	}
	newer := min(g.last-number, uint64(len(g.records)))
	return g.records[uint64(len(g.records))-newer:]
}

// find returns the record with a number, or nil.
func (g *actlog) find(number uint64) *Record {
	newer := g.last - number
	if number == 0 || number > g.last || newer >= uint64(len(g.records)) {
		return nil
	}
	return &g.records[uint64(len(g.records))-1-newer]
}

// follow returns the name under which somebody is now who had that name when
// seen was the last act; there may be nobody left.
func (g *actlog) follow(name string, seen uint64) (now string, ok bool) {
	if seen >= g.last {
		return name, true
	}
	for {
		moves := g.moves[name]
		i := slices.IndexFunc(moves, func(m move) bool { return m.number > seen })
		if i < 0 {
			return name, true
		}
		if name, seen = moves[i].to, moves[i].number; name == "" {
			return "", false
		}
	}
}

// renamePending has the acts that are in no event yet follow a player.
func (g *actlog) renamePending(from, to string) {
	for _, p := range g.pending {
		if p.aboutPlayer() && p.Target == from {
			p.Target = to
		}
	}
}

// saved forgets what changed up to a position.
func (g *actlog) saved(position uint64) {
	maps.DeleteFunc(g.unsaved, func(_, changed uint64) bool { return changed <= position })
	maps.DeleteFunc(g.banned, func(_ string, changed uint64) bool { return changed <= position })
	maps.DeleteFunc(g.removed, func(_ string, changed uint64) bool { return changed <= position })
}

// saveAll has everything saved that acts have ever changed, also that players,
// keys, choices and bans are gone. l.mu is held.
func (l *Ledger) saveAll() {
	g := &l.acts
	l.keys.saveAll()
	l.choices.saveAll()
	for target := range g.bans {
		g.banned[target] = g.at
	}
	for _, r := range g.records {
		g.unsaved[r.Number] = g.at
		if r.isBan() {
			g.banned[r.Target] = g.at
		}
		for _, name := range []string{r.Before.Name, r.After.Name} {
			if name == "" {
				continue
			}
			if l.known(name) == nil {
				g.removed[name] = g.at
			}
			for _, login := range []string{name, strings.ToLower(name)} {
				l.keys.unsaved[login] = g.at
				l.choices.unsaved[login] = g.at
			}
		}
	}
}

// foldActs lets the acts of an entry take effect. l.mu is held.
func (l *Ledger) foldActs(e Entry, own bool) {
	for _, a := range e.Acts {
		r, err := l.foldAct(a, e)
		if own {
			l.acts.settle(r, err)
		}
	}
}

func (l *Ledger) foldAct(a Act, e Entry) (Record, error) {
	if err := a.check(); err != nil {
		return Record{}, err
	}
	if a.aboutPlayer() {
		now, ok := l.acts.follow(a.Target, e.Seen)
		if !ok {
			return Record{}, refuse("%s was deleted", a.Target)
		}
		a.Target = now
	}
	r := Record{
		Number: l.acts.last + 1, At: e.At.UTC().Truncate(time.Second),
		Do: a.Do, Who: a.Who, Key: a.Key, Why: a.Why, Target: a.Target,
	}
	l.pruneBans(r.At)
	if err := l.carryOut(a, &r); err != nil {
		return Record{}, err
	}
	l.acts.add(r)
	if a.Do != Kick && a.Do != Message {
		l.keys.revision++ // whose name is it now?
	}
	return r, nil
}
