package admission

import (
	"sync/atomic"
	"time"
)

// RTT tells whether a connection's round trip is slow, and so a player's own press late on
// the screen: the answer to a ping comes after all frames that are under way. The duration
// of a write says nothing, because buffers have room for minutes of frames.
//
// It is measured after a press, and then not again for a while, so that idle sessions get
// no pings for it; those of Keepalive notice when a link is fine again. A client that has
// never answered is not called slow, because some can't answer.
type RTT struct {
	slowTrip, every time.Duration

	due     time.Duration // when it may be measured, since the limiter's epoch; the limiter's mutex guards it
	answers bool          // the client has answered before; it is the ping's that is under way
	pressed atomic.Bool   // since the last ping
	slow    atomic.Bool
	notify  func() // is called whenever it becomes slow or fine; it does not block
}

// Pressed notes that the player has pressed something.
func (l *RTT) Pressed() {
	if !l.pressed.Load() {
		l.pressed.Store(true)
	}
}

// Slow reports whether the round trip is slow.
func (l *RTT) Slow() bool { return l.slow.Load() }

// isDue reports whether to measure now, and notes that. The limiter's mutex is held.
func (l *RTT) isDue(now time.Duration) bool {
	if now < l.due || !l.pressed.Load() {
		return false
	}
	l.due = now + l.every
	return true
}

// measure times one round trip. Only one goroutine at a time may call it.
func (l *RTT) measure(trip func() error) {
	pressed, answers := l.pressed.Swap(false), l.answers
	begun := time.Now()
	late := time.AfterFunc(l.slowTrip, func() {
		if answers {
			l.becomes(true, pressed)
		}
	})
	err := trip()
	late.Stop()
	if err != nil {
		return
	}
	l.answers = true
	switch took := time.Since(begun); {
	case took >= l.slowTrip:
		l.becomes(true, pressed)
	case took < l.slowTrip/2:
		l.becomes(false, pressed)
	}
}

// becomes notes a result. A link is not called slow while the player presses nothing, and
// a slow one is measured again in any case.
func (l *RTT) becomes(slow, pressed bool) {
	if slow && !pressed && !l.pressed.Load() || l.slow.Swap(slow) == slow {
		return
	}
	if slow {
		l.Pressed()
	}
	l.notify()
}
