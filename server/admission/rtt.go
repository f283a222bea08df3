package admission

import (
	"sync/atomic"
	"time"
)

// RTT tells whether it takes long from here to a client and back, and so until a
// press is on the player's own screen: the answer to a ping comes behind all
// frames that are under way, wherever they wait. The write of a frame tells next
// to nothing, for it does not take long before all buffers are full, and they have
// room for minutes of frames.
//
// It is measured when the player has pressed something, and then not again for a
// while. So nothing is sent for it to those who only watch, or while nothing
// happens; the pings that ask quiet clients whether they are there find out when
// such a link is fine again. A client that has never answered is not called slow,
// for some cannot.
//
// Its methods are for any goroutine, but for those that say otherwise.
type RTT struct {
	slowTrip, every time.Duration

	due     time.Duration // when it may be measured, since the limiter's epoch; the limiter's mutex guards it
	answers bool          // the client has answered before; it is the ping's that is under way
	pressed atomic.Bool   // since the last ping
	slow    atomic.Bool
	notify  func() // is called whenever it becomes slow or fine; it does not block
}

// Pressed says that the player has pressed something, and so cares.
func (l *RTT) Pressed() {
	if !l.pressed.Load() {
		l.pressed.Store(true)
	}
}

// Slow tells whether the link is slow.
func (l *RTT) Slow() bool { return l.slow.Load() }

// isDue tells whether the link is to be measured now, and takes it that it is. The
// limiter's mutex is held.
func (l *RTT) isDue(now time.Duration) bool {
	if now < l.due || !l.pressed.Load() {
		return false
	}
	l.due = now + l.every
	return true
}

// measure takes the time of one way to the client and back. One goroutine at a
// time may call it.
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

// becomes takes over what was found. It does not call a link slow while the player
// presses nothing. That it is slow is looked at once more in any case.
func (l *RTT) becomes(slow, pressed bool) {
	if slow && !pressed && !l.pressed.Load() || l.slow.Swap(slow) == slow {
		return
	}
	if slow {
		l.Pressed()
	}
	l.notify()
}
