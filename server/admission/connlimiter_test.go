package admission

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// testConn is an admitted connection with the client's end of it.
type testConn struct {
	*Conn // the server's end
	far   net.Conn
}

type fromAddr struct {
	net.Conn
	addr net.Addr
}

func (f fromAddr) RemoteAddr() net.Addr { return f.addr }

func addrOf(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip)} }

func tryAdmit(t *testing.T, d *ConnLimiter, ip string) (*testConn, error) {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	c, err := d.Admit(fromAddr{near, addrOf(ip)})
	return &testConn{c, far}, err
}

func admit(t *testing.T, d *ConnLimiter, ip string) *testConn {
	t.Helper()
	v, err := tryAdmit(t, d, ip)
	if err != nil {
		t.Fatalf("%s is refused: %v", ip, err)
	}
	return v
}

// send makes the client send a byte, which the server reads.
func (v *testConn) send(t *testing.T) {
	t.Helper()
	go func() { _, _ = v.far.Write([]byte("S")) }()
	if _, err := v.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// isClosed reports whether the server has closed the connection.
func (v *testConn) isClosed() bool {
	select {
	case <-v.closed:
		return true
	default:
		return false
	}
}

// fill admits n clients that send something, and repeats those rejected at random.
func fill(t *testing.T, d *ConnLimiter, ip func(int) string, n int) {
	t.Helper()
	for i := range n {
		for {
			if v, err := tryAdmit(t, d, ip(i)); err == nil {
				v.send(t)
				break
			}
		}
	}
}

func only(ip string) func(int) string { return func(int) string { return ip } }

func TestConnLimiterAdmitsBesideSilentCrowd(t *testing.T) {
	for what, ip := range map[string]func(int) string{
		"of one address":      only("127.0.0.1"),
		"of one IPv6 network": func(i int) string { return fmt.Sprintf("2001:db8::%x", i) },
		"of many addresses":   func(i int) string { return fmt.Sprintf("198.51.%d.%d", i/250, i%250) },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := NewConnLimiter(ConnConfig{MaxStartups: 50, PerSourceMaxStartups: 20})
				var crowd []*testConn
				for i := range 300 {
					crowd = append(crowd, admit(t, d, ip(i)))
					time.Sleep(time.Millisecond)
				}
				if n := d.Stats().Waiting; n > 50 {
					t.Errorf("%d wait, want at most 50", n)
				}
				honest := admit(t, d, ip(1000))
				honest.send(t)
				for i := range 300 {
					admit(t, d, ip(i))
				}
				if honest.isClosed() {
					t.Error("the crowd has pushed out somebody who logs in")
				}
				if !crowd[0].isClosed() {
					t.Error("the oldest silent connection is still open")
				}
			})
		})
	}
}

func TestConnLimiterEvictsStalledLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewConnLimiter(ConnConfig{PerSourceMaxStartups: 20})
		fill(t, d, only("192.0.2.1"), 20)
		if _, err := tryAdmit(t, d, "192.0.2.1"); !errors.Is(err, ErrMaxStartups) {
			t.Fatalf("among as many as may log in: %v, want ErrMaxStartups", err)
		}
		admit(t, d, "192.0.2.2")
		time.Sleep(3 * time.Second)
		never := admit(t, d, "192.0.2.1") // in place of one of them
		admit(t, d, "192.0.2.1")
		if !never.isClosed() {
			t.Error("one that never said anything stays, and one that did had to go")
		}
	})
}

func TestConnLimiterRejectsAtRandom(t *testing.T) {
	for _, c := range []struct{ busy, low, high int }{
		{0, 0, 0}, {10, 0, 0}, {15, 350, 650}, {20, 1000, 1000},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := NewConnLimiter(ConnConfig{PerSourceMaxStartups: 20})
			fill(t, d, only("::1"), c.busy)
			refused := 0
			for range 1000 {
				if v, err := tryAdmit(t, d, "::1"); err == nil {
					v.Release()
				} else {
					refused++
				}
			}
			if refused < c.low || refused > c.high {
				t.Errorf("beside %d of 20, %d of 1000 are refused; want %d to %d", c.busy, refused, c.low, c.high)
			}
		})
	}
}

func TestConnLimiterPlayersTakeNoPlace(t *testing.T) {
	d := NewConnLimiter(ConnConfig{PerSourceMaxStartups: 2, MaxStartups: 2})
	for range 10 {
		v := admit(t, d, "192.0.2.1")
		d.authenticated(v.Conn)
		d.play(v.Conn, &client{})
		defer v.Release()
		if v.isClosed() || d.Stats().Waiting != 0 {
			t.Fatal("a player counts as waiting")
		}
	}
}

// play begins a session.
func (d *ConnLimiter) play(conn *Conn, client gossh.Conn) *Channel {
	c := &Channel{}
	if !d.openChannel(conn, c, client) {
		return nil
	}
	d.startSession(c)
	return c
}

// client is an SSH connection whose client answers pings until it is closed.
type client struct {
	gossh.Conn
	testConn *testConn
	dead     bool
	asked    atomic.Int32
}

func (c *client) SendRequest(string, bool, []byte) (bool, []byte, error) {
	c.asked.Add(1)
	if c.dead {
		<-c.testConn.closed
		return false, nil, io.EOF
	}
	go func() { _, _ = c.testConn.far.Write([]byte("S")) }()
	_, err := c.testConn.Read(make([]byte, 1))
	return false, nil, err
}

// withKeepalive runs the keepalive of a limiter until the test function ends.
func withKeepalive(t *testing.T, run func(*testing.T, *ConnLimiter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := NewConnLimiter(ConnConfig{})
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() { defer close(ended); d.Keepalive(stop) }()
		run(t, d)
		close(stop)
		<-ended
	})
}

func TestKeepaliveClosesVanishedClient(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		var all []*client
		for i := range 10 {
			c := &client{testConn: admit(t, d, "192.0.2.1"), dead: i%2 == 0}
			defer c.testConn.Release()
			d.authenticated(c.testConn.Conn)
			d.play(c.testConn.Conn, c)
			all = append(all, c)
		}
		time.Sleep(40 * time.Second)
		for _, c := range all {
			if c.testConn.isClosed() || c.asked.Load() == 0 {
				t.Errorf("after 40 s: closed %v, asked %d times", c.testConn.isClosed(), c.asked.Load())
			}
		}
		time.Sleep(20 * time.Second)
		for _, c := range all {
			if c.testConn.isClosed() != c.dead {
				t.Errorf("after a minute: dead %v, closed %v", c.dead, c.testConn.isClosed())
			}
			if c.dead && c.asked.Load() != 1 {
				t.Errorf("asked %d times at once", c.asked.Load())
			}
		}
		time.Sleep(time.Hour)
		if c := all[1]; c.testConn.isClosed() || c.asked.Load() < 138 || c.asked.Load() > 190 {
			t.Errorf("after an hour: closed %v, asked %d times", c.testConn.isClosed(), c.asked.Load())
		}
	})
}

// TestKeepaliveSpreadsPings has clients that connect at the same moment, as after a restart.
func TestKeepaliveSpreadsPings(t *testing.T) {
	d := NewConnLimiter(ConnConfig{})
	idle := map[time.Duration]bool{}
	for i := range 10 {
		v := admit(t, d, fmt.Sprint("192.0.2.", i))
		defer v.Release()
		if idle[v.pingIdle] = true; v.pingIdle < 19*time.Second || v.pingIdle > 26*time.Second {
			t.Errorf("a client is pinged after %v", v.pingIdle)
		}
	}
	if len(idle) < 5 {
		t.Errorf("ten clients are pinged at %d moments", len(idle))
	}
}

func TestKeepaliveSparesClientThatTalks(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		c := &client{testConn: admit(t, d, "192.0.2.1"), dead: true}
		defer c.testConn.Release()
		d.authenticated(c.testConn.Conn)
		d.play(c.testConn.Conn, c)
		for range 100 {
			time.Sleep(40 * time.Second)
			c.testConn.send(t)
		}
		if n := c.asked.Load(); n != 1 || c.testConn.isClosed() {
			t.Errorf("asked %d times before it has answered, closed %v", n, c.testConn.isClosed())
		}
		time.Sleep(time.Minute)
		if !c.testConn.isClosed() {
			t.Error("still there a minute after its last word")
		}
	})
}

func TestKeepaliveClosesLoginWithoutSession(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		idle, player := admit(t, d, "192.0.2.1"), admit(t, d, "192.0.2.1")
		for _, v := range []*testConn{idle, player} {
			time.Sleep(15 * time.Second)
			d.authenticated(v.Conn)
		}
		d.play(player.Conn, &client{testConn: player})
		time.Sleep(4 * time.Second)
		if idle.isClosed() {
			t.Error("closed 19 s after it logged in")
		}
		time.Sleep(2 * time.Second)
		if !idle.isClosed() || player.isClosed() {
			t.Errorf("after 21 s: closed %v, and the player %v", idle.isClosed(), player.isClosed())
		}
	})
}

func TestKeepaliveWaitsForNextSession(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		v := admit(t, d, "192.0.2.1")
		defer v.Release()
		d.authenticated(v.Conn)
		for range 5 {
			first, second := d.play(v.Conn, &client{testConn: v}), d.play(v.Conn, &client{testConn: v})
			d.finishSession(first)
			time.Sleep(21 * time.Second) // the client need not hurry while the second plays
			d.closeChannel(first)
			if d.Stats().Waiting != 0 {
				t.Fatal("a connection waits on which somebody plays")
			}
			d.closeChannel(second)
			time.Sleep(19 * time.Second)
			if d.Stats().Waiting != 1 || v.isClosed() {
				t.Fatalf("19 s after the last session: %d wait, closed %v", d.Stats().Waiting, v.isClosed())
			}
		}
		time.Sleep(2 * time.Second)
		if !v.isClosed() {
			t.Error("still there 21 s after its last session")
		}
	})
}

func TestConnLimiterEvictsConnsWithoutSessionFirst(t *testing.T) {
	d := NewConnLimiter(ConnConfig{PerSourceMaxStartups: 20})
	for range 100 {
		v := admit(t, d, "192.0.2.1")
		v.send(t)
		d.authenticated(v.Conn)
		d.closeChannel(d.play(v.Conn, &client{}))
		v.send(t)
	}
	if n := d.Stats().Waiting; n != 20 {
		t.Errorf("%d wait, want 20", n)
	}
}

func TestKeepaliveClosesLingeringChannels(t *testing.T) {
	for what, c := range map[string]struct {
		others, closed bool
		do             func(*ConnLimiter, *Conn)
	}{
		"a session that is over":                   {false, true, func(d *ConnLimiter, c *Conn) { d.finishSession(d.play(c, nil)) }},
		"a session that is over, beside another":   {true, false, func(d *ConnLimiter, c *Conn) { d.finishSession(d.play(c, nil)) }},
		"no session on a channel":                  {false, false, func(d *ConnLimiter, c *Conn) { d.openChannel(c, &Channel{}, nil) }},
		"one that comes and goes, and an idle one": {false, true, func(d *ConnLimiter, c *Conn) { d.openChannel(c, &Channel{}, nil); d.finishSession(d.play(c, nil)) }},
	} {
		t.Run(what, func(t *testing.T) {
			withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
				v := admit(t, d, "192.0.2.1")
				defer v.Release()
				d.authenticated(v.Conn)
				if c.others {
					d.play(v.Conn, &client{testConn: v})
				}
				c.do(d, v.Conn)
				time.Sleep(4 * time.Second)
				if v.isClosed() {
					t.Error("closed after 4 s")
				}
				time.Sleep(2 * time.Second)
				if v.isClosed() != c.closed {
					t.Errorf("after 6 s: closed %v", v.isClosed())
				}
			})
		})
	}
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		v := admit(t, d, "192.0.2.1")
		defer v.Release()
		d.authenticated(v.Conn)
		d.play(v.Conn, &client{testConn: v})
		time.Sleep(time.Minute)
		if d.openChannel(v.Conn, &Channel{}, nil); v.isClosed() {
			t.Error("closed while somebody plays")
		}
		time.Sleep(21 * time.Second)
		if !v.isClosed() {
			t.Error("a channel without a session stays beside one that has one")
		}
	})
}

func TestConnSessionsAreLimited(t *testing.T) {
	d := NewConnLimiter(ConnConfig{})
	v := admit(t, d, "192.0.2.1")
	defer v.Release()
	var last *Channel
	for i := range MaxSessions {
		if last = d.play(v.Conn, &client{}); last == nil {
			t.Fatalf("no session %d", i+1)
		}
	}
	d.finishSession(last)
	if d.play(v.Conn, &client{}) != nil {
		t.Error("one more, although the client has closed no channel")
	}
	d.closeChannel(last)
	if d.play(v.Conn, &client{}) == nil {
		t.Error("no session in the place of one that is over")
	}
}

func TestPenaltiesSlowDownFailures(t *testing.T) {
	for _, c := range []struct {
		what, ip       string
		speaks, denied bool
		slowed         bool
	}{
		{"keys that are not accepted", "192.0.2.1", true, true, true},
		{"keys that are not accepted, on loopback", "127.0.0.1", true, true, true},
		{"half a handshake", "192.0.2.1", true, false, true},
		{"half a handshake on loopback", "127.0.0.1", true, false, false},
		{"nothing", "192.0.2.1", false, false, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := NewConnLimiter(ConnConfig{})
				fail := func(n int) {
					for range n {
						v := admit(t, d, c.ip)
						if c.speaks {
							v.send(t)
						}
						v.authFailed.Store(c.denied)
						v.Release()
					}
				}
				held := func(ip string) time.Duration {
					v := admit(t, d, ip)
					defer v.Release()
					start := time.Now()
					v.AwaitPenalty()
					return time.Since(start)
				}
				fail(20)
				if got := held(c.ip); got != 0 {
					t.Errorf("after 20 failures: held for %v", got)
				}
				fail(1000)
				if got := held(c.ip); (got == 5*time.Second) != c.slowed {
					t.Errorf("after 1020 failures: held for %v", got)
				}
				if got := held("192.0.2.99"); got != 0 {
					t.Errorf("another address: held for %v", got)
				}
				time.Sleep(2 * time.Second)
				if got := held(c.ip); got != 0 {
					t.Errorf("later: held for %v", got)
				}
			})
		})
	}
}

func TestAwaitPenaltyEndsWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewConnLimiter(ConnConfig{FailureInterval: time.Hour, MaxFailureDelay: time.Hour})
		origin := networksOf(netip.MustParsePrefix("192.0.2.1/32"))
		for range 100 {
			d.failures.add(origin, time.Now())
		}
		v := admit(t, d, "192.0.2.1")
		time.AfterFunc(time.Second, func() { _ = v.Close() })
		start := time.Now()
		v.AwaitPenalty()
		if took := time.Since(start); took != time.Second {
			t.Errorf("held for %v, want until it was closed", took)
		}
	})
}

func TestPenaltiesAreBounded(t *testing.T) {
	f := NewConnLimiter(ConnConfig{}).failures
	now := time.Now()
	first := networksOf(netip.MustParsePrefix("192.0.2.1/32"))
	for i := range 2 * maxPenalized {
		f.add(networksOf(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)), now)
		f.add(first, now)
	}
	if len(f.networks.entries) != maxPenalized || f.networks.order.Len() != maxPenalized {
		t.Errorf("%d and %d networks, want %d", len(f.networks.entries), f.networks.order.Len(), maxPenalized)
	}
	if f.delay(first, now) == 0 {
		t.Error("the one that fails all the time is forgotten")
	}
}
