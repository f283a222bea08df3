package ledger

import (
	"math"
	"slices"
	"time"

	"clickky/sync/game"
)

const (
	// rateSlot is the unit in which a player's rate is measured, and rateSlots the number of
	// complete ones in the average.
	rateSlot  = 500 * time.Millisecond
	rateSlots = 10
	// dayPart is the unit of the last 24 hours, and dayParts the number of units.
	dayPart  = 10 * time.Minute
	dayParts = game.DayParts
)

// moment is a time in the units of activity.
type moment struct {
	slot    int64  // by a monotonic clock; 0 is before all others
	seconds uint32 // since 1970
	part    uint32 // dayParts since 1970
	date    game.Date
}

// clock is the time of clicks. Reading the system clock for each click would cost more than the
// click.
type clock struct {
	moment

	epoch   time.Time
	now     time.Time
	skew    time.Duration // how far a test has set the system clock
	ticking bool          // Tick is called regularly, so now is at most a tenth of a second old
}

// read updates the clock from the system.
func (c *clock) read() {
	now := time.Now()
	c.now = now.Add(c.skew)
	c.moment = moment{
		slot: rateSlots + 1 + int64(now.Sub(c.epoch)/rateSlot), seconds: secondsOf(c.now), part: dayPartOf(c.now), date: game.DateOf(c.now),
	}
}

func (c *clock) current() *moment {
	if !c.ticking {
		c.read()
	}
	return &c.moment
}

// momentAt converts the time of an event to a moment. A time in the future, from a clock that is
// ahead, becomes now. momentAt returns false if the event is more than a day old.
func (c *clock) momentAt(t time.Time) (moment, bool) {
	m := *c.current()
	ago := c.now.Sub(t)
	if ago <= 0 {
		return m, true
	}
	return moment{slot: max(m.slot-int64(ago/rateSlot), 0), seconds: secondsOf(t), part: dayPartOf(t)}, ago < dayParts*dayPart
}

// secondsOf converts a time to seconds since 1970, up to 2106. Earlier times, including the zero
// time, become 0.
func secondsOf(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), math.MaxUint32))
}

// timeOf is the inverse of secondsOf.
func timeOf(seconds uint32) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

func dayPartOf(t time.Time) uint32 {
	return uint32(t.Unix() / int64(dayPart/time.Second))
}

// activity is when and how fast a player clicked since this server started. The ledger's mutex
// guards it.
type activity struct {
	slot   int64                 // the newest slot with clicks
	recent [rateSlots + 1]uint32 // the clicks in that slot and the ones before it, at slot modulo length
	day    []partClicks          // the parts of the last day with clicks, in order
}

type partClicks struct{ part, clicks uint32 }

// ensureActivity returns the player's activity, creating it if necessary.
func (p *player) ensureActivity() *activity {
	if p.activity == nil {
		p.activity = &activity{}
	}
	return p.activity
}

func (p *player) recordClick(now *moment) {
	p.seen = now.seconds
	p.ensureActivity().add(now, 1, now.part)
}

// recordClicks records the clicks of an event, which may be old.
func (g *guarded) recordClicks(p *player, at time.Time, n uint64) {
	m, isRecent := g.clock.momentAt(at)
	p.seen = max(p.seen, m.seconds)
	if isRecent {
		p.ensureActivity().add(&m, n, g.clock.part)
	}
}

// add counts n clicks at a moment; now is the current dayPart.
func (a *activity) add(m *moment, n uint64, now uint32) {
	a.addToSlot(m.slot, n)
	if i := len(a.day) - 1; i >= 0 && a.day[i].part == m.part {
		addSaturating(&a.day[i].clicks, n)
	} else {
		a.addToDay(m.part, n, now)
	}
}

// addToSlot counts clicks in a slot, unless it is too old for a rate.
func (a *activity) addToSlot(b int64, n uint64) {
	if b > a.slot {
		a.advance(b)
	}
	if a.slot-b <= rateSlots {
		addSaturating(&a.recent[b%(rateSlots+1)], n)
	}
}

// advance makes a slot the newest one.
func (a *activity) advance(to int64) {
	for b := max(a.slot+1, to-rateSlots); b <= to; b++ {
		a.recent[b%(rateSlots+1)] = 0
	}
	a.slot = to
}

// addToDay counts clicks in a part other than the newest, and forgets parts that aren't in the last 24
// hours. Future parts appear when the clock was set back.
func (a *activity) addToDay(number uint32, n uint64, now uint32) {
	over := func(p uint32) bool { return p > now || p+dayParts <= now }
	a.day = slices.DeleteFunc(a.day, func(in partClicks) bool { return over(in.part) })
	if over(number) {
		return
	}
	i := len(a.day)
	for i > 0 && a.day[i-1].part > number {
		i--
	}
	if i == 0 || a.day[i-1].part != number {
		a.day = slices.Insert(a.day, i, partClicks{part: number})
		i++
	}
	addSaturating(&a.day[i-1].clicks, n)
}

func (a *activity) merge(other *activity, now uint32) {
	for b := max(other.slot-rateSlots, 0); b <= other.slot; b++ {
		a.addToSlot(b, uint64(other.recent[b%(rateSlots+1)]))
	}
	for _, d := range other.day {
		a.addToDay(d.part, uint64(d.clicks), now)
	}
}

// rate returns the player's clicks per second in the complete slots before now, to one decimal.
func (p *player) rate(now int64) float64 {
	a := p.activity
	if a == nil {
		return 0
	}
	var clicks uint64
	for b := max(now-rateSlots, 0); b < now && b <= a.slot; b++ {
		clicks += uint64(a.recent[b%(rateSlots+1)])
	}
	const seconds = rateSlots * float64(rateSlot) / float64(time.Second)
	return math.Round(float64(clicks)/seconds*10) / 10
}

// hasClickedLately reports whether the player has clicked in the five seconds before a slot, so that
// there may be a rate.
func (p *player) hasClickedLately(slot int64) bool {
	return p.activity != nil && slot-p.activity.slot <= rateSlots
}

// addSaturating adds to a count that stops at its maximum.
func addSaturating(count *uint32, n uint64) {
	*count = uint32(min(uint64(*count)+n, math.MaxUint32))
}
