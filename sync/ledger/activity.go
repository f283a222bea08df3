package ledger

import (
	"math"
	"slices"
	"time"

	"clickky/sync/game"
)

const (
	// beat is the unit in which a player's rate is counted, and beats how many
	// whole ones it is the average over.
	beat  = 500 * time.Millisecond
	beats = 10
	// part is the unit of a Day, and dayParts how many it has.
	part     = 10 * time.Minute
	dayParts = game.DayParts
)

// moment is a time in the units in which activity is counted.
type moment struct {
	beat    int64  // by a clock that nobody sets; 0 is before all others
	seconds uint32 // since 1970
	part    uint32 // since 1970
}

// clock is the time that clicks go by. Asking the system for each of them would
// cost more than the click does.
type clock struct {
	moment

	epoch time.Time
	now   time.Time
	kept  bool // somebody ticks, so that now is a tenth of a second ago at most
}

// read sets the clock.
func (c *clock) read() {
	c.now = time.Now()
	c.moment = moment{beat: beats + 1 + int64(c.now.Sub(c.epoch)/beat), seconds: secondsOf(c.now), part: partOf(c.now)}
}

// present is the present moment.
func (c *clock) present() *moment {
	if !c.kept {
		c.read()
	}
	return &c.moment
}

// at is the moment at which an event happened by the clock of its server, but not later
// than now; false if that is more than a day ago.
func (c *clock) at(t time.Time) (moment, bool) {
	m := *c.present()
	ago := c.now.Sub(t)
	if ago <= 0 {
		return m, true
	}
	return moment{beat: max(m.beat-int64(ago/beat), 0), seconds: secondsOf(t), part: partOf(t)}, ago < dayParts*part
}

// secondsOf is a time in seconds since 1970, until 2106; 0 for all before, the zero
// time among them.
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

func partOf(t time.Time) uint32 {
	return uint32(t.Unix() / int64(part/time.Second))
}

// activity is what is remembered of a player who has clicked since this server
// started. The ledger's mutex guards it.
type activity struct {
	beat   int64             // the newest one with clicks
	recent [beats + 1]uint32 // the clicks of it and of those before, each at its number modulo their count
	day    []inPart          // those with clicks, in their order, of the last day
}

// inPart is the clicks of a part of a day.
type inPart struct{ part, clicks uint32 }

// active returns the player's activity, made if there is none.
func (p *player) active() *activity {
	if p.activity == nil {
		p.activity = &activity{}
	}
	return p.activity
}

// clicked notes one click of now.
func (p *player) clicked(now *moment) {
	p.seen = now.seconds
	p.active().add(now, 1, now.part)
}

// clickedAt notes clicks that an event tells of, which may be of long ago.
func (b *book) clickedAt(p *player, at time.Time, n uint64) {
	m, today := b.clock.at(at)
	p.seen = max(p.seen, m.seconds)
	if today {
		p.active().add(&m, n, b.clock.part)
	}
}

// add counts n clicks at a moment; today is the present part.
func (a *activity) add(m *moment, n uint64, today uint32) {
	a.addBeat(m.beat, n)
	if i := len(a.day) - 1; i >= 0 && a.day[i].part == m.part {
		more(&a.day[i].clicks, n)
	} else {
		a.addPart(m.part, n, today)
	}
}

// addBeat counts clicks in a beat, unless it is too long ago for a rate.
func (a *activity) addBeat(b int64, n uint64) {
	if b > a.beat {
		a.turn(b)
	}
	if a.beat-b <= beats {
		more(&a.recent[b%(beats+1)], n)
	}
}

// turn makes a beat the newest one.
func (a *activity) turn(to int64) {
	for b := max(a.beat+1, to-beats); b <= to; b++ {
		a.recent[b%(beats+1)] = 0
	}
	a.beat = to
}

// addPart counts clicks in a part that is not the newest with clicks, and forgets
// those that are not of the day. Parts of the future are from before somebody has
// set the clock back.
func (a *activity) addPart(number uint32, n uint64, today uint32) {
	over := func(p uint32) bool { return p > today || p+dayParts <= today }
	a.day = slices.DeleteFunc(a.day, func(in inPart) bool { return over(in.part) })
	if over(number) {
		return
	}
	i := len(a.day)
	for i > 0 && a.day[i-1].part > number {
		i--
	}
	if i == 0 || a.day[i-1].part != number {
		a.day = slices.Insert(a.day, i, inPart{part: number})
		i++
	}
	more(&a.day[i-1].clicks, n)
}

// absorb adds the activity of another player.
func (a *activity) absorb(other *activity, today uint32) {
	for b := max(other.beat-beats, 0); b <= other.beat; b++ {
		a.addBeat(b, uint64(other.recent[b%(beats+1)]))
	}
	for _, d := range other.day {
		a.addPart(d.part, uint64(d.clicks), today)
	}
}

// rate is the clicks a second in the whole beats before one, to one decimal.
func (a *activity) rate(now int64) float64 {
	var clicks uint64
	for b := max(now-beats, 0); b < now && b <= a.beat; b++ {
		clicks += uint64(a.recent[b%(beats+1)])
	}
	const seconds = beats * float64(beat) / float64(time.Second)
	return math.Round(float64(clicks)/seconds*10) / 10
}

// idle tells that the rate stays 0 from a beat on, without more clicks.
func (a *activity) idle(now int64) bool { return a.beat < now-beats }

// more adds to a count that stays at the most it can hold.
func more(count *uint32, n uint64) {
	*count = uint32(min(uint64(*count)+n, math.MaxUint32))
}
