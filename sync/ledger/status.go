package ledger

import (
	"iter"
	"maps"
	"slices"
	"time"

	"clickky/sync/game"
)

// Status is the ledger in numbers at one moment.
type Status struct {
	// Total is the global count: all clicks ever.
	Total uint64
	// Baseline is the part of Total that wasn't clicked in this server's time: the count at Open,
	// and what admins raised it by.
	Baseline uint64
	// Open reports whether people can play.
	Open bool
	// Players is the number of players who have ever clicked.
	Players int
	// Online is the number of names with sessions here. OnlineRevision changes whenever the names
	// do.
	Online         int
	OnlineRevision uint64
	// PublicRevision changes whenever IsPublic may have changed for a name.
	PublicRevision uint64
	// Unsaved is the number of clicks that the database doesn't have yet.
	Unsaved uint64
	// Unjournaled is the number of clicks made here that the log doesn't have for certain.
	Unjournaled uint64
	// LastAction is the number of the last admin action that took effect.
	LastAction uint64
	// Position is the position of the last applied event, and StorePosition that of the store, as
	// far as known.
	Position, StorePosition uint64
	// Today is about the current UTC day.
	Today game.DayStatus
	game.Health
	// Keys changes whenever a name gets or loses a key, and with each admin action that changes
	// something.
	Keys uint64
	// Milestone is the last milestone that the global count has reached since Open; nil if none.
	Milestone *game.Milestone
}

// Status returns the current status in constant time.
func (l *Ledger) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.startDay()
	raised := l.baseline
	if !l.isOpen {
		raised = l.total()
	}
	return Status{
		Total: l.total(), Baseline: raised, Open: l.isOpen, Players: l.ranking.size, Today: l.todayStatus(), Milestone: l.news.milestone,
		Online: len(l.online.sessions), OnlineRevision: l.online.revision, PublicRevision: l.publicRevision, Keys: l.keysRevision,
		LastAction: l.state.LastAction(), Position: l.state.Position(), StorePosition: l.storage.position,
		Unsaved: l.total() - l.storage.total, Unjournaled: l.unlogged, Health: l.health,
	}
}

// Online returns the names with sessions on this server, in any order, and a revision that changes
// whenever they do. If the caller already knows the revision, it returns no names. Revisions start
// at 1.
func (l *Ledger) Online(known uint64) (names []string, revision uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known == l.online.revision {
		return nil, known
	}
	names = slices.AppendSeq(make([]string, 0, len(l.online.sessions)), maps.Keys(l.online.sessions))
	return names, l.online.revision
}

// Offline returns how many of the names have no session here.
func (l *Ledger) Offline(names iter.Seq[string]) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range names {
		if l.online.sessions[name] == nil {
			n++
		}
	}
	return n
}

// Player returns the player with this login name and the player's rank, whether or not the player
// exists. Before the first click, the rank is that of Standing. Online considers only this server.
func (l *Ledger) Player(login string) (n ActivePlayer, rank int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.lookup(login)
	s := l.standing(login, p)
	n = ActivePlayer{Line: Line{Name: s.Name, Clicks: s.Clicks}, Online: l.online.sessions[s.Name] != nil}
	if p != nil {
		l.clock.read()
		n.Seen, n.Rate = p.seen, p.rate(l.clock.slot)
	}
	return n, s.Rank
}

// Last24Hours returns the last 24 hours of the player with this login name, as far as this server has
// seen or replayed them. It returns the zero value if there is no such player.
func (l *Ledger) Last24Hours(login string) game.Last24Hours {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.lookup(login)
	if p == nil {
		return game.Last24Hours{}
	}
	l.clock.read()
	now := l.clock.part
	d := game.Last24Hours{Until: time.Unix((int64(now)+1)*int64(dayPart/time.Second), 0).UTC()}
	if p.activity == nil {
		return d
	}
	for _, in := range p.activity.day {
		if ago := now - in.part; ago < game.DayParts { // future ones wrap around
			d.Clicks[game.DayParts-1-ago] = in.clicks
		}
	}
	return d
}

// Tick updates the clock of clicks. Reading the system clock for each click would cost more than
// the click. The caller must Tick ten times a second, or Sleep.
func (l *Ledger) Tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.read()
	l.clock.ticking = true
}

// Sleep announces that there will be no Tick until the next value in Wakeups.
func (l *Ledger) Sleep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock.ticking = false
	l.sleeping = true
}

// Wakeups returns a channel that gets a value at the first activity after Sleep. It is never
// closed.
func (l *Ledger) Wakeups() <-chan struct{} { return l.wakeups }

// Wake sends to Wakeups after Sleep, for activity outside the ledger.
func (l *Ledger) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
}

// wake sends to wakeups if the caller of Sleep is waiting.
func (g *guarded) wake() {
	if !g.sleeping {
		return
	}
	g.sleeping = false
	select {
	case g.wakeups <- struct{}{}:
	default:
	}
}
