package admission

import (
	"io"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// distant is an SSH connection whose client answers pings after a round trip. Its answers
// don't reach Conn.Read; those of testConn.send do.
type distant struct {
	gossh.Conn
	testConn *testConn
	trip     atomic.Int64 // how long an answer takes; negative: for ever
	asked    atomic.Int32
	ready    chan struct{}
}

func (c *distant) SendRequest(string, bool, []byte) (bool, []byte, error) {
	c.asked.Add(1)
	var answer <-chan time.Time // none
	if trip := time.Duration(c.trip.Load()); trip >= 0 {
		answer = time.After(trip)
	}
	select {
	case <-answer:
		return false, nil, nil
	case <-c.testConn.closed:
		return false, nil, io.EOF
	}
}

// connectDistant admits a client with that round-trip time.
func connectDistant(t *testing.T, d *ConnLimiter, trip time.Duration) (*distant, *RTT) {
	t.Helper()
	c := &distant{testConn: admit(t, d, "192.0.2.1"), ready: make(chan struct{}, 1)}
	c.trip.Store(int64(trip))
	d.authenticated(c.testConn.Conn)
	channel := d.play(c.testConn.Conn, c)
	channel.Resizes(func() {
		select {
		case c.ready <- struct{}{}:
		default:
		}
	})
	return c, channel.RTT()
}

// press makes the player press a key ten times a second for that time.
func (c *distant) press(t *testing.T, link *RTT, during time.Duration) {
	t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		c.testConn.send(t)
		link.Pressed()
	}
}

// wasNotified reports whether the session was notified of a change.
func (c *distant) wasNotified() bool {
	select {
	case <-c.ready:
		return true
	default:
		return false
	}
}

func TestRTTIsMeasuredWhilePlayerPresses(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		c, link := connectDistant(t, d, 100*time.Millisecond)
		defer c.testConn.Release()
		for range 100 { // others play
			c.testConn.send(t)
			time.Sleep(100 * time.Millisecond)
		}
		if n := c.asked.Load(); n > 0 {
			t.Errorf("asked %d times although nothing was pressed", n)
		}
		c.press(t, link, time.Minute)
		if n := c.asked.Load(); n < 11 || n > 13 {
			t.Errorf("asked %d times in a minute of pressing, want every 5 s", n)
		}
		if link.Slow() || c.wasNotified() {
			t.Error("a link of 100 ms is slow")
		}
	})
}

func TestRTTBecomesSlowAndFine(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		c, link := connectDistant(t, d, 100*time.Millisecond)
		defer c.testConn.Release()
		c.press(t, link, 6*time.Second)
		c.trip.Store(int64(3 * time.Second))
		begin := time.Now()
		for !link.Slow() {
			c.press(t, link, 100*time.Millisecond)
		}
		if took := time.Since(begin); took > 5*time.Second+1500*time.Millisecond || !c.wasNotified() {
			t.Errorf("found after %v", took)
		}
		c.press(t, link, 10*time.Second)
		if !link.Slow() || c.wasNotified() {
			t.Error("it has changed meanwhile")
		}

		c.trip.Store(int64(100 * time.Millisecond))
		c.press(t, link, 10*time.Second)
		if link.Slow() || !c.wasNotified() {
			t.Error("a link that is fine again is still slow")
		}
	})
}

func TestRTTRecoversWithoutPress(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		c, link := connectDistant(t, d, 2*time.Second)
		defer c.testConn.Release()
		link.Pressed()
		c.testConn.send(t)
		time.Sleep(3 * time.Second)
		if !link.Slow() {
			t.Fatal("a link of 2 s is fine")
		}
		c.trip.Store(0)
		time.Sleep(5 * time.Second)
		if link.Slow() {
			t.Error("it was not looked at again")
		}
		asked := c.asked.Load()
		time.Sleep(10 * time.Second)
		if n := c.asked.Load(); n != asked {
			t.Errorf("asked %d times more, and nothing was pressed", n-asked)
		}
	})
}

func TestRTTIgnoresIdlePlayer(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		c, link := connectDistant(t, d, 3*time.Second)
		defer c.testConn.Release()
		idle := func(during time.Duration) {
			for end := time.Now().Add(during); time.Now().Before(end); {
				time.Sleep(29 * time.Second) // the keepalive has asked by then
				c.testConn.send(t)
			}
		}
		idle(2 * time.Minute)
		if c.asked.Load() == 0 || link.Slow() || c.wasNotified() {
			t.Errorf("asked %d times, slow %v", c.asked.Load(), link.Slow())
		}
		c.press(t, link, 10*time.Second)
		idle(time.Minute)
		if !link.Slow() {
			t.Error("a link of 3 s is fine")
		}
		c.trip.Store(0)
		idle(time.Minute)
		if link.Slow() {
			t.Error("the keepalive has not found it fine")
		}
	})
}

func TestRTTHasHysteresis(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		c, link := connectDistant(t, d, 700*time.Millisecond)
		defer c.testConn.Release()
		c.press(t, link, 20*time.Second)
		if link.Slow() {
			t.Error("a link of 700 ms is slow")
		}
		c.trip.Store(int64(1500 * time.Millisecond))
		c.press(t, link, 20*time.Second)
		c.trip.Store(int64(700 * time.Millisecond))
		c.press(t, link, 20*time.Second)
		if !link.Slow() || !c.wasNotified() || c.wasNotified() {
			t.Error("a link that was slow is fine at 700 ms")
		}
	})
}

func TestRTTIgnoresClientWithoutAnswers(t *testing.T) {
	withKeepalive(t, func(t *testing.T, d *ConnLimiter) {
		c, link := connectDistant(t, d, -1)
		defer c.testConn.Release()
		c.press(t, link, 2*time.Minute)
		if link.Slow() || c.asked.Load() != 1 {
			t.Errorf("slow %v, asked %d times", link.Slow(), c.asked.Load())
		}
		_ = c.testConn.Close()
		time.Sleep(time.Second)
		if link.Slow() {
			t.Error("slow when it was closed")
		}
	})
}

func TestRTTWithoutLimiterIsFine(t *testing.T) {
	link := (&Channel{conn: &Conn{}}).RTT()
	if link.Pressed(); link.Slow() {
		t.Error("it is slow")
	}
}
