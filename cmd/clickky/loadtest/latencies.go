package loadtest

import (
	"slices"
	"sort"
	"sync"
	"time"
)

// latencies collects what the sampled screens show and derives latencies from it.
type latencies struct {
	own, others          *histogram
	elsewhere, catchesUp *histogram // on the screens of other servers

	mu       sync.Mutex
	screens  []*sampledScreen
	turn     turn      // who may press
	inTurns  bool      // presses count for other servers, and for nothing else
	from, to time.Time // presses in between count; zero: not yet
	presses  int       // of all clickers, sampled or not
	pressed  int       // all presses in the window
	last     press     // the newest of those on a sampled screen
	lastOn   int       // the server of that
	moved    time.Time // when a screen showed a new count last

	// unwatched is the part of the global count that doesn't come from the own counts of all screens,
	// on a complete screen.
	unwatched uint64

	probes []probe // seen on the own screen, not yet looked for on the others
}

// probe is a press that the player's own screen has shown.
type probe struct {
	by    *sampledScreen
	at    time.Time
	total uint64 // what a screen must show to have seen it
}

func newLatencies() *latencies {
	return &latencies{
		own: newHistogram(), others: newHistogram(), elsewhere: newHistogram(), catchesUp: newHistogram(), turn: everybody,
	}
}

// begin starts and end closes the window in which presses count.
func (e *latencies) begin(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.from = at
}

func (e *latencies) end(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.to = at
}

// counts reports whether a press at that time is inside the window. The caller holds e.mu.
func (e *latencies) counts(at time.Time) bool {
	return !e.from.IsZero() && !at.Before(e.from) && (e.to.IsZero() || at.Before(e.to))
}

// press notes that a clicker of a server is about to press space, and reports whether it may; y may
// be nil.
func (e *latencies) press(y *sampledScreen, server int) bool {
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.mayPress(y, server) {
		return false
	}
	e.pressed++
	if e.counts(now) && !e.inTurns {
		e.presses++
	}
	if y == nil || !y.known {
		return true
	}
	if len(y.pending) > 0 && now.Sub(y.pending[0].at) > unseenAfter {
		e.giveUp(y)
	}
	e.last, e.lastOn = press{at: now, want: y.own + uint64(len(y.pending)) + 1}, server
	y.pending = append(y.pending, e.last)
	return true
}

// giveUp counts presses that the own screen doesn't show as unseen. The caller holds e.mu.
func (e *latencies) giveUp(y *sampledScreen) {
	missed := e.own
	if e.inTurns {
		missed = e.elsewhere
	}
	for _, p := range y.pending {
		if e.counts(p.at) {
			missed.miss()
		}
	}
	y.pending = y.pending[:0]
}

// look notes the counts of a complete frame.
func (e *latencies) look(y *sampledScreen, now time.Time, own, total uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !y.known || total > y.total {
		y.seen = append(y.seen, sighting{now, total})
		e.moved = now
	}
	y.own, y.total, y.known = own, max(total, y.total), true
	n := 0
	for ; n < len(y.pending) && y.pending[n].want <= own; n++ {
		p := y.pending[n]
		if e.counts(p.at) {
			if !e.inTurns {
				e.own.add(now.Sub(p.at))
			}
			e.probes = append(e.probes, probe{by: y, at: p.at, total: total})
		}
	}
	y.pending = slices.Delete(y.pending, 0, n)
}

// lose notes that the connection of a sampled screen has ended.
func (e *latencies) lose(y *sampledScreen) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.giveUp(y)
	y.known = false
}

// settle looks for the presses before a time on the other screens, and forgets what is no longer
// needed.
func (e *latencies) settle(before time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var later []probe
	for _, p := range e.probes {
		if !p.at.Before(before) {
			later = append(later, p)
			continue
		}
		for _, y := range e.screens {
			if y != p.by && y.known && (y.server != p.by.server) == e.inTurns {
				e.find(p, y)
			}
		}
	}
	e.probes = later
	for _, y := range e.screens {
		// No screen shows a press before it was made.
		n := sort.Search(len(y.seen), func(i int) bool { return !y.seen[i].at.Before(before) })
		y.seen = slices.Delete(y.seen, 0, n)
	}
}

// find looks for a press on another screen. The caller holds e.mu.
func (e *latencies) find(p probe, y *sampledScreen) {
	found := e.others
	if e.inTurns {
		found = e.elsewhere
	}
	i := sort.Search(len(y.seen), func(i int) bool { return y.seen[i].total >= p.total })
	if i == len(y.seen) {
		found.miss()
		return
	}
	found.add(y.seen[i].at.Sub(p.at))
}

// awaited reports whether any press that counts still has to appear on a screen.
func (e *latencies) awaited() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	last := make(map[int]uint64) // on each server
	for _, p := range e.probes {
		last[p.by.server] = max(last[p.by.server], p.total)
	}
	for _, y := range e.screens {
		if y.known && y.total < last[y.server] || len(y.pending) > 0 && e.counts(y.pending[0].at) {
			return true
		}
	}
	return false
}

// close closes all emulators. They are no longer in use.
func (e *latencies) close() {
	e.mu.Lock()
	screens := e.screens
	e.mu.Unlock()
	for _, y := range screens {
		y.close()
	}
}

// conclude settles everything and reports the result.
func (e *latencies) conclude(r *Report) {
	e.settle(time.Now())
	e.mu.Lock()
	for _, y := range e.screens {
		e.giveUp(y)
	}
	r.Presses, r.Pressed = e.presses, e.pressed
	e.mu.Unlock()
	r.OwnScreen, r.OtherScreens = e.own.latency(), e.others.latency()
	r.OtherServers, r.CatchingUp = e.elsewhere.latency(), e.catchesUp.latency()
}
