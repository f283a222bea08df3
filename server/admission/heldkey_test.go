package admission

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Times of presses are in milliseconds. Fingers are modelled on
// publications about tapping (Wing and Kristofferson 1973; Repp 2005;
// Fujii and Oda 2009). A clock in the head gives intervals whose errors add up, and the
// hand adds a delay to each press, so that neighbouring gaps are negatively correlated.
// Drummers reach a coefficient of variation of 3 to 6 %, others 5 to 10 %; ten presses a
// second of one hand are the world's best.

// presses returns the times of presses and of a keyboard's repeats.
type presses func(*rand.Rand) []float64

// link returns the times at which presses arrive at the server, in their order.
type link func(*rand.Rand, []float64) []float64

// key returns the presses of a held key: a press, a delay, and repeats.
func key(delay, perSecond float64, n int) presses {
	return func(*rand.Rand) []float64 {
		times := []float64{1000}
		for i := range n - 1 {
			times = append(times, 1000+delay+float64(i)*1000/perSecond)
		}
		return times
	}
}

// unevenKey is a held key whose gaps are uniformly distributed.
func unevenKey(delay, gap, by float64, n int) presses {
	return func(r *rand.Rand) []float64 {
		times := []float64{1000, 1000 + delay}
		for len(times) < n {
			times = append(times, times[len(times)-1]+gap+by*(2*r.Float64()-1))
		}
		return times
	}
}

// fingers returns taps with a mean gap and a coefficient of variation. They begin like a held
// key, with a press and a pause, which is the worst case.
func fingers(gap, variation float64, n int) presses {
	clock, hand := 0.9*gap*variation, 0.3*gap*variation
	return func(r *rand.Rand) []float64 {
		times, at := []float64{1000}, 1400.0
		for len(times) < n {
			times = append(times, max(at+hand*r.NormFloat64(), times[len(times)-1]+5))
			at += gap + clock*r.NormFloat64()
		}
		return times
	}
}

// toAMetronome returns taps that follow a metronome and so do not drift.
func toAMetronome(gap, by float64, n int) presses {
	return func(r *rand.Rand) []float64 {
		times := []float64{1000}
		for i := range n - 1 {
			times = append(times, max(1400+float64(i)*gap+by*r.NormFloat64(), times[i]+5))
		}
		return times
	}
}

// delayed returns a link that delays each press.
func delayed(by func(*rand.Rand) float64) link {
	return func(r *rand.Rand, times []float64) []float64 {
		arrive := make([]float64, len(times))
		for i, t := range times {
			arrive[i] = t + by(r)
			if i > 0 {
				arrive[i] = max(arrive[i], arrive[i-1])
			}
		}
		return arrive
	}
}

// obscured is the link of OpenSSH's client, which sends key presses every 20 ms.
func obscured(r *rand.Rand, times []float64) []float64 {
	arrive, tick := make([]float64, len(times)), times[0]-20*r.Float64()
	for i, t := range times {
		for tick < t {
			tick += 19 + 2*r.Float64()
		}
		arrive[i] = tick + r.ExpFloat64()
	}
	return arrive
}

var links = map[string]link{
	"wire":    delayed(func(r *rand.Rand) float64 { return 0.5 * r.Float64() }),
	"far":     delayed(func(r *rand.Rand) float64 { return 3 * math.Abs(r.NormFloat64()) }),
	"OpenSSH": obscured,
	"wireless": delayed(func(r *rand.Rand) float64 {
		if r.Float64() < 0.02 { // several presses arrive at once
			return 20 + 60*r.Float64()
		}
		return 2 * r.ExpFloat64()
	}),
}

// scored returns how many presses are not those of a held key.
func scored(times []float64) (n int) {
	epoch := time.Now()
	r := newHeldKeyDetector(epoch)
	for _, t := range times {
		if !r.press(epoch.Add(time.Duration(t*float64(time.Millisecond))), minPause) {
			n++
		}
	}
	return n
}

// runs plays a hundred runs of presses over a link. It returns how many presses scored in the
// second worst run, and in how many of 1000 runs a held key was detected.
func runs(over link, what presses) (worst, seen int) {
	const seeds = 100
	var counts []int
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 1))
		times := what(r)
		n := scored(over(r, times))
		if n < len(times) {
			seen++
		}
		counts = append(counts, n)
	}
	slices.Sort(counts)
	return counts[seeds*99/100-1], (1000*seen + seeds - 1) / seeds
}

func TestHeldKeyDetectorFindsHeldKeys(t *testing.T) {
	t.Parallel()
	most := map[string]int{"wire": 18, "far": 80, "OpenSSH": 80, "wireless": 100}
	for _, delay := range []float64{250, 375, 500, 660} {
		for _, perSecond := range []float64{10.9, 11, 15, 25, 30, 33} {
			for name, over := range links {
				worst, seen := runs(over, key(delay, perSecond, 300))
				if seen < 970 || seen >= 990 && worst > most[name] {
					t.Errorf("%v/s after %v ms over %s: seen %d times in 1000, %d of 300 presses score", perSecond, delay, name, seen, worst)
				}
			}
		}
	}
}

func TestHeldKeyDetectorFindsHeldKeysWithUnevenGaps(t *testing.T) {
	for _, c := range []struct {
		what    presses
		n, most int
	}{
		{unevenKey(500, 91, 3, 90), 90, 20},
		{unevenKey(500, 66, 3, 110), 110, 20},
		{unevenKey(300, 33, 2, 45), 45, 17},
	} {
		if worst, seen := runs(links["wire"], c.what); seen < 1000 || worst > c.most {
			t.Errorf("seen %d times in 1000, %d of %d presses score, want at most %d", seen, worst, c.n, c.most)
		}
	}
}

// TestHeldKeyDetectorSparesFingers plays runs of every speed that one hand can reach.
func TestHeldKeyDetectorSparesFingers(t *testing.T) {
	t.Parallel()
	people := map[string]presses{
		"a metronome at 8 a second":    toAMetronome(125, 6, 600),
		"a metronome at 10 a second":   toAMetronome(100, 6, 600),
		"an exact script at 10/s":      key(400, 10, 600),
		"an even drummer of the field": fingers(125, 0.072, 70),
	}
	for _, perSecond := range []float64{2, 3, 4, 6, 8, 9, 10} {
		for _, variation := range []float64{0.02, 0.03, 0.05, 0.08, 0.2} {
			people[fmt.Sprintf("%v/s, varied by %v", perSecond, variation)] = fingers(1000/perSecond, variation, 300)
		}
	}
	for who, what := range people {
		for name, over := range links {
			if _, seen := runs(over, what); seen > 0 {
				t.Errorf("%s over %s: taken for a key %d times in 1000", who, name, seen)
			}
		}
	}
}

// TestHeldKeyDetectorSeldomHoldsFasterFingers plays with two hands, which may reach more than ten
// presses a second, but not evenly.
func TestHeldKeyDetectorSeldomHoldsFasterFingers(t *testing.T) {
	for _, c := range []struct{ perSecond, variation float64 }{{11, 0.1}, {12, 0.1}, {14, 0.12}, {16, 0.15}, {18, 0.15}} {
		for name, over := range links {
			if _, seen := runs(over, fingers(1000/c.perSecond, c.variation, 120)); seen > 30 {
				t.Errorf("%v/s over %s: taken for a key %d times in 1000", c.perSecond, name, seen)
			}
		}
	}
	for name, over := range links {
		tapping := func(r *rand.Rand) []float64 { return fingers(80, 0.04, 600)(r)[1:] } // no lone press first
		if _, seen := runs(over, tapping); seen > 0 {
			t.Errorf("who just taps is taken for a key over %s %d times in 1000", name, seen)
		}
	}
}

func TestHeldKeyDetectorFindsKeyAfterHiccup(t *testing.T) {
	times := key(500, 11, 400)(nil)
	for i := range times {
		if i > 100 {
			times[i] += 400 // the link stood still, and the press before it is no lone one
		}
	}
	if n := scored(times); n > 40 {
		t.Errorf("%d of %d presses score", n, len(times))
	}
}

func BenchmarkHeldKeyDetector(b *testing.B) {
	r, now := newHeldKeyDetector(time.Now()), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(100 * time.Millisecond)
		r.press(now, minPause)
	}
}
