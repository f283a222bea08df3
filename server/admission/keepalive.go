package admission

import (
	"time"
)

// keepaliveRequest is a request that every client answers, even if it doesn't know it.
const keepaliveRequest = "keepalive@openssh.com"

// looks is how often Keepalive looks at a connection within KeepaliveInterval.
const looks = 80

// Keepalive closes connections that don't begin a session in time, at first or after the
// last one, and those whose clients don't answer any more. Close all connections and then
// stop: it returns when no ping is under way.
//
// It waits for no client. Each ping has a goroutine, at most one for each connection, which
// ends with the connection at the latest.
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

// look appends the connections to ping, for a sign of life or their RTT, and those to close.
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

// ping pings a client. Conn.Read sees the answer. On a stuck connection the ping lasts
// until that is closed.
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
