package terminal

import (
	"sync/atomic"
	"time"
)

// watchdog barks once, when something takes longer than it may. It has one
// timer, which is not set for each time that something begins: it looks now and
// then for as long as things happen, and sleeps when they do not. Time in which the
// whole process stood still, so that the timer is late, is not counted.
type watchdog struct {
	limit time.Duration
	bark  func()
	epoch time.Time
	timer *time.Timer

	since atomic.Int64 // when it began, since the epoch; 0: nothing goes on
	awake atomic.Bool  // the timer is set
	due   atomic.Int64 // for when, since the epoch
}

// barked is the value of since after the bark.
const barked = -1

// init makes a watchdog. Its other methods are for one goroutine.
func (w *watchdog) init(limit time.Duration, bark func()) {
	w.limit, w.bark, w.epoch = limit, bark, time.Now()
	w.timer = time.AfterFunc(limit, w.look)
	w.timer.Stop()
}

// begin says that something begins.
func (w *watchdog) begin() {
	w.since.Store(w.now())
	if !w.awake.Swap(true) {
		w.lookIn(w.limit)
	}
}

// now is the time since the epoch, and never 0.
func (w *watchdog) now() int64 { return int64(time.Since(w.epoch)) + 1 }

func (w *watchdog) lookIn(d time.Duration) {
	w.due.Store(w.now() + int64(d))
	w.timer.Reset(d)
}

// end says that it has ended. It reports false if the watchdog has barked.
func (w *watchdog) end() bool { return w.since.Swap(0) != barked }

// stop ends the looking.
func (w *watchdog) stop() { w.timer.Stop() }

// look is the timer's.
func (w *watchdog) look() {
	since := w.since.Load()
	if since == 0 {
		w.awake.Store(false)
		if w.since.Load() == 0 || w.awake.Swap(true) {
			return // it has begun meanwhile, and has set the timer itself
		}
		since = w.since.Load()
	}
	now := w.now()
	if stoodStill := now-w.due.Load() > int64(w.limit/10); stoodStill && since > 0 {
		w.since.CompareAndSwap(since, now) // the other side had no chance
		since = now
	}
	left := w.limit - time.Duration(now-since)
	if since > 0 && left < time.Millisecond && w.since.CompareAndSwap(since, barked) {
		w.bark()
		return
	}
	w.lookIn(max(left, time.Millisecond))
}
