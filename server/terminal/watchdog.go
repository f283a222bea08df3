package terminal

import (
	"sync/atomic"
	"time"
)

// watchdog calls onTimeout once, when an operation takes longer than limit. Its timer isn't set for
// each operation: it checks now and then while operations happen, and stops when none do. Time
// during which the whole process was suspended, so that the timer is late, isn't counted.
type watchdog struct {
	limit     time.Duration
	onTimeout func()
	start     time.Time
	timer     *time.Timer

	since       atomic.Int64 // when the operation began, since start; 0: none is running
	isScheduled atomic.Bool  // the timer is set
	due         atomic.Int64 // when the timer is due, since start
}

// timedOut is the value of since after the timeout.
const timedOut = -1

// init prepares a watchdog. Its other methods are for one goroutine.
func (w *watchdog) init(limit time.Duration, onTimeout func()) {
	w.limit, w.onTimeout, w.start = limit, onTimeout, time.Now()
	w.timer = time.AfterFunc(limit, w.check)
	w.timer.Stop()
}

func (w *watchdog) begin() {
	w.since.Store(w.now())
	if !w.isScheduled.Swap(true) {
		w.schedule(w.limit)
	}
}

// now returns the time since start. It is never 0.
func (w *watchdog) now() int64 { return int64(time.Since(w.start)) + 1 }

func (w *watchdog) schedule(d time.Duration) {
	w.due.Store(w.now() + int64(d))
	w.timer.Reset(d)
}

// end ends the operation. It returns false if it timed out.
func (w *watchdog) end() bool { return w.since.Swap(0) != timedOut }

// check is the timer's function.
func (w *watchdog) check() {
	since := w.since.Load()
	if since == 0 {
		w.isScheduled.Store(false)
		if w.since.Load() == 0 || w.isScheduled.Swap(true) {
			return // an operation has begun and set the timer
		}
		since = w.since.Load()
	}
	now := w.now()
	if wasPaused := now-w.due.Load() > int64(w.limit/10); wasPaused && since > 0 {
		w.since.CompareAndSwap(since, now) // the client had no chance to read
		since = now
	}
	left := w.limit - time.Duration(now-since)
	if since > 0 && left < time.Millisecond && w.since.CompareAndSwap(since, timedOut) {
		w.onTimeout()
		return
	}
	w.schedule(max(left, time.Millisecond))
}
