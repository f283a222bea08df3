package server_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/cmd/clickky/sshtest"
)

// limits bound the effect of an attack on other players.
type limits struct {
	longestPress time.Duration // until it is on the screen
	press        time.Duration // the same, of nine out of ten
	login        time.Duration // of a newcomer, from the connection to the first screen
	cores        float64       // while it goes on, for server, attackers and the others together; 0: any
	rest         time.Duration // until everything is as it was before
}

var (
	// onBusyMachine holds under the race detector beside other tests.
	onBusyMachine = limits{longestPress: 2 * time.Second, press: 2 * time.Second, login: 10 * time.Second, rest: time.Minute}
	// promised is what SECURITY.md says, on two cores that have nothing else to
	// do: half a core for the server, and a tenth for everybody else here.
	promised = limits{longestPress: 2 * time.Second, press: 100 * time.Millisecond, login: time.Second, cores: 0.6, rest: 10 * time.Second}
)

// limitsNow returns the limits for this run.
func limitsNow() limits {
	if *long && !raceDetector {
		return promised
	}
	return onBusyMachine
}

const (
	newcomerPause = 100 * time.Millisecond // between two logins of newcomers
	// A bystander presses about twelve times a second, which is well below what
	// scores, and not as evenly as a key that is held.
	shortestPause, longestPause = 30 * time.Millisecond, 130 * time.Millisecond
)

// bystander is an honest player who presses space all the time.
type bystander struct {
	screen *sshtest.Screen
	clicks int
}

// press presses space, and returns how long the screen took to show it; false if it didn't.
func (b *bystander) press() (time.Duration, bool) {
	b.clicks++
	begin := time.Now()
	ok := b.screen.TryType(" ") && b.screen.Appears("clicks   "+humanize.Comma(int64(b.clicks))+" ")
	return time.Since(begin), ok
}

// newcomer logs in and returns the time until the first screen. It retries when rejected, because
// the server rejects some of many unauthenticated connections at random.
func newcomer(ctx context.Context, addr string) (time.Duration, bool) {
	begin := time.Now()
	for time.Since(begin) < sshtest.Patience {
		if sawScreen(ctx, addr) {
			return time.Since(begin), true
		}
	}
	return time.Since(begin), false
}

// sawScreen logs in once, and reports whether the screen appeared.
func sawScreen(ctx context.Context, addr string) bool {
	conn, err := (&net.Dialer{Timeout: sshtest.Patience}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(sshtest.Patience))
	r, err := sshtest.RawLogin(conn, "newcomer")
	if err != nil || r.Play(hugeSize) != nil {
		return false
	}
	for {
		if packet, err := r.Receive(); err != nil || bytes.Contains(packet, []byte("newcomer")) {
			return err == nil
		}
	}
}

// seen is the effect of an attack on other players.
type seen struct {
	presses, logins []time.Duration
	heap            uint64 // at most
	goroutines      int    // at most
	stuck, kept     bool   // a press never showed; nobody could log in
}

// beginPlaying plays and logs in until the returned function is called, which returns what was
// seen.
func (b *bystander) beginPlaying(ctx context.Context, addr string) (end func() *seen) {
	s := &seen{}
	over := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		pause := func() time.Duration { return shortestPause + rand.N(longestPause-shortestPause) }
		repeatUntil(over, pause, func() bool {
			took, ok := b.press()
			s.presses = append(s.presses, took)
			s.heap = max(s.heap, heapNow())
			s.goroutines = max(s.goroutines, runtime.NumGoroutine())
			s.stuck = !ok
			return ok
		})
	})
	others.Go(func() {
		repeatUntil(over, every(newcomerPause), func() bool {
			took, ok := newcomer(ctx, addr)
			s.logins = append(s.logins, took)
			s.kept = !ok
			return ok
		})
	})
	return func() *seen {
		close(over)
		others.Wait()
		return s
	}
}

// every returns a function that returns pause.
func every(pause time.Duration) func() time.Duration { return func() time.Duration { return pause } }

// repeatUntil calls do after each pause until over is closed, and once more then, or until do
// fails. The pause includes the time that do takes.
func repeatUntil(over <-chan struct{}, pause func() time.Duration, do func() bool) {
	next := time.NewTimer(pause())
	defer next.Stop()
	for last := false; do() && !last; {
		select {
		case <-over:
			last = true
		case <-next.C:
			next.Reset(pause())
		}
	}
}

// check compares the effect with the limits.
func (s *seen) check(t *testing.T, before state, l limits, goroutines int) {
	t.Helper()
	if longest, most := slices.Max(s.presses), nineOfTen(s.presses); s.stuck || longest > l.longestPress || most > l.press {
		t.Errorf("a bystander's press took %v to show, %v for nine out of ten (stuck: %v)", longest, most, s.stuck)
	}
	if longest := slices.Max(s.logins); s.kept || longest > l.login {
		t.Errorf("a newcomer's login took %v (kept out: %v)", longest, s.kept)
	}
	if s.heap > before.heap+heapAtMost {
		t.Errorf("%d MB of memory were in use, %d MB before", s.heap>>20, before.heap>>20)
	}
	if s.goroutines > before.goroutines+goroutines {
		t.Errorf("there were %d goroutines, %d before", s.goroutines, before.goroutines)
	}
}

// String describes the effect in a line.
func (s *seen) String() string {
	return fmt.Sprintf("presses p90 %v, longest %v; logins p90 %v, longest %v; %d MB, %d goroutines",
		ms(nineOfTen(s.presses)), ms(slices.Max(s.presses)), ms(nineOfTen(s.logins)), ms(slices.Max(s.logins)), s.heap>>20, s.goroutines)
}

// nineOfTen returns the 90th percentile.
func nineOfTen(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)*9/10]
}

func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

// keepOn calls do at that pace for one second, or for ten with attack.long. It is for attacks
// without an end, which must not cost more than a part of a core.
func (a *attacker) keepOn(pace time.Duration, do func()) {
	a.Helper()
	lasting := time.Second
	if *long {
		lasting = 10 * time.Second
	}
	over := make(chan struct{})
	time.AfterFunc(lasting, func() { close(over) })
	begin, used := time.Now(), cpu(a.T)
	repeatUntil(over, every(pace), func() bool { do(); return true })
	a.kept = true
	cores := (cpu(a.T) - used).Seconds() / time.Since(begin).Seconds()
	a.Logf("%.2f cores for %.1f s", cores, time.Since(begin).Seconds())
	if most := limitsNow().cores; most > 0 && cores > most {
		a.Errorf("server, attackers and the others use %.2f cores, want at most %.2f", cores, most)
	}
}
