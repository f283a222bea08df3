package gate

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
	// pairTime is for how long one packet waits for another at most; until half of it has
	// passed, it need not be said anew.
	pairTime = 120 * time.Millisecond
)

// pairs has the packets of somebody who types under OpenSSH's cover traffic read two at a
// time: one comes every 20 ms, and to be woken for each costs more than what is in it. So
// a press may be read 20 ms late, but not later, for another packet follows each of them
// for a second. The kernel does the waiting (SO_RCVLOWAT in socket(7)), where it can. Only
// the goroutine that reads a connection uses its pairs.
type pairs struct {
	at    time.Duration // when the last packet was read, since the door's epoch
	size  int           // of the packets so far
	count int           // how many have come in time
	on    bool
	until time.Duration // when one has waited long enough
}

// beforeRead is called before each read.
func (c *Conn) beforeRead() {
	p := &c.pairs
	if now := c.door.now(); p.on && p.until-now < pairTime/2 {
		p.until = now + pairTime
		_ = c.SetReadDeadline(time.Now().Add(pairTime))
	}
}

// afterRead is called after each read. It takes in what that has come to, and reports whether to read again: a packet
// has waited long enough.
func (c *Conn) afterRead(n int, err error) (again bool) {
	p := &c.pairs
	switch {
	case p.on && n == 0 && errors.Is(err, os.ErrDeadlineExceeded):
		c.readPairs(0)
		return true
	case p.on || n == 0:
		return false
	case n > answerSize || !c.answers.holds():
		p.count = 0
		return false
	}
	now := c.door.now()
	if n != p.size || now-p.at > coverEvery {
		p.size, p.count = n, 0
	}
	p.at = now
	if p.count++; p.count >= coverPackets {
		c.readPairs(2 * n)
	}
	return false
}

// readPairs has reads wait for so many bytes from now on; 0: for any.
func (c *Conn) readPairs(bytes int) {
	c.pairs = pairs{on: bytes > 0 && setLowWater(c.Conn, bytes) == nil}
	if bytes == 0 {
		_ = setLowWater(c.Conn, 1)
		_ = c.SetReadDeadline(time.Time{})
	}
}
