package ledger

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// interval is the least time between two snapshots. While processor time
	// is short it is more, see pace.
	interval = 100 * time.Millisecond
	// doze is how long Run sleeps when nothing happens.
	doze = time.Second
	// phases spread the deliveries of one snapshot over the interval, so
	// that thousands of sessions do not all draw at the same instant.
	phases = 20
	// rateWindow is how many ticks, one in each interval, the clicks a second
	// are averaged over, and rateEvery how many pass until they are told anew.
	rateWindow = 30
	rateEvery  = 10
	// recentFor is how many ticks make the last moment.
	recentFor = 5
	// onlineEvery is how many ticks pass at least between two changes of who
	// is online: when a thousand players come, not everybody is told of each
	// of them.
	onlineEvery = 10
)

// Subscription is a mailbox with one slot that always holds the newest
// snapshot which its owner has not taken yet.
type Subscription struct {
	ledger *Ledger
	slot   atomic.Pointer[posted]
	ready  chan struct{}

	// Where it is among the subscribers. The ledger's mutex guards it.
	phase, place int
	closed       bool
}

// posted is a snapshot in the mailboxes of a phase.
type posted struct {
	snap *Snapshot
	at   time.Duration // since the ledger's epoch
}

// Subscribe returns a mailbox that holds a snapshot of now already. The
// caller must Close it.
func (l *Ledger) Subscribe() *Subscription { return l.SubscribeOn(make(chan struct{}, 1)) }

// SubscribeOn is Subscribe with a channel of the caller's, which has room for
// one value: it gets one whenever the slot is filled, unless it has one. The
// caller may use it for other news as well.
func (l *Ledger) SubscribeOn(ready chan struct{}) *Subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &Subscription{ledger: l, phase: l.nextSub % phases, ready: ready}
	l.nextSub++
	s.place = len(l.subs[s.phase])
	l.subs[s.phase] = append(l.subs[s.phase], s)
	s.fill(&posted{l.shown(time.Now()), l.now()})
	return s
}

// Ready has a value when there may be a snapshot to take. It is never closed.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take takes the newest snapshot out of the slot; nil when there is none that
// was not taken yet. Whoever is late to take, for there is no processor time,
// has snapshots come more seldom.
func (s *Subscription) Take() *Snapshot {
	p := s.slot.Swap(nil)
	if p == nil {
		return nil
	}
	s.ledger.pace.took(s.ledger.now() - p.at)
	return p.snap
}

// Newest is what Take would return now, without taking it.
func (s *Subscription) Newest() *Snapshot {
	if p := s.slot.Load(); p != nil {
		return p.snap
	}
	return nil
}

// fill replaces what is in the slot. It waits for nobody.
func (s *Subscription) fill(p *posted) {
	s.slot.Store(p)
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// now is the time since the ledger was made.
func (l *Ledger) now() time.Duration { return time.Since(l.epoch) }

// Close ends the deliveries.
func (s *Subscription) Close() {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	all := s.ledger.subs[s.phase]
	last := all[len(all)-1]
	all[s.place], last.place = last, s.place
	all[len(all)-1] = nil
	s.ledger.subs[s.phase] = all[:len(all)-1]
}

// Run publishes snapshots until ctx ends: at most ten a second, fewer while
// there is no processor time to show them, and only when something has changed.
func (l *Ledger) Run(ctx context.Context) {
	deliveries := make(chan delivery)
	var delivering sync.WaitGroup
	defer delivering.Wait()
	defer l.stopClock()
	delivering.Go(func() { l.deliverAll(ctx, deliveries) })
	var published, looked time.Duration
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for quiet := 0; l.rest(ctx, ticks, quiet); quiet++ {
		l.tick()
		now := l.now()
		l.turned.Store(int64(now))
		if now-looked >= paceEvery {
			looked = now
			l.pace.look()
		}
		// A tick that comes a little early counts as one that is in time.
		if now-published < l.pace.interval()-interval/2 {
			continue
		}
		if snap, changed := l.renew(time.Now()); changed {
			published, quiet = now, 0
			select {
			case deliveries <- delivery{snap, l.pace.interval()}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// rest waits until the next tick, and reports whether ctx goes on. When nothing
// has changed for many ticks, it waits for somebody to click or to come, but
// looks now and then for what nobody stirs up, such as the age of the last save.
func (l *Ledger) rest(ctx context.Context, ticks *time.Ticker, quiet int) bool {
	if quiet > rateWindow && l.mayDoze() {
		ticks.Reset(doze)
		defer ticks.Reset(interval)
	}
	select {
	case <-ctx.Done():
		return false
	case <-l.stir:
	case <-ticks.C:
	}
	return true
}

// mayDoze tells whether the last minute has gone by without a click, so that it
// lacks no ticks; from then on clicks are told to wake Run.
func (l *Ledger) mayDoze() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dozing = l.history.now.Peak == 0
	l.clock.kept = !l.dozing
	return l.dozing
}

// stirred wakes a Run that dozes. l.mu is held.
func (l *Ledger) stirred() {
	if !l.dozing {
		return
	}
	l.dozing = false
	select {
	case l.stir <- struct{}{}:
	default:
	}
}

// tick ends an interval.
func (l *Ledger) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tickClock()
	l.rate.tick(l.total)
	if l.rate.ticks%recentFor == 0 {
		l.settled = l.total
	}
	if l.rate.ticks%rateEvery == 0 {
		l.history.second(l.total)
	}
	l.milestones.tick(l.total, l.rate.ticks)
}

// renew makes a snapshot and tells whether it differs from the latest.
func (l *Ledger) renew(now time.Time) (*Snapshot, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	snap := l.shown(now)
	if snap == l.latest {
		return nil, false
	}
	if snap.Online != l.latest.Online {
		l.onlineAt = l.rate.ticks
	}
	l.latest = snap
	return snap, true
}

// shown is the game as mailboxes get it: the latest one if it is still that, so
// that those who come meanwhile have the same as all others. l.mu is held.
func (l *Ledger) shown(now time.Time) *Snapshot {
	snap := l.snapshot(now)
	if l.latest.Online > 0 && l.rate.ticks-l.onlineAt < onlineEvery {
		snap.Online = l.latest.Online
	}
	if *snap == *l.latest {
		return l.latest
	}
	return snap
}

// delivery is a snapshot for everybody, and the time there is to deliver it.
type delivery struct {
	snap *Snapshot
	in   time.Duration
}

// deliverAll delivers until ctx ends.
func (l *Ledger) deliverAll(ctx context.Context, deliveries <-chan delivery) {
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-deliveries:
			l.deliver(ctx, d)
		}
	}
}

// deliver hands the snapshot to one phase of subscribers after the other, at
// times that do not drift.
func (l *Ledger) deliver(ctx context.Context, d delivery) {
	begun := time.Now()
	for phase := range l.subs {
		if !l.deliverPhase(phase, d.snap) || phase == phases-1 {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(begun.Add(d.in * time.Duration(phase+1) / phases))):
		}
	}
}

// deliverPhase tells whether the phase has subscribers.
func (l *Ledger) deliverPhase(phase int, snap *Snapshot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &posted{snap, l.now()}
	for _, s := range l.subs[phase] {
		s.fill(p)
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
		Recent:    l.total - l.settled,
		Players:   len(l.players),
		Online:    len(l.online) + l.away.only,
		Rate:      l.rate.told,
		History:   l.history.told,
		Best:      l.history.best,
		Milestone: l.milestones.reached,
		Unsaved:   l.total - l.storage.total,
		LastSaved: l.storage.lastSaved,
		StoreDown: l.storage.down,

		StoreRefuses: l.storage.down && l.storage.refuses,

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
	ticks  int
	told   float64 // as of the last time it was told
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
	if r.ticks++; r.ticks%rateEvery == 0 {
		r.told = r.perSecond()
	}
}

// perSecond is the average over the window, to one decimal.
func (r *rate) perSecond() float64 {
	newest := r.totals[(r.next+rateWindow)%len(r.totals)]
	oldest := r.totals[r.next]
	const seconds = rateWindow * float64(interval) / float64(time.Second)
	return math.Round(float64(newest-oldest)/seconds*10) / 10
}
