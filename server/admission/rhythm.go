package admission

import (
	"math"
	"time"
)

// What a held key sounds like. A keyboard waits for a quarter to three quarters of a
// second after the first press, and then repeats 10.9 to 50 times a second.
const (
	shortestDelay = 180 * time.Millisecond // before the first repeat, or after a run of presses
	longestDelay  = 750 * time.Millisecond
	fastestRepeat = 15 * time.Millisecond
	slowestRepeat = 96 * time.Millisecond // ten a second and less may be fingers
	beyondFingers = 46 * time.Millisecond // fingers keep up no rate above twenty a second

	fewRepeats  = 12 // enough to judge what no fingers do
	someRepeats = 16
	manyRepeats = 64
	mostRepeats = 256

	// sameRepeat is by how much, as a part of it, one keyboard's gap may differ from
	// one time to the next.
	sameRepeat = 0.04
)

// rhythm recognizes a held key by how the presses of one session follow each other,
// for terminals that do not mark repeats:
//
//   - The run begins like a held key: a press on its own, a pause of 180 to 750 ms, and
//     then presses that follow each other within 15 to 96 ms.
//   - The run is as even as a machine. Above twenty presses a second that is soon clear.
//     Below, sixteen gaps must differ by a few milliseconds only, or a longer run must
//     stay close to one fixed beat. A key repeats by a clock, so that it strays no
//     further from its beat the longer it repeats, whereas the beat of fingers wanders;
//     a link delays each press, but shifts no beat.
//
// So even fingers are safe at ten presses a second and below. Faster ones are held only if
// a lone press and a pause come first, and they are more even than a drummer's. A press far
// off the beat, as after a hiccup of the link, begins a new measurement within the run.
//
// The zero value is not ready; see newRhythm. It is for one goroutine at a time.
type rhythm struct {
	last   time.Time     // the newest press
	gap    time.Duration // the one before it
	begun  bool          // there was a press
	held   bool
	caught float64 // the gap, in milliseconds, of the last key that was held; 0: none was

	delay, before time.Duration // the pause with which the run began, and the gap before that
	beat          beat
}

// newRhythm returns the rhythm of a session that begins now. Its beginning counts as a
// press, because the key may be down already.
func newRhythm(now time.Time) rhythm { return rhythm{last: now, gap: time.Hour} }

// press takes a press, and reports whether it is that of a held key. It is until the
// player has paused.
func (r *rhythm) press(now time.Time, pause time.Duration) (held bool) {
	gap, before := now.Sub(r.last), r.gap
	r.last = now
	if r.begun {
		r.gap = gap // the first press is a lone one, however soon it comes
	}
	r.begun = true
	switch {
	case gap >= pause:
		r.held = false
	case r.held:
		return true
	}
	if gap >= shortestDelay {
		r.delay, r.before = gap, before
		r.beat = beat{since: now}
		return r.held
	}
	if r.delay > longestDelay || r.delay == 0 {
		return r.held
	}
	if r.beat.isOff(gap) {
		r.beat = beat{since: now}
		return r.held
	}
	r.beat.add(now, gap)
	if r.isKey() {
		r.held, r.caught = true, r.beat.mean()
	}
	return r.held
}

// isKey reports whether the run is that of a held key.
func (r *rhythm) isKey() bool {
	mean := r.beat.mean()
	switch {
	case r.beat.n < fewRepeats, mean < millis(fastestRepeat), mean > millis(slowestRepeat), millis(r.delay) < 2*mean:
		return false
	case millis(r.before) < 1.5*mean && math.Abs(mean-r.caught) > sameRepeat*mean:
		return false // the press before the pause was no lone one, but one of a run
	case mean < millis(beyondFingers):
		return r.beat.spread() <= 0.4*mean
	case r.beat.n >= someRepeats && r.beat.n <= 2*someRepeats:
		return r.beat.spread() <= 4.5 && r.beat.stray() <= 4.5
	case r.beat.n >= mostRepeats:
		return r.beat.stray() <= 9
	case r.beat.n >= manyRepeats:
		return r.beat.stray() <= 6.5
	}
	return false
}

func millis(d time.Duration) float64 { return d.Seconds() * 1000 }

// beat measures how even presses are. It keeps sums only, of times in milliseconds, so
// that a press costs the same however long the run is.
type beat struct {
	since                     time.Time
	n                         int     // gaps
	now                       float64 // the newest press
	sum, squares, steps, gaps float64 // of the times, of their squares, of them times their number, of the squares of the gaps
}

func (b *beat) add(now time.Time, gap time.Duration) {
	b.n++
	b.now = millis(now.Sub(b.since))
	b.sum += b.now
	b.squares += b.now * b.now
	b.steps += float64(b.n) * b.now
	b.gaps += millis(gap) * millis(gap)
}

// mean is the mean gap.
func (b *beat) mean() float64 { return b.now / float64(max(b.n, 1)) }

// isOff reports whether a gap fits in no way with those before.
func (b *beat) isOff(gap time.Duration) bool {
	const most = 24 // above the 20 ms into which OpenSSH's client divides time
	return b.n > 0 && math.Abs(millis(gap)-b.mean()) > max(most, b.mean()/4)
}

// spread is the standard deviation of the gaps.
func (b *beat) spread() float64 {
	return math.Sqrt(max(b.gaps/float64(b.n)-b.mean()*b.mean(), 0))
}

// stray is how far the presses are from the fixed beat that fits them best: the standard
// deviation of the residuals of a linear regression.
func (b *beat) stray() float64 {
	presses := float64(b.n + 1) // the first one at 0
	mean := b.sum / presses
	slope := b.steps/presses - mean*float64(b.n)/2
	return math.Sqrt(max(b.squares/presses-mean*mean-slope*slope*12/(presses*presses-1), 0))
}
