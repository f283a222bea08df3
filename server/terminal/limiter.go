package terminal

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// Limits on what a client can make the server do, besides Config.Events.
const (
	// eventBurst is how many events beyond a second's worth may come at once: a flick of the wheel,
	// or a line that a terminal doesn't mark as pasted.
	eventBurst = 150
	// Reading costs 1 per event and 1 per readBytes. No hand and no wheel comes near readRate, and
	// a paste of a megabyte is read at once.
	readRate, readBurst = 1000, 5000
	readBytes           = 256
	// frameRate is the sustained output of one client in bytes per second, and frameBurst how much
	// may come at once: ten and twenty full screens of 80×24 cells.
	frameRate, frameBurst = 30_000, 60_000
	// renderedPerWritten is how many bytes of rendering cost as much as writing one byte.
	renderedPerWritten = 4
)

// inputLimiter limits what the input of one client may cost. Events beyond the limit are dropped,
// because waiting would delay the player's next key as well. When even dropping is too expensive,
// reading pauses.
type inputLimiter struct {
	events, reads *rate.Limiter
	decoded       int // events since the last takeCost
}

// newInputLimiter returns a limiter of events per second; 0 is unlimited.
func newInputLimiter(events int) inputLimiter {
	if events <= 0 {
		return inputLimiter{}
	}
	return inputLimiter{
		events: rate.NewLimiter(rate.Limit(events), events+eventBurst),
		reads:  rate.NewLimiter(readRate, readBurst),
	}
}

// allow reports whether the model gets an event now.
func (l *inputLimiter) allow() bool { return l.events == nil || l.events.Allow() }

// takeCost returns the cost of reading bytes with the events in them.
func (l *inputLimiter) takeCost(bytes int) int {
	cost := l.decoded + bytes/readBytes
	l.decoded = 0
	return cost
}

// wait waits until reading may continue after the given cost, or until ctx ends.
func (l *inputLimiter) wait(ctx context.Context, cost int) {
	if l.reads != nil {
		_ = l.reads.WaitN(ctx, min(cost, readBurst)) // the caller checks ctx
	}
}

// frameLimiter spreads a client's frames: beyond the burst, each frame delays the next one by its
// cost.
type frameLimiter struct {
	wake      func()    // is called when a delayed frame may be rendered
	paidUntil time.Time // when the frames so far are paid off
	timer     *time.Timer
}

// ready reports whether a frame may be rendered now. If not, it calls wake when one may.
func (l *frameLimiter) ready() bool {
	const burst = frameBurst * time.Second / frameRate
	wait := time.Until(l.paidUntil.Add(-burst))
	switch {
	case wait <= 0:
		return true
	case l.timer == nil:
		l.timer = time.AfterFunc(wait, l.wake)
	default:
		l.timer.Reset(wait)
	}
	return false
}

func (l *frameLimiter) charge(bytes int) {
	if now := time.Now(); l.paidUntil.Before(now) {
		l.paidUntil = now
	}
	l.paidUntil = l.paidUntil.Add(time.Duration(bytes) * time.Second / frameRate)
}

func (l *frameLimiter) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}
