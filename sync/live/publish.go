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
	// interval is the minimum time between two snapshots. With thousands of sessions, or while the
	// CPU is short, a session doesn't get all of them: see pace.
	interval = 100 * time.Millisecond
	// sleepInterval is the time between two ticks while nothing happens.
	sleepInterval = time.Second
	// phases is how many groups of sessions get a snapshot one after the other, spread over the
	// interval, so that thousands of sessions don't draw at the same instant.
	phases = 20
	// rateWindow is how many ticks the clicks per second are averaged over, and rateEvery how many
	// pass between two updates.
	rateWindow = 30
	rateEvery  = 10
	// recentTicks is the maximum number of ticks that Snapshot.Recent covers.
	recentTicks = 5
	// onlineEvery is the minimum number of ticks between two changes of Snapshot.Online, so that a
	// thousand new sessions don't cause a thousand updates of every screen.
	onlineEvery = 10
)

// Subscription is a mailbox with one slot. It holds the newest snapshot until the owner takes it.
type Subscription struct {
	live  *Live
	slot  atomic.Pointer[timedSnapshot]
	ready chan struct{}
	phase int
}

// timedSnapshot is a snapshot with the time when it was put into mailboxes.
type timedSnapshot struct {
	snap *Snapshot
	at   time.Duration // since the epoch
}

// Subscribe returns a mailbox that already holds a current snapshot. The caller must Close it.
func (v *Live) Subscribe() *Subscription { return v.SubscribeOn(make(chan struct{}, 1)) }

// SubscribeOn is Subscribe with the caller's channel, which must have a buffer of one. It gets a
// value whenever the slot is filled, unless it has one. The caller may use it for other
// notifications, too.
func (v *Live) SubscribeOn(ready chan struct{}) *Subscription {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := &Subscription{live: v, phase: v.nextPhase % phases, ready: ready}
	v.nextPhase++
	isFirst := !v.hasSubscribers()
	v.subs[s.phase] = append(v.subs[s.phase], s)
	if isFirst { // the list was last updated for one who has left
		v.updatePeople(v.ledger.Status())
	}
	s.put(&timedSnapshot{v.nextSnapshot(time.Now()), v.now()})
	return s
}

// Ready returns a channel that has a value when there may be a snapshot to take. It is never
// closed.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take removes the snapshot from the slot and returns it; nil if the slot is empty. If owners take
// snapshots late, because the CPU is short, snapshots become less frequent.
func (s *Subscription) Take() *Snapshot {
	p := s.slot.Swap(nil)
	if p == nil {
		return nil
	}
	s.live.pace.recordDelay(s.live.now() - p.at)
	return p.snap
}

// Newest returns the snapshot in the slot without removing it; nil if the slot is empty.
func (s *Subscription) Newest() *Snapshot {
	if p := s.slot.Load(); p != nil {
		return p.snap
	}
	return nil
}

// put replaces the snapshot in the slot. It never blocks.
func (s *Subscription) put(p *timedSnapshot) {
	s.slot.Store(p)
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

func (v *Live) now() time.Duration { return time.Since(v.epoch) }

// Close ends deliveries. Calling it again does nothing.
func (s *Subscription) Close() {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	subs := &s.live.subs[s.phase]
	if i := slices.Index(*subs, s); i >= 0 {
		*subs = slices.Delete(*subs, i, i+1)
	}
}

// Run publishes snapshots until ctx ends: only when something changed, and at most ten a second.
// With thousands of sessions, or while the CPU is short, each snapshot goes only to some of them, in
// turn.
func (v *Live) Run(ctx context.Context) {
	deliveries := make(chan delivery)
	var delivering sync.WaitGroup
	defer delivering.Wait()
	defer close(deliveries)
	defer v.ledger.Sleep()
	delivering.Go(func() {
		for d := range deliveries {
			v.deliver(ctx, d)
		}
	})
	var looked time.Duration
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for quiet, turn := 0, 0; v.wait(ctx, ticks, quiet); quiet, turn = quiet+1, turn+1 {
		v.tick()
		now := v.now()
		v.lastTick.Store(int64(now))
		if now-looked >= paceEvery {
			looked = now
			v.pace.adapt(v.subscriptions())
		}
		snap, changed := v.refresh(time.Now())
		if changed {
			quiet = 0
		}
		turns := int(v.pace.interval() / interval)
		deliveries <- delivery{snap, turn % turns, turns}
	}
}

// subscriptions returns the number of mailboxes.
func (v *Live) subscriptions() (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, subs := range v.subs {
		n += len(subs)
	}
	return n
}

// SinceLastTick returns how long ago Run last ticked, or the Live was made if it never has. Run
// ticks at least once a second and locks the ledger's mutex each time, so a much longer time means
// that it hangs. SinceLastTick never blocks.
func (v *Live) SinceLastTick() time.Duration {
	return v.now() - time.Duration(v.lastTick.Load())
}

// wait waits for the next tick, and reports whether ctx is still running. If nothing has changed
// for many ticks, it waits for activity, and ticks once a second for what causes none, such as the
// age of the last save.
func (v *Live) wait(ctx context.Context, ticks *time.Ticker, quiet int) bool {
	if quiet > rateWindow && v.maySleep() {
		ticks.Reset(sleepInterval)
		defer ticks.Reset(interval)
	}
	select {
	case <-ctx.Done():
		return false
	case <-v.ledger.Wakeups():
	case <-ticks.C:
	}
	return true
}

// maySleep reports whether a minute passed without a click, so that the history needs no ticks.
// Then the ledger wakes Run.
func (v *Live) maySleep() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.history.now.Peak > 0 {
		return false
	}
	v.ledger.Sleep()
	return true
}

// tick ends an interval.
func (v *Live) tick() {
	v.ledger.Tick()
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.ledger.Status()
	clicks := s.Total - s.Baseline
	v.rate.tick(clicks)
	if v.rate.ticks%recentTicks == 0 {
		v.settled = clicks
	}
	if v.rate.ticks%rateEvery == 0 || s.Today.Date != v.leadersDate {
		v.leaders, v.leadersDate = s.Today.Leaders, s.Today.Date
	}
	if v.rate.ticks%rateEvery == 0 && v.history.endSecond(clicks) {
		v.news.addRecord(&v.history)
	}
	if v.now()-v.people.updated >= peopleEvery-interval/2 { // a tick may be slightly early
		v.updatePeople(s)
	}
	v.celebration.tick(s.Milestone, v.rate.ticks)
	v.updateNews(s.PublicRevision)
}

// refresh makes a snapshot, and reports whether it differs from the latest, which it otherwise
// returns.
func (v *Live) refresh(now time.Time) (*Snapshot, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	snap := v.nextSnapshot(now)
	if snap == v.latest {
		return snap, false
	}
	if snap.Online != v.latest.Online {
		v.onlineChangedAt = v.rate.ticks
	}
	v.latest = snap
	return snap, true
}

// nextSnapshot returns the snapshot for mailboxes: the latest one if nothing changed, so that new
// sessions share it with all others. v.mu is held.
func (v *Live) nextSnapshot(now time.Time) *Snapshot {
	snap := v.snapshot(now)
	if v.latest.Online > 0 && v.rate.ticks-v.onlineChangedAt < onlineEvery {
		snap.Online = v.latest.Online
	}
	if *snap == *v.latest {
		return v.latest
	}
	return snap
}

// delivery is a snapshot for the mailboxes of every turns-th phase.
type delivery struct {
	snap        *Snapshot
	turn, turns int
}

// deliver puts a snapshot into the mailboxes of one phase after the other, without drift, until ctx
// ends or the interval is over.
func (v *Live) deliver(ctx context.Context, d delivery) {
	start := time.Now()
	for phase := d.turn; phase < phases; phase += d.turns {
		if !v.deliverPhase(phase, d.snap) || phase+d.turns >= phases {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(start.Add(interval * time.Duration(phase+d.turns) / phases))):
		}
	}
}

// deliverPhase reports whether the phase has subscribers without the snapshot.
func (v *Live) deliverPhase(phase int, snap *Snapshot) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.delivered[phase] == snap {
		return false
	}
	v.delivered[phase] = snap
	p := &timedSnapshot{snap, v.now()}
	for _, s := range v.subs[phase] {
		s.put(p)
	}
	return len(v.subs[phase]) > 0
}

// Latest returns a snapshot of the current game.
func (v *Live) Latest() *Snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.snapshot(time.Now())
}

// snapshot makes a snapshot. v.mu is held.
func (v *Live) snapshot(now time.Time) *Snapshot {
	is := v.ledger.Status()
	s := &Snapshot{
		Total:     is.Total,
		Recent:    is.Total - is.Baseline - v.settled,
		Players:   is.Players,
		Online:    is.Online + v.presence.countElsewhereOnly(v.ledger, is.OnlineRevision),
		Rate:      v.rate.published,
		History:   v.history.published,
		Best:      v.history.best,
		Today:     is.Today,
		Milestone: v.celebration.shown,
		News:      v.news.list,
		Unsaved:   is.Unsaved,
		Health:    is.Health,
		Keys:      is.Keys,
		People:    v.people.list,
	}
	s.Today.Leaders = v.leaders
	if is.JournalDown {
		s.Unjournaled = is.Unjournaled
	}
	if !s.LastSaved.IsZero() {
		s.SavedAge = roundAge(now.Sub(s.LastSaved))
	}
	return s
}

// roundAge rounds an age down: to ten seconds below a minute, to a minute below an hour, else to an
// hour.
func roundAge(age time.Duration) time.Duration {
	switch {
	case age < time.Minute:
		return max(age, 0).Truncate(10 * time.Second)
	case age < time.Hour:
		return age.Truncate(time.Minute)
	default:
		return age.Truncate(time.Hour)
	}
}

// rate has the clicks until the end of the last intervals.
type rate struct {
	totals    [rateWindow + 1]uint64
	next      int
	ticks     int
	published float64 // as last published
}

// tick ends an interval.
func (r *rate) tick(total uint64) {
	r.totals[r.next] = total
	r.next = (r.next + 1) % len(r.totals)
	if r.ticks++; r.ticks%rateEvery == 0 {
		r.published = r.perSecond()
	}
}

// perSecond returns the average over the window, to one decimal.
func (r *rate) perSecond() float64 {
	newest := r.totals[(r.next+rateWindow)%len(r.totals)]
	oldest := r.totals[r.next]
	const seconds = rateWindow * float64(interval) / float64(time.Second)
	return math.Round(float64(newest-oldest)/seconds*10) / 10
}
