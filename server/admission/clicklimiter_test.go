package admission_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"clickky/server/admission"
)

// clicking counts the verdicts on clicks.
type clicking struct {
	click  func() admission.Verdict
	counts [3]int
}

// at clicks perSecond times a second for that time.
func (c *clicking) at(perSecond int, d time.Duration) *clicking {
	start := time.Now()
	for i := time.Duration(1); time.Since(start) < d; i++ {
		c.times(1)
		time.Sleep(time.Until(start.Add(i * time.Second / time.Duration(perSecond))))
	}
	return c
}

// times clicks without a pause in between.
func (c *clicking) times(n int) *clicking {
	for range n {
		c.counts[c.click()]++
	}
	return c
}

func (c *clicking) rest(d time.Duration) *clicking {
	time.Sleep(d)
	return c
}

func TestClickLimiterStopsHeldKeysAfterASecond(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for _, c := range []struct {
		what    string
		rate    int
		play    func(*clicking)
		counted int  // that many score, or
		atMost  int  // one second's worth and what may come at once
		held    bool // whether any click was held at the end
	}{
		{"a calm player", 20, func(c *clicking) { c.at(6, 60*second) }, 360, 0, false},
		{"a fast player", 20, func(c *clicking) { c.at(15, 60*second) }, 900, 0, false},
		{"just at the limit", 20, func(c *clicking) { c.at(20, 60*second) }, 1200, 0, false},
		{"a key that repeats at 25/s", 20, func(c *clicking) { c.at(25, 10*second) }, 30, 0, true},
		{"a key that repeats at 30/s", 20, func(c *clicking) { c.at(30, 10*second) }, 30, 0, true},
		{"a key that repeats at 50/s", 20, func(c *clicking) { c.at(50, 10*second) }, 0, 40, true},
		{"a script", 20, func(c *clicking) { c.at(1000, 10*second) }, 0, 40, true},
		{"all at once", 20, func(c *clicking) { c.times(100_000) }, 20, 0, false},
		{"a sprint of half a second", 20, func(c *clicking) { c.at(10, 5*second).at(30, second/2).at(10, 5*second) }, 115, 0, false},
		{"a stall", 20, func(c *clicking) { c.at(15, 5*second).rest(second).times(15).at(15, 5*second) }, 165, 0, false},
		{"a stall every other second", 20, func(c *clicking) {
			for range 30 {
				c.at(15, second).rest(second).times(15)
			}
		}, 900, 0, false},
		{"a network that delivers twice a second", 20, func(c *clicking) {
			for range 120 {
				c.times(7).rest(second / 2)
			}
		}, 840, 0, false},
		{"a pause after a held key", 20, func(c *clicking) { c.at(30, 10*second).rest(300*time.Millisecond).at(15, 5*second) }, 105, 0, false},
		{"too short a pause", 20, func(c *clicking) {
			c.at(30, 10*second)
			for range 100 {
				c.rest(250 * time.Millisecond).times(1)
			}
		}, 30, 0, true},
		{"a low limit", 1, func(c *clicking) { c.at(3, 10*second) }, 0, 2, true},
		{"a low limit kept", 1, func(c *clicking) { c.at(1, 60*second) }, 60, 0, false},
		{"a high limit", 1000, func(c *clicking) { c.at(500, 10*second) }, 5000, 0, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				click, leave := join(admission.NewClickLimiter(c.rate), "alice")
				defer leave()
				player := &clicking{click: click}
				c.play(player)
				got := player.counts[admission.Counted]
				if c.atMost == 0 && got != c.counted || c.atMost > 0 && (got < 1 || got > c.atMost) {
					t.Errorf("%d score, want %d or at most %d; %v in all", got, c.counted, c.atMost, player.counts)
				}
				if held := click() == admission.Held; held != c.held {
					t.Errorf("held at the end: %v; %v in all", held, player.counts)
				}
			})
		})
	}
}

func TestClickLimiterCountsAllSessionsOfPlayer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := admission.NewClickLimiter(5)
		one, leaveOne := join(c, "alice")
		two, leaveTwo := join(c, "alice")
		other, leaveOther := join(c, "bob")
		defer leaveTwo()
		defer leaveOther()
		for i := range 5 {
			if one() != admission.Counted {
				t.Fatalf("click %d does not score", i)
			}
		}
		if two() != admission.TooFast {
			t.Error("a second session brings more clicks")
		}
		if other() != admission.Counted {
			t.Error("another player is held back")
		}
		leaveOne()
		leaveOne()
		three, leaveThree := join(c, "alice")
		defer leaveThree()
		if three() != admission.TooFast {
			t.Error("coming again brings more clicks")
		}
	})
}

func TestClickLimiterHoldsTwoSessionsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := admission.NewClickLimiter(20)
		one, leaveOne := join(c, "alice")
		two, leaveTwo := join(c, "alice")
		defer leaveOne()
		defer leaveTwo()
		turn := false
		both := &clicking{click: func() admission.Verdict {
			if turn = !turn; turn {
				return one()
			}
			return two()
		}}
		if both.at(30, 5*time.Second); both.counts[admission.Counted] != 30 {
			t.Errorf("%v", both.counts)
		}
	})
}

func TestClickLimiterRemembersWhoReconnects(t *testing.T) {
	for _, rate := range []int{1, 10} {
		synctest.Test(t, func(t *testing.T) {
			c := admission.NewClickLimiter(rate)
			scored := 0
			start := time.Now()
			for time.Since(start) < 10*time.Second {
				click, leave := join(c, "alice")
				player := (&clicking{click: click}).times(20)
				scored += player.counts[admission.Counted]
				leave()
				time.Sleep(50 * time.Millisecond)
			}
			if scored > 2*rate {
				t.Errorf("%d clicks of a script at %d a second", scored, rate)
			}
		})
	}
}

// TestClickLimiterTellsHeldKeyFromFingers sends them as a keyboard that does not mark repeats.
func TestClickLimiterTellsHeldKeyFromFingers(t *testing.T) {
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	random := rand.New(rand.NewPCG(1, 2))
	evenly := func(gap, by float64) func() time.Duration {
		return func() time.Duration { return ms(gap + by*(2*random.Float64()-1)) }
	}
	normally := func(gap, by float64) func() time.Duration {
		return func() time.Duration { return ms(max(gap+by*random.NormFloat64(), 1)) }
	}
	for _, c := range []struct {
		what          string
		pause, first  time.Duration // before each pulse, and after its first press
		gap           func() time.Duration
		presses       int
		pulses        int
		atLeast, most int
	}{
		{"a slow repeat", 0, ms(500), evenly(91, 3), 90, 1, 1, 20},
		{"a slow repeat of a key held since before", ms(500), 0, evenly(91, 3), 90, 1, 1, 20},
		{"a medium repeat", 0, ms(500), evenly(66, 3), 110, 1, 1, 20},
		{"the console's repeat", 0, ms(250), evenly(1000/10.9, 1), 130, 1, 1, 20},
		{"pulses of a fast repeat", ms(800), ms(300), evenly(33, 2), 45, 4, 4, 70},
		{"pulses of a slow repeat", ms(800), ms(300), evenly(91, 2), 45, 4, 4, 80},
		{"six a second", 0, 0, normally(165, 33), 60, 1, 60, 60},
		{"an even drummer", 0, 0, normally(125, 9), 70, 1, 70, 70},
		{"an even drummer after a lone press", 0, ms(400), normally(125, 9), 70, 1, 70, 70},
		{"a metronome", 0, ms(500), evenly(100, 0), 300, 1, 300, 300},
		{"taps between pauses", ms(600), ms(400), normally(110, 8), 10, 30, 300, 300},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				click, leave := join(admission.NewClickLimiter(20), "alice")
				defer leave()
				player := &clicking{click: click}
				for range c.pulses {
					player.rest(c.pause).times(1).rest(c.first)
					for range c.presses - 1 {
						player.rest(c.gap()).times(1)
					}
				}
				if got := player.counts[admission.Counted]; got < c.atLeast || got > c.most {
					t.Errorf("%d of %d presses score, want %d to %d", got, c.presses*c.pulses, c.atLeast, c.most)
				}
			})
		})
	}
}

func TestClickLimiterHoldsOneSessionOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := admission.NewClickLimiter(20)
		key, leaveKey := join(c, "alice")
		fingers, leaveFingers := join(c, "alice")
		defer leaveKey()
		defer leaveFingers()
		held, tapping := &clicking{click: key}, &clicking{click: fingers}
		held.times(1).rest(500 * time.Millisecond)
		for i := range 300 {
			if held.rest(90 * time.Millisecond).times(1); i%3 == 2 {
				tapping.times(1)
			}
		}
		if held.counts[admission.Counted] > 20 || tapping.counts[admission.Counted] != 100 {
			t.Errorf("the key scores %v, fingers %v", held.counts, tapping.counts)
		}
	})
}

// join returns the test of the player's next click, for one session, and the end of it.
func join(c *admission.ClickLimiter, name string) (click func() admission.Verdict, leave func()) {
	a := c.Join(name)
	return a.Click, a.Leave
}
