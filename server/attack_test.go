package server_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
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

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/server/admission"
	"clickky/sync/game"
)

// long plays every attack alone, whole and twenty times, or for ten seconds, and the soak test
// as long as it should be before a release. Without the race detector the attacks are held
// against what SECURITY.md promises:
//
//	go test -race ./server -run 'Attacks|Rude' -timeout 1h -attack.long
//	go test ./server -run Attacks -timeout 1h -attack.long
var long = flag.Bool("attack.long", false, "twenty times every attack, and 1,000 cycles of the soak test")

// What an attack may take of the machine, and leave; what else see limits.
const (
	heapAtMost  = 200 << 20 // bytes more than before, of server and attackers together, while it lasts
	mostWork    = 1000      // goroutines more than before, while it lasts
	workOfCrowd = 2000      // the same, for a crowd that plays
	heapLeft    = 8 << 20   // bytes more than before, when it is over
	quietWindow = 50 * time.Millisecond
	quietCPU    = 20 * time.Millisecond // in a quiet window, of all cores together
)

// attack is one thing that a client should not do.
type attack struct {
	name  string
	times int // how much of it with attack.long; a quarter without
	run   func(a *attacker)
}

// attacker is who does it.
type attacker struct {
	*testing.T
	g     *testServer
	times int
	conns []net.Conn // all of them, closed after the attack
	reads bool       // all that it is sent
	kept  bool       // it has lasted as long as it should; see keepOn
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
	if !a.reads {
		_ = conn.SetReadBuffer(16 << 10) // so that not reading is soon felt
	}
	return sshtest.NewRaw(conn)
}

// connect opens a connection and takes the steps. A crowd that logs in is thinned at random, so
// it may have to try again.
func (a *attacker) connect(what string, steps ...func(*sshtest.Raw) error) *sshtest.Raw {
	a.Helper()
	var r *sshtest.Raw
	sshtest.Eventually(a.T, what, func() bool {
		r = a.dial()
		return !slices.ContainsFunc(steps, func(step func(*sshtest.Raw) error) bool { return step(r) != nil })
	})
	return r
}

// login logs in, as a client that does only what it is told.
func (a *attacker) login(user string) *sshtest.Raw {
	a.Helper()
	return a.connect(user+" is let in", exchange, func(r *sshtest.Raw) error { return r.Authenticate(user) })
}

// client logs in, as a client that answers as it should. On a busy machine that may take longer
// than the server waits for it, so it may have to try again.
func (a *attacker) client(user string) *sshtest.Conn {
	a.Helper()
	var client *sshtest.Conn
	sshtest.Eventually(a.T, fmt.Sprintf("%.40q is let in", user), func() bool {
		conn, channels, requests, err := gossh.NewClientConn(a.dial().Conn, a.g.addr, sshtest.Config(user))
		if err == nil {
			client = &sshtest.Conn{Client: gossh.NewClient(conn, channels, requests)}
		}
		return err == nil
	})
	return client
}

// open opens a session.
func (a *attacker) open(r *sshtest.Raw, window uint32) {
	a.Helper()
	if err := r.Open(window); err != nil {
		a.Fatal(err)
	}
}

// send sends packets and reports whether the connection is still open.
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
		return !slices.ContainsFunc(a.conns, a.g.accepted.isOpen)
	})
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
		time.Sleep(quietWindow) // what is measured is that nothing happens
		return cpu(t)-before < quietCPU
	})
}

// stacks is what the goroutines do.
func stacks() string {
	var all strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
	return all.String()
}

// TestAttacks does everything that a client should not do against servers on each of which one
// player keeps playing and others log in. Nothing may delay them, and afterwards nothing may be
// left: no goroutine, no descriptor, no memory, no work. The attacks of one kind happen at the same
// time, unless they are to be measured.
func TestAttacks(t *testing.T) {
	hasty := admission.ConnConfig{
		LoginGraceTime: time.Second, SessionTimeout: 2 * time.Second,
		KeepaliveInterval: 500 * time.Millisecond, KeepaliveTimeout: 2 * time.Second,
		WriteTimeout: 500 * time.Millisecond, CloseTimeout: 100 * time.Millisecond,
		PerSourceMaxStartups: 100, // so that attacks don't keep each other out
	}
	unhurried := admission.ConnConfig{CloseTimeout: hasty.CloseTimeout}
	playAttacks(t, hasty, mostWork, nil, handshakeAttacks, requestAttacks, channelAttacks, slices.Concat(inputAttacks, nameAttacks))
	playAttacks(t, unhurried, workOfCrowd, nil, stormAttacks, admissionAttacks)
	playAttacks(t, unhurried, mostWork, manyPlayers(), answerAttacks)
}

// playAttacks plays attacks on a server with such limits, on which they may have so
// many goroutines, and on which so many have played already.
func playAttacks(t *testing.T, conns admission.ConnConfig, goroutines int, balances []game.Player, kinds ...[]attack) {
	t.Helper()
	g := start(t, func(c *server.Config) {
		behind(t, balancer)(c)
		c.MaxRate, c.MaxPlayers, c.Conns, c.PublicLeaderboard = 20, 200, conns, balances != nil
	}).load(t, 0, balances...)
	defer g.end()
	b := &bystander{screen: sshtest.Dial(t, g.addr, "bystander").Play(t, 80, 24)}
	b.screen.WaitFor(t, "bystander")
	if _, ok := newcomer(t.Context(), g.addr); !ok { // so that everything has been done once
		t.Fatal("nobody can log in")
	}
	before := steadyState(t)
	for _, attacks := range kinds {
		together := len(attacks)
		if *long {
			together = 1
		}
		for attacks := range slices.Chunk(attacks, together) {
			most := limitsNow()
			begin := time.Now()
			seen := attackTogether(t, g, b, attacks)
			if seen == nil {
				continue // -run selects none of them
			}
			took := time.Since(begin)
			seen.check(t, before, most, goroutines)
			before.awaitReturn(t)
			settled := time.Since(begin) - took
			if settled > most.rest {
				t.Errorf("it took %v until everything was as before", settled)
			}
			t.Logf("%q and %d others: %.1f s and %.1f s to settle; %v (before: %d MB, %d)",
				attacks[0].name, len(attacks)-1, took.Seconds(), settled.Seconds(), seen, before.heap>>20, before.goroutines)
			if t.Failed() {
				return // what they left would be blamed on the next ones
			}
		}
	}
}

// attackTogether plays attacks at the same time, each as a subtest, and returns their effect on
// others; nil if -run selects none of them.
func attackTogether(t *testing.T, g *testServer, b *bystander, attacks []attack) *seen {
	t.Helper()
	var all sync.WaitGroup
	var first sync.Once
	var end func() *seen
	ctx := t.Context()
	for _, attack := range attacks {
		all.Go(func() {
			t.Run(attack.name, func(t *testing.T) {
				first.Do(func() { end = b.beginPlaying(ctx, g.addr) })
				rounds, times := 1, (attack.times+3)/4
				if *long {
					rounds, times = 20, attack.times
				}
				for kept := false; rounds > 0 && !kept; rounds-- {
					a := &attacker{T: t, g: g, times: times}
					a.attack(attack.run)
					kept = a.kept
				}
			})
		})
	}
	all.Wait()
	if end == nil {
		return nil
	}
	return end()
}
