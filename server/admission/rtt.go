package admission

import (
	"sync/atomic"
	"time"
)

// RTT measures whether a connection's round trip is slow, so that players see their own
// presses late. The answer to a ping arrives after all frames that were sent before it. The
// duration of a write shows nothing, because buffers have room for minutes of frames.
//
// A measurement needs a press, so idle sessions get no extra pings; Keepalive's pings notice
// when a link is fine again. A client that never answered doesn't count as slow, because
// some clients can't answer.
type RTT struct {
	slowTrip, every time.Duration

	due         time.Duration // earliest next measurement, since the limiter's epoch; guarded by the limiter's mutex
	hasAnswered bool          // the client has answered before; used only by measure
	pressed     atomic.Bool   // since the last ping
	slow        atomic.Bool
	notify      func() // called when slow changes; must not block
}

// Pressed records that the player has pressed a key or button.
func (r *RTT) Pressed() {
	if !r.pressed.Load() {
		r.pressed.Store(true)
	}
}

// Slow reports whether the round trip is slow.
func (r *RTT) Slow() bool { return r.slow.Load() }

// isDue reports whether to measure now, and schedules the next measurement. The caller holds
// the limiter's mutex.
func (r *RTT) isDue(now time.Duration) bool {
	if now < r.due || !r.pressed.Load() {
		return false
	}
	r.due = now + r.every
	return true
}

// measure measures one round trip. It is not safe for concurrent use.
func (r *RTT) measure(trip func() error) {
	pressed, hasAnswered := r.pressed.Swap(false), r.hasAnswered
	start := time.Now()
	late := time.AfterFunc(r.slowTrip, func() {
		if hasAnswered {
			r.setSlow(true, pressed)
		}
	})
	err := trip()
	late.Stop()
	if err != nil {
		return
	}
	r.hasAnswered = true
	switch took := time.Since(start); {
	case took >= r.slowTrip:
		r.setSlow(true, pressed)
	case took < r.slowTrip/2:
		r.setSlow(false, pressed)
	}
}

// setSlow stores a result. A link doesn't become slow while the player presses nothing, and a
// slow one is measured again in any case.
func (r *RTT) setSlow(slow, pressed bool) {
	if slow && !pressed && !r.pressed.Load() || r.slow.Swap(slow) == slow {
		return
	}
	if slow {
		r.Pressed()
	}
	r.notify()
}
