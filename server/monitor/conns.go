package monitor

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// bounded is a listener that has a bounded number of connections open. Accept is
// for one goroutine.
type bounded struct {
	net.Listener
	conns *conns
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	raw, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, all: b.conns}
	oldest, err := b.conns.enter(c)
	if err != nil {
		_ = raw.Close() // the listener is closed
		return nil, err
	}
	if oldest != nil {
		_ = oldest.Close() // its client asks again
	}
	return c, nil
}

// Close implements net.Listener.
func (b *bounded) Close() error {
	b.conns.close()
	return b.Listener.Close()
}

// conns are the connections that are open. Those that wait for a request, the first
// one included, make room for new ones: the one that waits longest first. A new
// connection waits only while all others are being answered.
type conns struct {
	most int

	mu      sync.Mutex
	free    sync.Cond // of mu: there is room, or somebody who makes some
	open    int
	waiting []*conn // for a request, since the longest time first
	closed  bool
}

func newConns(most int) *conns {
	c := &conns{most: most}
	c.free.L = &c.mu
	return c
}

// enter admits a connection. It returns the one that has lost its place to it, if
// any, for the caller to close.
func (c *conns) enter(added *conn) (oldest *conn, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed && c.open >= c.most && len(c.waiting) == 0 {
		c.free.Wait()
	}
	switch {
	case c.closed:
		return nil, net.ErrClosed
	case c.open >= c.most:
		oldest = c.waiting[0]
		c.remove(oldest)
	}
	c.open++
	c.waiting = append(c.waiting, added)
	return oldest, nil
}

// changed is the hook of http.Server.
func (c *conns) changed(raw net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of, ok := raw.(*conn)
	if !ok || of.left {
		return
	}
	c.waiting = slices.DeleteFunc(c.waiting, func(w *conn) bool { return w == of })
	if state == http.StateNew || state == http.StateIdle {
		c.waiting = append(c.waiting, of)
		c.free.Signal()
	}
}

// remove takes a connection out. The caller holds the mutex.
func (c *conns) remove(of *conn) {
	if of.left {
		return
	}
	of.left = true
	c.open--
	c.waiting = slices.DeleteFunc(c.waiting, func(w *conn) bool { return w == of })
	c.free.Signal()
}

func (c *conns) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.free.Signal()
}

// conn is one of them.
type conn struct {
	net.Conn
	all  *conns
	left bool // guarded by all.mu
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.all.mu.Lock()
	c.all.remove(c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}
