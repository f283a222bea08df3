package monitor

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// limitedListener limits the number of open connections. Those that wait for a request make room
// for new ones, the longest-waiting first. A new connection only waits while all others are being
// answered. Accept is for one goroutine.
type limitedListener struct {
	net.Listener

	mu      sync.Mutex
	changed sync.Cond  // of mu
	conns   []openConn // ordered by their last change of state
	closed  bool
}

type openConn struct {
	net.Conn
	isWaiting bool // for a request
}

func newLimitedListener(l net.Listener) *limitedListener {
	limited := &limitedListener{Listener: l}
	limited.changed.L = &limited.mu
	return limited
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	oldest, err := l.makeRoom()
	if err != nil {
		_ = accepted.Close()
		return nil, err
	}
	if oldest != nil {
		_ = oldest.Close() // its client can retry
	}
	return accepted, nil
}

// makeRoom waits until there is room for a connection. It returns the one that must be closed for
// that, if any.
func (l *limitedListener) makeRoom() (oldest net.Conn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed {
		if len(l.conns) < maxConns {
			return nil, nil
		}
		if i := slices.IndexFunc(l.conns, func(c openConn) bool { return c.isWaiting }); i >= 0 {
			oldest = l.conns[i].Conn
			l.conns = slices.Delete(l.conns, i, i+1)
			return oldest, nil
		}
		l.changed.Wait()
	}
	return nil, net.ErrClosed
}

// stateChanged is the ConnState hook of http.Server.
func (l *limitedListener) stateChanged(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.conns, func(c openConn) bool { return c.Conn == conn })
	switch {
	case i >= 0:
		l.conns = slices.Delete(l.conns, i, i+1)
	case state != http.StateNew:
		return // it has made room
	}
	if state != http.StateClosed {
		l.conns = append(l.conns, openConn{conn, state != http.StateActive})
	}
	l.changed.Signal()
}

// Close implements net.Listener.
func (l *limitedListener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.changed.Signal()
	l.mu.Unlock()
	return l.Listener.Close()
}
