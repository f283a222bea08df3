package admission

import (
	"math"
	"time"
)

// The timing of a held key. A keyboard waits for 250 to 750 ms after the first press, and then
// repeats 10.9 to 50 times a second.
const (
	minDelay     = 180 * time.Millisecond // before the first repeat, or after a run of presses
	maxDelay     = 750 * time.Millisecond
	minGap       = 15 * time.Millisecond
	maxGap       = 96 * time.Millisecond // longer gaps may be fingers
	minFingerGap = 46 * time.Millisecond // nobody presses more than twenty times a second for long

	// How many gaps are enough to decide, the first below minFingerGap.
	minFastGaps = 12
	minGaps     = 16
	longRun     = 64
	longestRun  = 256

	// gapTolerance is by which fraction one keyboard's gaps may differ between two runs.
	gapTolerance = 0.04
)

// heldKeyDetector recognizes a held key by the times of the presses in one session, for
// terminals that do not mark repeats:
//
//   - The run begins like a held key: one press, a pause of 180 to 750 ms, and then presses
//     that follow each other within 15 to 96 ms.
//   - The run is as even as a machine. Above twenty presses a second, a few gaps show that.
//     Below, sixteen gaps must be equal within a few milliseconds, or a longer run must stay
//     close to one fixed interval. A key repeats by a clock: its distance from a fixed
//     interval doesn't grow with the run, as it does with fingers. A link delays single
//     presses, but doesn't change the interval.
//
// So people are safe at ten presses a second and below. Faster presses count as held only
// after one press and a pause, and if they are more even than a drummer's. A press far off
// the interval, as after a network hiccup, begins a new measurement within the run.
//
// Use newHeldKeyDetector. It is not safe for concurrent use.
type heldKeyDetector struct {
	last    time.Time     // the newest press
	gap     time.Duration // before the newest press
	begun   bool          // there was a press
	held    bool
	heldGap float64 // mean gap of the last held key in milliseconds; 0 if there was none

	delay, gapBefore time.Duration // the pause that began the run, and the gap before that pause
	run              runStats
}

// newHeldKeyDetector returns the detector of a session that begins now. The beginning counts
// as a press, because the key may be down already.
func newHeldKeyDetector(now time.Time) heldKeyDetector {
	return heldKeyDetector{last: now, gap: time.Hour}
}

// press records a press, and reports whether the key is held. It stays held until the player
// pauses.
func (d *heldKeyDetector) press(now time.Time, pause time.Duration) (held bool) {
	gap, before := now.Sub(d.last), d.gap
	d.last = now
	if d.begun {
		d.gap = gap // the first press is a single one, however soon it comes
	}
	d.begun = true
	switch {
	case gap >= pause:
		d.held = false
	case d.held:
		return true
	}
	if gap >= minDelay {
		d.delay, d.gapBefore = gap, before
		d.run = runStats{start: now}
		return d.held
	}
	if d.delay > maxDelay || d.delay == 0 {
		return d.held
	}
	if d.run.isOutlier(gap) {
		d.run = runStats{start: now}
		return d.held
	}
	d.run.add(now, gap)
	if d.isHeldKey() {
		d.held, d.heldGap = true, d.run.mean()
	}
	return d.held
}

// isHeldKey reports whether the run is that of a held key.
func (d *heldKeyDetector) isHeldKey() bool {
	mean := d.run.mean()
	switch {
	case d.run.n < minFastGaps, mean < millis(minGap), mean > millis(maxGap), millis(d.delay) < 2*mean:
		return false
	case millis(d.gapBefore) < 1.5*mean && math.Abs(mean-d.heldGap) > gapTolerance*mean:
		return false // the press before the pause was part of a run
	case mean < millis(minFingerGap):
		return d.run.stdDev() <= 0.4*mean
	case d.run.n >= minGaps && d.run.n <= 2*minGaps:
		return d.run.stdDev() <= 4.5 && d.run.residual() <= 4.5
	case d.run.n >= longestRun:
		return d.run.residual() <= 9
	case d.run.n >= longRun:
		return d.run.residual() <= 6.5
	}
	return false
}

func millis(d time.Duration) float64 { return d.Seconds() * 1000 }

// runStats are statistics of the gaps between presses. They are sums of times in milliseconds
// since the start, so that each press costs the same however long the run is.
type runStats struct {
	start      time.Time
	n          int     // how many gaps
	last       float64 // time t of the newest press
	sumT       float64 // of t
	sumSquares float64 // of t²
	sumIT      float64 // of i·t for the i-th press
	sumGaps    float64 // of the squares of the gaps
}

func (s *runStats) add(now time.Time, gap time.Duration) {
	s.n++
	s.last = millis(now.Sub(s.start))
	s.sumT += s.last
	s.sumSquares += s.last * s.last
	s.sumIT += float64(s.n) * s.last
	s.sumGaps += millis(gap) * millis(gap)
}

func (s *runStats) mean() float64 { return s.last / float64(max(s.n, 1)) }

// isOutlier reports whether a gap differs too much from the mean.
func (s *runStats) isOutlier(gap time.Duration) bool {
	const tolerance = 24 // more than the 20 ms to which OpenSSH's client rounds times
	return s.n > 0 && math.Abs(millis(gap)-s.mean()) > max(tolerance, s.mean()/4)
}

func (s *runStats) stdDev() float64 {
	return math.Sqrt(max(s.sumGaps/float64(s.n)-s.mean()*s.mean(), 0))
}

// residual returns how far the presses are from the fixed interval that fits them best: the
// standard deviation of the residuals of a linear regression.
func (s *runStats) residual() float64 {
	presses := float64(s.n + 1) // the first one at 0
	mean := s.sumT / presses
	slope := s.sumIT/presses - mean*float64(s.n)/2
	return math.Sqrt(max(s.sumSquares/presses-mean*mean-slope*slope*12/(presses*presses-1), 0))
}
