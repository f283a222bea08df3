package admission

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const greeting = "SSH-2.0-test\r\n"

// packet returns an unencrypted packet.
func packet(kind byte, size int) string {
	payload := append([]byte{4, kind}, make([]byte, size+4)...)
	return string(append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...))
}

func TestHandshakeCountsCompletePackets(t *testing.T) {
	offer, keys := packet(kexInit, 800), packet(newKeys, 0)
	for _, c := range []struct {
		said string
		want phase
	}{
		{"", connected},
		{greeting, connected},
		{greeting + offer[:len(offer)-1], connected},
		{greeting + offer, kexStarted},
		{"welcome\r\n\nSSH\nSS" + "\n" + greeting + offer, kexStarted},
		{"no SSH-2.0 at all\n" + offer, connected},
		{greeting + packet(2, 100) + offer, kexStarted},
		{greeting + offer + packet(30, 32) + keys[:len(keys)-1], kexStarted},
		{greeting + offer + packet(30, 32) + keys, encrypted},
		{greeting + offer + keys + packet(kexInit, 0) + strings.Repeat("\xff", 1000), encrypted},
		{greeting + strings.Repeat("\xff", 1000), connected},
		{greeting + strings.Repeat("\x00", 1000), connected},
		{strings.Repeat("x", 1000), connected},
	} {
		for _, atOnce := range []int{1, 2, 7, 4096} {
			var h handshake
			for chunk := range slices.Chunk([]byte(c.said), atOnce) {
				h.consume(chunk)
			}
			if h.phase != c.want {
				t.Errorf("%.60q, %d bytes at once: phase %d, want %d", c.said, atOnce, h.phase, c.want)
			}
		}
	}
}

// sendText makes the client send a text, which the server reads.
func (v *testConn) sendText(t *testing.T, what string) {
	t.Helper()
	go func() { _, _ = v.far.Write([]byte(what)) }() // fails if the limiter has closed it
	for n, buf := 0, make([]byte, 4096); n < len(what); {
		m, err := v.Read(buf)
		if err != nil {
			return
		}
		n += m
	}
}

// slowClients are clients that send one byte every 2.5 s after a first text.
type slowClients struct {
	first string
	ips   func(int) string
	all   []*testConn
}

// sendByte makes each client send its next byte, and opens n more connections.
func (s *slowClients) sendByte(t *testing.T, d *ConnLimiter, n int) {
	t.Helper()
	s.all = slices.DeleteFunc(s.all, (*testConn).isClosed)
	for _, v := range s.all {
		v.sendText(t, "x")
	}
	for i := range n {
		if v, err := tryAdmit(t, d, s.ips(i)); err == nil {
			v.sendText(t, s.first+"x")
			s.all = append(s.all, v)
		}
	}
}

// aFifth has a fifth of the usual caps: what a cap costs grows with its square.
var aFifth = ConnConfig{MaxStartups: 100, PerSourceMaxStartups: 10}

func TestConnLimiterEvictsBytesWithoutProgress(t *testing.T) {
	t.Parallel()
	offer, exchange := packet(kexInit, 800), packet(30, 32)
	for what, first := range map[string]string{
		"in the greeting":        "SSH-",
		"in the first packet":    greeting + offer[:100],
		"in the key exchange":    greeting + offer + exchange[:6],
		"after the key exchange": greeting + offer + exchange + packet(newKeys, 0),
	} {
		for where, ips := range map[string]func(int) string{
			"eleven addresses": func(i int) string { return fmt.Sprintf("203.0.113.%d", i%11) },
			"a /56":            func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i%256) },
			"three /48":        func(i int) string { return fmt.Sprintf("2001:db8:%x:%x::1", i%3, i/3%256) },
		} {
			t.Run(what+", from "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := NewConnLimiter(aFifth)
					crowd := slowClients{first: first, ips: ips}
					for range 6 { // 15 s
						crowd.sendByte(t, d, 120)
						time.Sleep(1500 * time.Millisecond)
						honest := admit(t, d, "192.0.2.1") // fails if it is refused
						honest.sendText(t, greeting+offer)
						crowd.sendByte(t, d, 120)
						time.Sleep(time.Second)
						if honest.isClosed() {
							t.Fatal("somebody who gets on has to make room for who does not")
						}
						honest.Release()
					}
				})
			})
		}
	}
}

func TestConnLimiterWaitsForPassphrase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewConnLimiter(aFifth)
		person := admit(t, d, "203.0.113.1") // as one of the crowd
		time.Sleep(2 * time.Second)
		person.sendText(t, greeting+packet(kexInit, 800)+packet(30, 32))
		time.Sleep(2 * time.Second)
		person.sendText(t, packet(newKeys, 0))
		crowd := slowClients{first: "SSH-", ips: func(i int) string { return fmt.Sprintf("203.0.113.%d", i%11) }}
		for range 9 {
			crowd.sendByte(t, d, 120)
			time.Sleep(time.Second)
		}
		if person.isClosed() {
			t.Error("nine seconds after the keys were exchanged, a crowd has pushed out who types a passphrase")
		}
	})
}

func TestConnLimiterEvictsFromLargestNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewConnLimiter(ConnConfig{MaxStartups: 60})
		first := admit(t, d, "192.0.2.1")
		first.send(t)
		fill(t, d, only("203.0.113.1"), 29)
		fill(t, d, only("203.0.113.2"), 30)
		for i := range 25 { // all get on, so that chance would keep out almost everybody
			admit(t, d, fmt.Sprintf("198.51.100.%d", i)).send(t)
		}
		if n := d.Stats().Waiting; n != 60 || first.isClosed() {
			t.Errorf("%d wait, want 60; the one who came first from an address is gone: %v", n, first.isClosed())
		}
		refused := 0
		for range 20 {
			if _, err := tryAdmit(t, d, "203.0.113.2"); errors.Is(err, ErrMaxStartups) {
				refused++
			}
		}
		if refused != 20 {
			t.Errorf("%d of 20 from the largest network are refused, want all", refused)
		}
	})
}

func TestLimitsOfIPv6Networks(t *testing.T) {
	for what, c := range map[string]struct {
		ip   func(int) string
		want int
	}{
		"a /64": {func(i int) string { return fmt.Sprintf("2001:db8::%x", i) }, 10},
		"a /56": {func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i%256) }, 20},
		"a /48": {func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i*256) }, 40},
		"all":   {func(i int) string { return fmt.Sprintf("2001:db8:%x::1", i) }, 200},
		"IPv4":  {func(i int) string { return fmt.Sprintf("::ffff:10.0.%d.1", i) }, 200},
	} {
		t.Run(what, func(t *testing.T) {
			d := NewConnLimiter(ConnConfig{MaxStartups: 1000, PerSourceMaxStartups: 10})
			for i := range 200 {
				admit(t, d, c.ip(i)) // in place of a silent one
			}
			if n := d.Stats().Waiting; n != c.want {
				t.Errorf("%d connections wait, want %d", n, c.want)
			}
			l := NewSessionLimiter(1000, 10)
			sessions := 0
			for i := range 200 {
				if _, err := l.Acquire(addrOf(c.ip(i)), false, false); err == nil {
					sessions++
				}
			}
			if sessions != c.want {
				t.Errorf("%d sessions, want %d", sessions, c.want)
			}
		})
	}
}

func TestPenaltiesPaceLogins(t *testing.T) {
	for what, c := range map[string]struct {
		ip      func(int) string
		proxied bool
		free    int           // logins that nobody waits for
		then    time.Duration // between two
	}{
		"an address":                {only("192.0.2.1"), false, 50, 200 * time.Millisecond},
		"a /64":                     {func(i int) string { return fmt.Sprintf("2001:db8::%x", i) }, false, 50, 200 * time.Millisecond},
		"a /56":                     {func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i%256) }, false, 100, 100 * time.Millisecond},
		"a /48":                     {func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i*256%65536) }, false, 200, 50 * time.Millisecond},
		"loopback":                  {only("127.0.0.1"), false, 1000, 0},
		"loopback, through a proxy": {only("127.0.0.1"), true, 50, 200 * time.Millisecond},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := NewConnLimiter(ConnConfig{})
				logIn := func(i int) time.Duration {
					v := admit(t, d, c.ip(i))
					defer v.Release()
					v.proxied = c.proxied
					start := time.Now()
					v.AwaitPenalty()
					d.authenticated(v.Conn)
					return time.Since(start)
				}
				for i := range c.free {
					if held := logIn(i); held > 0 {
						t.Fatalf("the login after %d is held for %v", i, held)
					}
				}
				start := time.Now()
				for i := range 100 {
					logIn(i)
				}
				if took := time.Since(start); took < 99*c.then || took > 101*c.then {
					t.Errorf("100 more take %v, want %v", took, 100*c.then)
				}
				time.Sleep(time.Minute)
				if held := logIn(0); held > 0 {
					t.Errorf("after a minute of rest a login is held for %v", held)
				}
			})
		})
	}
}

// TestAwaitPenaltyKeepsPlace holds because the limiter itself has them wait.
func TestAwaitPenaltyKeepsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewConnLimiter(ConnConfig{PerSourceMaxStartups: 2})
		for range 100 {
			d.logins.add(networksOf(Source(addrOf("192.0.2.1"))), time.Now())
		}
		held := admit(t, d, "192.0.2.1")
		go held.AwaitPenalty()
		synctest.Wait()
		for range 10 {
			_, _ = tryAdmit(t, d, "192.0.2.1")
		}
		if held.isClosed() {
			t.Error("a connection that is held has to make room")
		}
		time.Sleep(9 * time.Second)
		held.send(t)
		if now := d.now(); !held.isProgressing(now) || held.isProgressing(now+3*time.Second) {
			t.Error("its time does not begin when it is held no longer")
		}
		held.Release()
	})
}
