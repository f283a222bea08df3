package admission

import (
	"time"
)

// keepaliveRequest is the request that every client answers, if only to say that it
// does not know it.
const keepaliveRequest = "keepalive@openssh.com"

// looks is how often Keepalive looks at every connection while one may be quiet.
const looks = 80

// Keepalive closes the connections that do not begin a session in time, at first or
// after the last one, and those whose clients do not answer any more. It returns when
// stop is closed, and not before the connections that it has asked have answered or
// have been closed: close them all before.
//
// It never waits for a client. A ping runs on a goroutine of its own, at most
// one for each connection, which ends at the latest with the connection.
func (l *ConnLimiter) Keepalive(stop <-chan struct{}) {
	defer l.pings.Wait()
	tick := time.NewTicker(max(min(l.config.KeepaliveInterval, l.config.SessionTimeout)/looks, time.Millisecond))
	defer tick.Stop()
	var ask, end []*Conn
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		ask, end = l.look(ask[:0], end[:0])
		for _, c := range ask {
			l.ping(c)
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
func (l *ConnLimiter) look(ask, end []*Conn) (toAsk, toEnd []*Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for c := range l.waiting {
		if phase(c.phase.Load()) == loggedIn && now-time.Duration(c.since.Load()) >= l.config.SessionTimeout {
			end = append(end, c)
		}
	}
	for c := range l.playing {
		switch {
		case c.lingers(now):
			end = append(end, c)
		case now-c.lastHeard() < c.patience: // whatever it was, the client is there
			c.askedAt = 0
			if c.rtt.isDue(now) {
				ask = append(ask, c)
			}
		case c.askedAt == 0:
			c.askedAt = now
			ask = append(ask, c)
		case now-c.askedAt >= l.config.KeepaliveTimeout:
			end = append(end, c)
		}
	}
	return ask, end
}

// ping asks a client whether it is there. Whatever it answers is seen where
// the connection is read. A stuck connection keeps the question until it is
// closed.
func (l *ConnLimiter) ping(c *Conn) {
	if c.pinging.Swap(true) {
		return
	}
	l.pings.Go(func() {
		defer c.pinging.Store(false)
		c.rtt.measure(func() error {
			_, _, err := c.client.SendRequest(keepaliveRequest, true, nil)
			return err
		})
	})
}
