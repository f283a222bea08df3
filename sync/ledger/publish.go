package ledger

import (
	"context"
	"math"
	"time"
)

const (
	// interval is the least time between two snapshots.
	interval = 100 * time.Millisecond
	// phases spread the deliveries of one snapshot over the interval, so
	// that thousands of sessions do not all draw at the same instant.
	phases = 10
	// rateWindow is how many intervals the clicks a second are averaged over.
	rateWindow = 30
)

// Subscription is a mailbox with one slot that always holds the newest
// snapshot which its owner has not taken yet.
type Subscription struct {
	ledger *Ledger
	phase  int
	slot   chan *Snapshot
}

// Subscribe returns a mailbox that holds a snapshot of now already. The
// caller must Close it.
func (l *Ledger) Subscribe() *Subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &Subscription{ledger: l, phase: l.nextSub % phases, slot: make(chan *Snapshot, 1)}
	l.nextSub++
	l.subs[s.phase][s] = struct{}{}
	s.slot <- l.snapshot(time.Now())
	return s
}

// Snapshots delivers the newest snapshot each time there is one. Those that
// the reader was too slow for are skipped. It is never closed.
func (s *Subscription) Snapshots() <-chan *Snapshot { return s.slot }

// Close ends the deliveries.
func (s *Subscription) Close() {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	delete(s.ledger.subs[s.phase], s)
}

// put replaces what is in the slot. Only one goroutine at a time may call it
// (the ledger's mutex sees to that), so that the send always finds room.
func (s *Subscription) put(snap *Snapshot) {
	select {
	case <-s.slot:
	default:
	}
	s.slot <- snap
}

// Run publishes snapshots until ctx ends: at most ten a second, and only when
// something has changed.
func (l *Ledger) Run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if snap, changed := l.renew(time.Now()); changed {
			l.deliver(ctx, snap)
		}
	}
}

// renew makes a snapshot and tells whether it differs from the latest.
func (l *Ledger) renew(now time.Time) (*Snapshot, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate.tick(l.total)
	snap := l.snapshot(now)
	if *snap == *l.latest {
		return nil, false
	}
	l.latest = snap
	return snap, true
}

// deliver hands the snapshot to one phase of subscribers after the other.
func (l *Ledger) deliver(ctx context.Context, snap *Snapshot) {
	for phase := range l.subs {
		if !l.deliverPhase(phase, snap) || phase == phases-1 {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval / phases):
		}
	}
}

// deliverPhase tells whether the phase has subscribers.
func (l *Ledger) deliverPhase(phase int, snap *Snapshot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.subs[phase] {
		s.put(snap)
	}
	return len(l.subs[phase]) > 0
}

// Latest is the game as it is now.
func (l *Ledger) Latest() *Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.snapshot(time.Now())
}

// snapshot copies the state. l.mu is held.
func (l *Ledger) snapshot(now time.Time) *Snapshot {
	s := &Snapshot{
		Total:     l.total,
		Players:   len(l.players),
		Online:    len(l.online),
		Rate:      l.rate.perSecond(),
		Unsaved:   l.total - l.storage.total,
		LastSaved: l.storage.lastSaved,
		StoreDown: l.storage.down,

		JournalDown: l.journal.down,
		Ownership:   l.storage.ownership,
		Keys:        l.keys.revision,
	}
	if l.journal.down {
		s.Unjournaled = l.total - l.journal.total
	}
	if !s.LastSaved.IsZero() {
		s.SavedAge = coarse(now.Sub(s.LastSaved))
	}
	return s
}

// coarse rounds an age down: to ten seconds below a minute, to a minute below
// an hour, to an hour above.
func coarse(age time.Duration) time.Duration {
	switch {
	case age < time.Minute:
		return max(age, 0).Truncate(10 * time.Second)
	case age < time.Hour:
		return age.Truncate(time.Minute)
	default:
		return age.Truncate(time.Hour)
	}
}

// rate remembers the global count of the last intervals.
type rate struct {
	totals [rateWindow + 1]uint64
	next   int
}

// reset forgets the past, so that loading is not taken for clicking.
func (r *rate) reset(total uint64) {
	for i := range r.totals {
		r.totals[i] = total
	}
}

// tick ends an interval.
func (r *rate) tick(total uint64) {
	r.totals[r.next] = total
	r.next = (r.next + 1) % len(r.totals)
}

// perSecond is the average over the window, to one decimal.
func (r *rate) perSecond() float64 {
	newest := r.totals[(r.next+rateWindow)%len(r.totals)]
	oldest := r.totals[r.next]
	const seconds = rateWindow * float64(interval) / float64(time.Second)
	return math.Round(float64(newest-oldest)/seconds*10) / 10
}
