package admission

import (
	"time"
)

// keepaliveRequest is a request that every client answers, even if it doesn't know it.
const keepaliveRequest = "keepalive@openssh.com"

// checksPerInterval is how often Keepalive checks a connection within KeepaliveInterval.
const checksPerInterval = 80

// Keepalive closes connections that don't begin a session in time, and connections whose
// clients no longer answer pings. It runs until stop is closed, and then waits for pending
// pings, so close all connections first.
//
// Each connection has at most one ping, on its own goroutine, which ends with the connection
// at the latest.
func (l *ConnLimiter) Keepalive(stop <-chan struct{}) {
	defer l.pings.Wait()
	tick := time.NewTicker(max(min(l.config.KeepaliveInterval, l.config.SessionTimeout)/checksPerInterval, time.Millisecond))
	defer tick.Stop()
	var toPing, toClose []*Conn
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		toPing, toClose = l.check(toPing[:0], toClose[:0])
		for _, c := range toPing {
			l.ping(c)
		}
		for _, c := range toClose {
			_ = c.Close()
		}
		clear(toPing) // so that closed connections can be freed
		clear(toClose)
	}
}

// check appends the connections to ping, as a keepalive or for their RTT, and those to close.
func (l *ConnLimiter) check(ping, end []*Conn) (toPing, toClose []*Conn) {
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
		case c.isOverdue(now):
			end = append(end, c)
		case now-c.lastReadAt() < c.pingIdle: // anything that was read shows that the client is there
			c.pingedAt = 0
			if c.rtt.isDue(now) {
				ping = append(ping, c)
			}
		case c.pingedAt == 0:
			c.pingedAt = now
			ping = append(ping, c)
		case now-c.pingedAt >= l.config.KeepaliveTimeout:
			end = append(end, c)
		}
	}
	return ping, end
}

// ping pings a client; Conn.Read notices the answer. On a stuck connection, the ping lasts
// until the connection is closed.
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
