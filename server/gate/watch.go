package gate

import (
	"time"
)

// keepalive is the request that every client answers, if only to say that it
// does not know it.
const keepalive = "keepalive@openssh.com"

// looks is how often Watch looks at every connection while one may be quiet.
const looks = 80

// Watch closes the connections that do not begin a session in time, at first or
// after the last one, and those whose clients do not answer any more. It returns when stop is closed, and
// not before the connections that it has asked have answered or have been
// closed: close them all before.
//
// It never waits for a client. A ping runs on a goroutine of its own, at most
// one for each connection, which ends at the latest with the connection.
func (d *Door) Watch(stop <-chan struct{}) {
	defer d.pings.Wait()
	tick := time.NewTicker(max(min(d.config.KeepaliveEvery, d.config.SessionTimeout)/looks, time.Millisecond))
	defer tick.Stop()
	var ask, end []*Conn
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		ask, end = d.look(ask[:0], end[:0])
		for _, c := range ask {
			d.ping(c)
		}
		for _, c := range end {
			_ = c.Close()
		}
		clear(ask) // so that they do not stay in memory
		clear(end)
	}
}

// look appends whom to ask whether they are there, or how long that takes, and
// whose time is over.
func (d *Door) look(ask, end []*Conn) (toAsk, toEnd []*Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for c := range d.waiting {
		if step(c.step.Load()) == loggedIn && now-time.Duration(c.since.Load()) >= d.config.SessionTimeout {
			end = append(end, c)
		}
	}
	for c := range d.playing {
		switch {
		case c.lingers(now):
			end = append(end, c)
		case now-c.lastHeard() < c.patience: // whatever it was, the client is there
			c.askedAt = 0
			if c.link.isDue(now) {
				ask = append(ask, c)
			}
		case c.askedAt == 0:
			c.askedAt = now
			ask = append(ask, c)
		case now-c.askedAt >= d.config.AnswerTimeout:
			end = append(end, c)
		}
	}
	return ask, end
}

// ping asks a client whether it is there. Whatever it answers is seen where
// the connection is read. A stuck connection keeps the question until it is
// closed.
func (d *Door) ping(c *Conn) {
	if c.pinging.Swap(true) {
		return
	}
	d.pings.Go(func() {
		defer c.pinging.Store(false)
		c.link.measure(func() error {
			_, _, err := c.client.SendRequest(keepalive, true, nil)
			return err
		})
	})
}
