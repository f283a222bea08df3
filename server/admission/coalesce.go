package admission

import (
	"errors"
	"os"
	"time"
)

const (
	// A connection on which coverPackets short packets of one size have come, each within
	// coverEvery of the one before, is one on which cover traffic comes: no hand is so quick
	// for so long.
	coverPackets = 25
	coverEvery   = 35 * time.Millisecond
	// coalesceTime is for how long one packet waits for another at most; until half of it has
	// passed, it need not be said anew.
	coalesceTime = 120 * time.Millisecond
)

// coalescer has the packets of somebody who types under OpenSSH's cover traffic read two at a
// time: one comes every 20 ms, and to be woken for each costs more than what is in it. So
// a press may be read 20 ms late, but not later, for another packet follows each of them
// for a second. The kernel does the waiting (SO_RCVLOWAT in socket(7)), where it can. Only
// the goroutine that reads a connection uses its coalescer.
type coalescer struct {
	at    time.Duration // when the last packet was read, since the limiter's epoch
	size  int           // of the packets so far
	count int           // how many have come in time
	on    bool
	until time.Duration // when one has waited long enough
}

// beforeRead is called before each read.
func (c *Conn) beforeRead() {
	p := &c.coalescer
	if now := c.limiter.now(); p.on && p.until-now < coalesceTime/2 {
		p.until = now + coalesceTime
		_ = c.SetReadDeadline(time.Now().Add(coalesceTime))
	}
}

// afterRead is called after each read. It takes in what that has come to, and reports whether to read again: a packet
// has waited long enough.
func (c *Conn) afterRead(n int, err error) (again bool) {
	p := &c.coalescer
	switch {
	case p.on && n == 0 && errors.Is(err, os.ErrDeadlineExceeded):
		c.coalesce(0)
		return true
	case p.on || n == 0:
		return false
	case n > pongSize || !c.pongs.holds():
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

// coalesce has reads wait for so many bytes from now on; 0: for any.
func (c *Conn) coalesce(bytes int) {
	c.coalescer = coalescer{on: bytes > 0 && setLowWater(c.Conn, bytes) == nil}
	if bytes == 0 {
		_ = setLowWater(c.Conn, 1)
		_ = c.SetReadDeadline(time.Time{})
	}
}
