package monitor

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// limitedListener limits the number of open connections. Accept is for one goroutine.
type limitedListener struct {
	net.Listener
	conns *connSet
}

// Accept implements net.Listener.
func (b *limitedListener) Accept() (net.Conn, error) {
	raw, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, set: b.conns}
	oldest, err := b.conns.add(c)
	if err != nil {
		_ = raw.Close() // the listener is closed
		return nil, err
	}
	if oldest != nil {
		_ = oldest.Close() // its client can retry
	}
	return c, nil
}

// Close implements net.Listener.
func (b *limitedListener) Close() error {
	b.conns.close()
	return b.Listener.Close()
}

// connSet holds the open connections. Those that wait for a request make room for new ones, the
// longest-waiting first. A new connection only waits while all others are being answered.
type connSet struct {
	max int

	mu        sync.Mutex
	available sync.Cond // of mu: there is room, or a connection that can be closed
	open      int
	waiting   []*conn // for a request, longest first
	closed    bool
}

func newConnSet(most int) *connSet {
	c := &connSet{max: most}
	c.available.L = &c.mu
	return c
}

// add adds a connection. It returns the one that it replaces, if any, for the caller to close.
func (c *connSet) add(added *conn) (oldest *conn, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed && c.open >= c.max && len(c.waiting) == 0 {
		c.available.Wait()
	}
	switch {
	case c.closed:
		return nil, net.ErrClosed
	case c.open >= c.max:
		oldest = c.waiting[0]
		c.remove(oldest)
	}
	c.open++
	c.waiting = append(c.waiting, added)
	return oldest, nil
}

// stateChanged is the ConnState hook of http.Server.
func (c *connSet) stateChanged(raw net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of, ok := raw.(*conn)
	if !ok || of.removed {
		return
	}
	c.waiting = slices.DeleteFunc(c.waiting, func(w *conn) bool { return w == of })
	if state == http.StateNew || state == http.StateIdle {
		c.waiting = append(c.waiting, of)
		c.available.Signal()
	}
}

// remove removes a connection. The mutex is held.
func (c *connSet) remove(of *conn) {
	if of.removed {
		return
	}
	of.removed = true
	c.open--
	c.waiting = slices.DeleteFunc(c.waiting, func(w *conn) bool { return w == of })
	c.available.Signal()
}

func (c *connSet) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.available.Signal()
}

type conn struct {
	net.Conn
	set     *connSet
	removed bool // guarded by set.mu
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.set.mu.Lock()
	c.set.remove(c)
	c.set.mu.Unlock()
	return c.Conn.Close()
}
