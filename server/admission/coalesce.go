package admission

import (
	"errors"
	"os"
	"time"
)

const (
	// After coverPackets short packets of one size, each within coverEvery of the previous
	// one, a connection has cover traffic: nobody presses keys so fast for so long.
	coverPackets = 25
	coverEvery   = 35 * time.Millisecond
	// coalesceTime is how long one packet waits for another. The deadline is renewed after
	// half of that.
	coalesceTime = 120 * time.Millisecond
)

// coalescer reads the packets of OpenSSH's cover traffic two at a time, because waking up for
// each costs more than reading it. Another packet follows each press within 20 ms, so a press
// is late by no more. The kernel waits for the second packet if it can (SO_RCVLOWAT in
// socket(7)). Used only by the goroutine that reads the connection.
type coalescer struct {
	at    time.Duration // when the last packet was read, since the limiter's epoch
	size  int           // of the last packets
	count int           // how many packets of that size came in time
	on    bool
	until time.Duration // the read deadline
}

// beforeRead is called before each read.
func (c *Conn) beforeRead() {
	p := &c.coalescer
	if now := c.limiter.now(); p.on && p.until-now < coalesceTime/2 {
		p.until = now + coalesceTime
		_ = c.SetReadDeadline(time.Now().Add(coalesceTime))
	}
}

// afterRead is called after each read, and reports whether to read again because the deadline
// passed.
func (c *Conn) afterRead(n int, err error) (again bool) {
	p := &c.coalescer
	switch {
	case p.on && n == 0 && errors.Is(err, os.ErrDeadlineExceeded):
		c.coalesce(0)
		return true
	case p.on || n == 0:
		return false
	case n > pongSize || !c.pongs.isDelaying():
		p.count = 0
		return false
	}
	now := c.limiter.now()
	if n != p.size || now-p.at > coverEvery {
		p.size, p.count = n, 0
	}
	p.at = now
	if p.count++; p.count >= coverPackets {
		c.coalesce(2 * n)
	}
	return false
}

// coalesce makes reads wait for that many bytes from now on; 0 turns it off.
func (c *Conn) coalesce(bytes int) {
	c.coalescer = coalescer{on: bytes > 0 && setLowWater(c.Conn, bytes) == nil}
	if bytes == 0 {
		_ = setLowWater(c.Conn, 1)
		_ = c.SetReadDeadline(time.Time{})
	}
}
