package terminal

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// What a client may have the server do, besides what the model gets of it; see
// Config.Events.
const (
	// burst is how many events more than those of a second come at once: the flick
	// of a wheel, or a line that a terminal does not mark as pasted.
	burst = 150
	// Reading costs one for each event and each readBytes. No hand and no wheel
	// comes near it, and a paste of a megabyte is read at once.
	readRate, readBurst = 1000, 5000
	readBytes           = 256
	// drawRate is how many bytes a second a client's frames may have for long,
	// drawBurst how many come at once: ten and twenty times all of 80 by 24 cells.
	drawRate, drawBurst = 30_000, 60_000
	// rendered is how many bytes of what a model has rendered cost as much as one
	// that is written.
	rendered = 4
)

// budget is what the input of one client may cost. The model gets so many events;
// those above are dropped, since whoever waits for them would wait for the
// player's next key as well. Where even dropping would cost something, nothing
// more is read for a while, which is up to the client to notice.
type budget struct {
	events, reading *rate.Limiter
	decoded         int // events since cost was called last
}

// newBudget returns one of so many events a second; 0 is no limit.
func newBudget(events int) budget {
	if events <= 0 {
		return budget{}
	}
	return budget{
		events:  rate.NewLimiter(rate.Limit(events), events+burst),
		reading: rate.NewLimiter(readRate, readBurst),
	}
}

// allows reports whether the model gets an event that comes now.
func (b *budget) allows() bool { return b.events == nil || b.events.Allow() }

// cost is what reading so many bytes has cost, with the events in them.
func (b *budget) cost(bytes int) int {
	cost := b.decoded + bytes/readBytes
	b.decoded = 0
	return cost
}

// wait waits until more may be read after what has cost so much, or until the
// context ends.
func (b *budget) wait(ctx context.Context, cost int) {
	if b.reading != nil {
		_ = b.reading.WaitN(ctx, min(cost, readBurst)) // the context is looked at anyway
	}
}

// pace spreads the frames of a client: each puts the next one off by what it has
// cost, as soon as those that may come at once have come.
type pace struct {
	paid  time.Time // until when the frames so far are paid for
	timer *time.Timer
}

// ready reports whether a frame may be made now. If not, wake is called once one
// may.
func (p *pace) ready(wake func()) bool {
	const ahead = drawBurst * time.Second / drawRate
	wait := time.Until(p.paid.Add(-ahead))
	switch {
	case wait <= 0:
		return true
	case p.timer == nil:
		p.timer = time.AfterFunc(wait, wake)
	default:
		p.timer.Reset(wait)
	}
	return false
}

// charge takes what a frame has cost.
func (p *pace) charge(bytes int) {
	if now := time.Now(); p.paid.Before(now) {
		p.paid = now
	}
	p.paid = p.paid.Add(time.Duration(bytes) * time.Second / drawRate)
}

// stop ends what ready has begun.
func (p *pace) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}
