package ledger

import (
	"iter"
	"time"

	"clickky/sync/game"
)

// Status is the ledger in numbers, as of one moment.
type Status struct {
	// Total is the global count: all clicks ever, by everybody.
	Total uint64
	// Raised is how much of Total is not clicks of this server's time: what it was opened with, and
	// what it was raised by.
	Raised uint64
	// Open reports whether people can play.
	Open bool
	// Players is how many players have ever scored.
	Players int
	// Online is how many different names have sessions here. OnlineRevision changes whenever they
	// do.
	Online         int
	OnlineRevision uint64
	// Unsaved is how many clicks the database does not have yet.
	Unsaved uint64
	// Unjournaled is how many of the clicks made here the log does not have, or not surely.
	Unjournaled uint64
	// Position is the position of the last event that was applied, StorePosition the one that the
	// store has, as far as is known.
	Position, StorePosition uint64
	game.Health
	// Keys changes whenever a name gets or loses a key, and when an admin has
	// changed something.
	Keys uint64
}

// Status returns how the ledger is now, in constant time.
func (l *Ledger) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	raised := l.raised
	if !l.isOpen {
		raised = l.total()
	}
	return Status{
		Total: l.total(), Raised: raised, Open: l.isOpen, Players: l.players(), Online: len(l.online), OnlineRevision: l.onlineRevision,
		Unsaved: l.total() - l.storage.total, Unjournaled: l.ahead, Position: l.state.Position(), StorePosition: l.storage.position,
		Health: l.health, Keys: l.keysRevision,
	}
}

// Online returns the names that have sessions on this server, in any order, and a
// revision that changes whenever they do; no names, if it is the one that the caller
// has already. Revisions begin with 1.
func (l *Ledger) Online(known uint64) (names []string, revision uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known == l.onlineRevision {
		return nil, known
	}
	names = make([]string, 0, len(l.online))
	for name := range l.online {
		names = append(names, name)
	}
	return names, l.onlineRevision
}

// Offline returns how many of the names have no session here.
func (l *Ledger) Offline(names iter.Seq[string]) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range names {
		if l.online[name] == nil {
			n++
		}
	}
	return n
}

// NearbyOf returns the player of that login name, and the player's rank, whether or not there is
// one; who has not scored yet stands where Standing says. Nobody is Online who has no session here.
func (l *Ledger) NearbyOf(login string) (n Nearby, rank int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.lookup(login)
	s := l.standing(login, p)
	n = Nearby{Line: Line{Name: s.Name, Clicks: s.Clicks}, Online: l.online[s.Name] != nil}
	if p != nil {
		l.clock.read()
		n.Seen, n.Rate = p.seen, l.rateOf(p)
	}
	return n, s.Rank
}

// DayOf returns the last day of the player of that login name as this server has
// seen it since it started, and as the events tell that it has replayed then. It
// is the zero Day when there is no such player.
func (l *Ledger) DayOf(login string) game.Day {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.lookup(login)
	if p == nil {
		return game.Day{}
	}
	l.clock.read()
	today := l.clock.part
	d := game.Day{Until: time.Unix((int64(today)+1)*int64(part/time.Second), 0).UTC()}
	if p.activity == nil {
		return d
	}
	for _, in := range p.activity.day {
		if ago := today - in.part; ago < game.DayParts { // those of the future wrap around
			d.Clicks[game.DayParts-1-ago] = in.clicks
		}
	}
	return d
}

// Tick keeps the clock that clicks go by for a moment: asking the system for each of them would
// cost more than the click does. Whoever ticks must do so ten times a second, or Doze.
func (l *Ledger) Tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.read()
	l.clock.kept = true
}

// Doze ends the ticks, and has Woken told of the next thing that happens.
func (l *Ledger) Doze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.kept = false
	l.dozing = true
}

// Woken gets a value when something happens after Doze. It is never closed.
func (l *Ledger) Woken() <-chan struct{} { return l.woken }

// Wake has Woken told, if somebody dozes, of what the ledger does not see.
func (l *Ledger) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stirred()
}

// stirred wakes who dozes.
func (b *book) stirred() {
	if !b.dozing {
		return
	}
	b.dozing = false
	select {
	case b.woken <- struct{}{}:
	default:
	}
}
