package admission_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"clickky/server/admission"
)

// exchange is how long a click takes until other servers know of it.
const exchange = 200 * time.Millisecond

func TestSpendLimitsRateOverServers(t *testing.T) {
	const rate, seconds = 20, 30
	for _, servers := range []int{2, 3} {
		for _, perSecond := range []int{15, 20, 1000} { // on each of them
			t.Run(fmt.Sprintf("%d servers, %d a second", servers, perSecond), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					all := make([]*admission.ClickLimiter, servers)
					click := make([]func() admission.Verdict, servers)
					for i := range all {
						all[i] = admission.NewClickLimiter(rate)
						var leave func()
						click[i], leave = join(all[i], "alice")
						defer leave()
					}
					var scored []time.Duration
					start := time.Now()
					for i := time.Duration(0); time.Since(start) < seconds*time.Second; i++ {
						for at := range all {
							if click[at]() != admission.Counted {
								continue
							}
							scored = append(scored, time.Since(start))
							time.AfterFunc(exchange, func() {
								for other := range all {
									if other != at {
										all[other].Spend("alice", 1)
									}
								}
							})
						}
						time.Sleep(time.Until(start.Add((i + 1) * time.Second / time.Duration(perSecond))))
					}
					time.Sleep(exchange)
					// What each server lets come before it hears of the others is a second's
					// worth, and what its limit lets come in the time of the exchange.
					most := 10*rate + rate + (servers-1)*(rate+int(rate*exchange/time.Second)+1)
					for i := range scored {
						n := 0
						for _, at := range scored[i:] {
							if at < scored[i]+10*time.Second {
								n++
							}
						}
						if n > most {
							t.Fatalf("%d clicks in the ten seconds from %v, want at most %d", n, scored[i], most)
						}
					}
					if least := 10 * rate; perSecond <= rate && len(scored) < least {
						t.Errorf("only %d score in all", len(scored))
					}
				})
			})
		}
	}
}

func TestSpendIsBounded(t *testing.T) {
	for _, n := range []uint64{500, math.MaxUint64} {
		synctest.Test(t, func(t *testing.T) {
			c := admission.NewClickLimiter(20)
			click, leave := join(c, "alice")
			defer leave()
			other, leaveOther := join(c, "bob")
			defer leaveOther()
			for range 3 {
				c.Spend("alice", n)
			}
			c.Spend("nobody", n)
			if other() != admission.Counted {
				t.Error("another player is held back")
			}
			time.Sleep(5 * time.Second)
			if click() == admission.Counted {
				t.Error("nothing is owed any more")
			}
			time.Sleep(100 * time.Millisecond)
			if click() != admission.Counted {
				t.Error("it is still owed")
			}
		})
	}
}

func TestSpendOutlivesSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := admission.NewClickLimiter(20)
		_, leave := join(c, "alice")
		c.Spend("alice", 60)
		leave()
		time.Sleep(time.Second)
		for i := range 5 { // others who leave have it swept
			_, leave := join(c, fmt.Sprint(i))
			leave()
		}
		click, leave := join(c, "alice")
		defer leave()
		if click() == admission.Counted {
			t.Error("who comes back owes nothing")
		}
		time.Sleep(1100 * time.Millisecond)
		if click() != admission.Counted {
			t.Error("it is still owed")
		}
	})
}

func BenchmarkSpend(b *testing.B) {
	c := admission.NewClickLimiter(20)
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprint("player", i)
		_, leave := join(c, names[i])
		defer leave()
	}
	for b.Loop() {
		for _, name := range names {
			c.Spend(name, 1)
		}
	}
}
