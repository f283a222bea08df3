package web

import (
	"context"
	"net"
	"sync"

	"golang.org/x/time/rate"

	"clickky/server/admission"
)

// limitedListener accepts connections at a limited rate, and closes those above the limits. There is
// no limit for connections of proxies.
type limitedListener struct {
	net.Listener
	ctx     context.Context // of the server
	rate    *rate.Limiter
	limiter *admission.SessionLimiter
	proxies *admission.Proxies
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		_ = l.rate.Wait(l.ctx) // if the server ends, so does Accept
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		release, err := l.limiter.Acquire(c.RemoteAddr(), false, l.proxies.Contains(c.RemoteAddr()))
		if err == nil {
			return &conn{Conn: c, release: sync.OnceFunc(release)}, nil
		}
		release()
		_ = c.Close() // its client can retry
	}
}

// conn is a connection that is counted until it is closed.
type conn struct {
	net.Conn
	release func()
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.release()
	return c.Conn.Close()
}
