package server_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clickky/server"
	"clickky/server/gate"
	"clickky/server/sshtest"
)

// long plays every attack twenty times, and the soak test as long as it should
// be before a release:
//
//	go test -race ./server -run 'Attacks|Rude' -timeout 1h -attack.long
var long = flag.Bool("attack.long", false, "twenty times every attack, and 1,000 cycles of the soak test")

// What an attack may do to the others, on a busy machine with two cores and
// under the race detector.
const (
	longestGap    = 2 * time.Second // between a bystander's press and its showing
	heapAtMost    = 200 << 20       // bytes more than before, of server and attackers together, while it lasts
	mostWork      = 1000            // goroutines more than before, while it lasts
	heapLeft      = 8 << 20         // bytes more than before, when it is over
	quietWindow   = 50 * time.Millisecond
	quietCPU      = 20 * time.Millisecond // in a quiet window, of all cores together
	bystanderRate = 12                    // presses a second; well below what scores
)

// attack is one thing that a client should not do.
type attack struct {
	name  string
	times int // how much of it
	run   func(a *attacker)
}

// attacker is who does it.
type attacker struct {
	*testing.T
	g      *game
	times  int
	before state
	conns  []io.Closer // all of them, closed after the attack
}

// attack attacks, and hangs up.
func (a *attacker) attack(run func(*attacker)) {
	defer func() {
		for _, c := range a.conns {
			_ = c.Close()
		}
	}()
	run(a)
}

// dial opens a connection that is closed after the attack.
func (a *attacker) dial() *sshtest.Raw {
	a.Helper()
	conn := dial(a.T, a.g.addr)
	a.conns = append(a.conns, conn)
	_ = conn.SetReadBuffer(16 << 10) // so that not reading is soon felt
	return sshtest.NewRaw(conn)
}

// login logs in, as a client that does only what it is told. A crowd that logs
// in is thinned at random, so it may have to try again.
func (a *attacker) login(user string) *sshtest.Raw {
	a.Helper()
	var r *sshtest.Raw
	sshtest.Eventually(a.T, user+" is let in", func() (ok bool) {
		var err error
		r, err = sshtest.RawLogin(a.dial().Conn, user)
		return err == nil
	})
	return r
}

// client logs in, as a client that answers as it should.
func (a *attacker) client(user string) *sshtest.Conn {
	a.Helper()
	return sshtest.Over(a.T, a.dial().Conn, user)
}

// open opens a session.
func (a *attacker) open(r *sshtest.Raw, window uint32) {
	a.Helper()
	if err := r.Open(window); err != nil {
		a.Fatal(err)
	}
}

// send sends packets, and tells whether the server has not hung up.
func (a *attacker) send(r *sshtest.Raw, packets ...[]byte) bool { return r.Send(packets...) == nil }

// awaitEnd waits until the server has closed the connections. What it sends is
// thrown away.
func (a *attacker) awaitEnd(conns ...*sshtest.Raw) {
	a.Helper()
	for _, r := range conns {
		_ = r.SetReadDeadline(time.Now().Add(sshtest.Patience))
		if _, err := io.Copy(io.Discard, r.Conn); errors.Is(err, os.ErrDeadlineExceeded) {
			a.Fatal("the server keeps the connection")
		}
	}
}

// awaitAlone waits until the server has closed every connection of the attacker,
// who may not notice: a client that does not read learns of it when its own
// system asks next.
func (a *attacker) awaitAlone() {
	a.Helper()
	sshtest.Eventually(a.T, "the server closes the connections of clients that do not read", func() bool {
		_, descriptors := belongings(a.T)
		return descriptors <= a.before.descriptors+len(a.conns)
	})
}

// bystander is an honest player who presses space all the time.
type bystander struct {
	screen *sshtest.Screen
	clicks int
}

// press presses space, and returns how long that took to show; false if it never
// did.
func (b *bystander) press() (time.Duration, bool) {
	b.clicks++
	begin := time.Now()
	ok := b.screen.TryType(" ") && b.screen.Appears(fmt.Sprintf("clicks   %d ", b.clicks))
	return time.Since(begin), ok
}

// peak is what a bystander saw at worst.
type peak struct {
	gap        time.Duration
	heap       uint64
	goroutines int
	stuck      bool
}

// playDuring plays for as long as something lasts.
func (b *bystander) playDuring(something func()) (worst peak) {
	over := make(chan struct{})
	var playing sync.WaitGroup
	playing.Go(func() {
		pace := time.NewTicker(time.Second / bystanderRate)
		defer pace.Stop()
		for last := false; !last; {
			select {
			case <-over:
				last = true // and once more
			case <-pace.C:
			}
			gap, ok := b.press()
			worst.gap = max(worst.gap, gap)
			worst.heap = max(worst.heap, heapNow())
			worst.goroutines = max(worst.goroutines, runtime.NumGoroutine())
			if !ok {
				worst.stuck = true
				return
			}
		}
	})
	func() {
		defer close(over) // also when the attack fails
		something()
	}()
	playing.Wait()
	return worst
}

// heapNow is how much memory is in use, or not collected yet.
func heapNow() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func heapInUse() uint64 {
	runtime.GC()
	return heapNow()
}

// cpu is how much of it the process has used.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// state is what a process has.
type state struct {
	goroutines, descriptors int
	heap                    uint64
}

// steadyState waits until nothing comes or goes any more.
func steadyState(t *testing.T) state {
	t.Helper()
	var s state
	steady := 0
	sshtest.Eventually(t, "the counts are steady", func() bool {
		now, files := belongings(t)
		if steady++; now != s.goroutines || files != s.descriptors {
			steady = 0
		}
		s.goroutines, s.descriptors = now, files
		return steady > 20
	})
	s.heap = heapInUse()
	return s
}

// awaitReturn waits until a process has no more than it had, and rests.
func (s state) awaitReturn(t *testing.T) {
	t.Helper()
	var goroutines, descriptors int
	if !sshtest.Holds(func() bool {
		goroutines, descriptors = belongings(t)
		return goroutines <= s.goroutines && descriptors <= s.descriptors
	}) {
		t.Fatalf("%d goroutines and %d descriptors are left, %d and %d were there before\n%s",
			goroutines, descriptors, s.goroutines, s.descriptors, stacks())
	}
	var heap uint64
	if !sshtest.Holds(func() bool { heap = heapInUse(); return heap <= s.heap+heapLeft }) {
		t.Fatalf("%d MB of memory are left, %d MB were there before", heap>>20, s.heap>>20)
	}
	sshtest.Eventually(t, "the CPU rests", func() bool {
		before := cpu(t)
		time.Sleep(quietWindow) //nolint:forbidigo // what is measured is that nothing happens
		return cpu(t)-before < quietCPU
	})
}

// stacks is what the goroutines do.
func stacks() string {
	var all strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
	return all.String()
}

// TestAttacks does all that a client should not do, one thing after the other,
// against one server on which somebody goes on playing. Nothing may keep that
// player waiting, and when it is over nothing of it may be left: no goroutine,
// no descriptor, no memory, no work.
func TestAttacks(t *testing.T) {
	g := start(t, func(c *server.Config) {
		c.MaxRate = 20
		c.Door = gate.DoorConfig{
			HandshakeTimeout: time.Second, SessionTimeout: time.Second,
			KeepaliveEvery: 500 * time.Millisecond, AnswerTimeout: time.Second,
			StuckAfter: 500 * time.Millisecond, CloseGrace: 300 * time.Millisecond,
		}
	}).load(t, 0)
	b := &bystander{screen: sshtest.Dial(t, g.addr, "bystander").Play(t, 80, 24)}
	b.screen.WaitFor(t, "bystander")
	sshtest.Dial(t, g.addr, "first").Close() //nolint:errcheck,gosec // so that everything has been done once
	before := steadyState(t)
	for _, attack := range slices.Concat(handshakeAttacks, requestAttacks, channelAttacks, inputAttacks) {
		ok := t.Run(attack.name, func(t *testing.T) {
			rounds := 1
			if *long {
				rounds = 20
			}
			begin := time.Now()
			worst := b.playDuring(func() {
				for range rounds {
					(&attacker{T: t, g: g, times: attack.times, before: before}).attack(attack.run)
				}
			})
			took := time.Since(begin)
			if worst.stuck || worst.gap > longestGap {
				t.Errorf("a bystander's press took %v to show (stuck: %v)", worst.gap, worst.stuck)
			}
			if worst.heap > before.heap+heapAtMost {
				t.Errorf("%d MB of memory were in use, %d MB before", worst.heap>>20, before.heap>>20)
			}
			if worst.goroutines > before.goroutines+mostWork {
				t.Errorf("there were %d goroutines, %d before", worst.goroutines, before.goroutines)
			}
			before.awaitReturn(t)
			t.Logf("%.1f s and %.1f s to settle; longest gap %v, %d MB, %d goroutines (before: %d MB, %d)",
				took.Seconds(), (time.Since(begin) - took).Seconds(), worst.gap.Round(time.Millisecond),
				worst.heap>>20, worst.goroutines, before.heap>>20, before.goroutines)
		})
		if !ok {
			break // what it left would be blamed on the next one
		}
	}
}

// repeat is n times the same.
func repeat(what string, n int) string { return string(bytes.Repeat([]byte(what), n)) }
