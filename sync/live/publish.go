package live

import (
	"context"
	"math"
	"slices"
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
	live  *Live
	slot  atomic.Pointer[posted]
	ready chan struct{}
	phase int
}

// posted is a snapshot in the mailboxes of a phase.
type posted struct {
	snap *Snapshot
	at   time.Duration // since the epoch
}

// Subscribe returns a mailbox that holds a snapshot of now already. The
// caller must Close it.
func (v *Live) Subscribe() *Subscription { return v.SubscribeOn(make(chan struct{}, 1)) }

// SubscribeOn is Subscribe with a channel of the caller's, which has room for
// one value: it gets one whenever the slot is filled, unless it has one. The
// caller may use it for other news as well.
func (v *Live) SubscribeOn(ready chan struct{}) *Subscription {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := &Subscription{live: v, phase: v.nextSub % phases, ready: ready}
	v.nextSub++
	v.subs[s.phase] = append(v.subs[s.phase], s)
	s.fill(&posted{v.shown(time.Now()), v.now()})
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
	s.live.pace.took(s.live.now() - p.at)
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

// now is the time since the Live was made.
func (v *Live) now() time.Duration { return time.Since(v.epoch) }

// Close ends the deliveries. Closing again does nothing.
func (s *Subscription) Close() {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	subs := &s.live.subs[s.phase]
	if i := slices.Index(*subs, s); i >= 0 {
		*subs = slices.Delete(*subs, i, i+1)
	}
}

// Run publishes snapshots until ctx ends: at most ten a second, fewer while
// there is no processor time to show them, and only when something has changed.
func (v *Live) Run(ctx context.Context) {
	deliveries := make(chan delivery)
	var delivering sync.WaitGroup
	defer delivering.Wait()
	defer close(deliveries)
	defer v.ledger.Doze()
	delivering.Go(func() {
		for d := range deliveries {
			v.deliver(ctx, d)
		}
	})
	var published, looked time.Duration
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for quiet := 0; v.rest(ctx, ticks, quiet); quiet++ {
		v.tick()
		now := v.now()
		v.turned.Store(int64(now))
		if now-looked >= paceEvery {
			looked = now
			v.pace.look()
		}
		// A tick that comes a little early counts as one that is in time.
		if now-published < v.pace.interval()-interval/2 {
			continue
		}
		if snap, changed := v.renew(time.Now()); changed {
			published, quiet = now, 0
			deliveries <- delivery{snap, v.pace.interval()}
		}
	}
}

// SinceTurn returns how long ago Run last turned over, or the Live was made when it
// never has. Run turns over at least once a second, even when nothing happens,
// and takes the ledger's mutex each time: much more means that it hangs. It waits
// for nothing, not even for that mutex.
func (v *Live) SinceTurn() time.Duration {
	return v.now() - time.Duration(v.turned.Load())
}

// rest waits until the next tick, and reports whether ctx goes on. When nothing
// has changed for many ticks, it waits for somebody to click or to come, but
// looks now and then for what nobody stirs up, such as the age of the last save.
func (v *Live) rest(ctx context.Context, ticks *time.Ticker, quiet int) bool {
	if quiet > rateWindow && v.mayDoze() {
		ticks.Reset(doze)
		defer ticks.Reset(interval)
	}
	select {
	case <-ctx.Done():
		return false
	case <-v.ledger.Woken():
	case <-ticks.C:
	}
	return true
}

// mayDoze reports whether the last minute has gone by without a click, so that it
// lacks no ticks; from then on the ledger wakes Run.
func (v *Live) mayDoze() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.history.now.Peak > 0 {
		return false
	}
	v.ledger.Doze()
	return true
}

// tick ends an interval.
func (v *Live) tick() {
	v.ledger.Tick()
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.ledger.Status()
	clicks := s.Total - s.Raised
	v.rate.tick(clicks)
	if v.rate.ticks%recentFor == 0 {
		v.settled = clicks
	}
	if v.rate.ticks%rateEvery == 0 {
		v.history.second(clicks)
	}
	if s.Open && !v.milestones.started {
		v.milestones.start(s.Raised)
	}
	if s.Open {
		v.milestones.tick(s.Total, v.rate.ticks)
	}
}

// renew makes a snapshot and tells whether it differs from the latest.
func (v *Live) renew(now time.Time) (*Snapshot, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	snap := v.shown(now)
	if snap == v.latest {
		return nil, false
	}
	if snap.Online != v.latest.Online {
		v.onlineAt = v.rate.ticks
	}
	v.latest = snap
	return snap, true
}

// shown is the game as mailboxes get it: the latest one if it is still that, so
// that those who come meanwhile have the same as all others. v.mu is held.
func (v *Live) shown(now time.Time) *Snapshot {
	snap := v.snapshot(now)
	if v.latest.Online > 0 && v.rate.ticks-v.onlineAt < onlineEvery {
		snap.Online = v.latest.Online
	}
	if *snap == *v.latest {
		return v.latest
	}
	return snap
}

// delivery is a snapshot for everybody, and the time there is to deliver it.
type delivery struct {
	snap *Snapshot
	in   time.Duration
}

// deliver hands the snapshot to one phase of subscribers after the other, at
// times that do not drift, until ctx ends.
func (v *Live) deliver(ctx context.Context, d delivery) {
	begun := time.Now()
	for phase := range v.subs {
		if !v.deliverPhase(phase, d.snap) || phase == phases-1 {
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
func (v *Live) deliverPhase(phase int, snap *Snapshot) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := &posted{snap, v.now()}
	for _, s := range v.subs[phase] {
		s.fill(p)
	}
	return len(v.subs[phase]) > 0
}

// Latest is the game as it is now.
func (v *Live) Latest() *Snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.snapshot(time.Now())
}

// snapshot copies the state. v.mu is held.
func (v *Live) snapshot(now time.Time) *Snapshot {
	is := v.ledger.Status()
	s := &Snapshot{
		Total:     is.Total,
		Recent:    is.Total - is.Raised - v.settled,
		Players:   is.Players,
		Online:    is.Online + v.presence.onlyElsewhere(v.ledger, is.OnlineRevision),
		Rate:      v.rate.told,
		History:   v.history.told,
		Best:      v.history.best,
		Milestone: v.milestones.reached,
		Unsaved:   is.Unsaved,
		Health:    is.Health,
		Keys:      is.Keys,
	}
	if is.JournalDown {
		s.Unjournaled = is.Unjournaled
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

// rate remembers the clicks until the end of the last intervals.
type rate struct {
	totals [rateWindow + 1]uint64
	next   int
	ticks  int
	told   float64 // as of the last time it was told
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
