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
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/server/admission"
	"clickky/sync/game"
)

// long plays every attack twenty times, or for ten seconds, and the soak test as
// long as it should be before a release. Without the race detector the attacks
// are held against what SECURITY.md promises:
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
	times int // how much of it
	run   func(a *attacker)
}

// attacker is who does it.
type attacker struct {
	*testing.T
	g      *testServer
	times  int
	before state
	conns  []io.Closer // all of them, closed after the attack
	reads  bool        // all that it is sent
	kept   bool        // it has lasted as long as it should; see keepOn
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
		_, descriptors := belongings(a.T)
		return descriptors <= a.before.descriptors+len(a.conns)
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

// TestAttacks does everything that a client should not do, one attack after the other, against
// one server on which one player keeps playing and others log in. Nothing may delay them, and
// afterwards nothing may be left: no goroutine, no descriptor, no memory, no work.
func TestAttacks(t *testing.T) {
	hasty := admission.ConnConfig{
		LoginGraceTime: time.Second, SessionTimeout: time.Second,
		KeepaliveInterval: 500 * time.Millisecond, KeepaliveTimeout: time.Second,
		WriteTimeout: 500 * time.Millisecond, CloseTimeout: 100 * time.Millisecond,
	}
	unhurried := admission.ConnConfig{CloseTimeout: hasty.CloseTimeout}
	playAttacks(t, hasty, mostWork, nil, handshakeAttacks, requestAttacks, channelAttacks, inputAttacks, nameAttacks)
	playAttacks(t, unhurried, workOfCrowd, nil, stormAttacks, admissionAttacks)
	playAttacks(t, unhurried, mostWork, manyPlayers(), answerAttacks)
}

// playAttacks plays attacks on a server with such limits, on which they may have so
// many goroutines, and on which so many have played already.
func playAttacks(t *testing.T, conns admission.ConnConfig, goroutines int, balances []game.Player, attacks ...[]attack) {
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
	for _, attack := range slices.Concat(attacks...) {
		ok := t.Run(attack.name, func(t *testing.T) {
			rounds := 1
			if *long {
				rounds = 20
			}
			most := limitsNow()
			begin := time.Now()
			seen := b.playDuring(t.Context(), g.addr, func() {
				for kept := false; rounds > 0 && !kept; rounds-- {
					a := &attacker{T: t, g: g, times: attack.times, before: before}
					a.attack(attack.run)
					kept = a.kept
				}
			})
			took := time.Since(begin)
			seen.check(t, before, most, goroutines)
			before.awaitReturn(t)
			settled := time.Since(begin) - took
			if settled > most.rest {
				t.Errorf("it took %v until everything was as before", settled)
			}
			t.Logf("%.1f s and %.1f s to settle; %v (before: %d MB, %d)",
				took.Seconds(), settled.Seconds(), seen, before.heap>>20, before.goroutines)
		})
		if !ok {
			break // what it left would be blamed on the next one
		}
	}
}

// repeat is n times the same.
func repeat(what string, n int) string { return string(bytes.Repeat([]byte(what), n)) }
