// Package pipetest has a listener without a network, so that the tests of a server have their own
// clock (testing/synctest).
package pipetest

import "net"

// Listener is a listener on which a test connects with Connect. Its methods are safe for concurrent
// use; Close may be called once.
type Listener struct {
	From   net.Addr // where the next connections come from; not to be set beside Connect
	conns  chan net.Conn
	closed chan struct{}
}

// NewListener returns a listener whose connections come from an address. Call it in the test's
// bubble.
func NewListener(from net.Addr) *Listener {
	return &Listener{From: from, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *Listener) Close() error { close(l.closed); return nil }

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return &net.TCPAddr{} }

// Connect waits until the server accepts a new connection, and returns the client's end of it.
func (l *Listener) Connect() net.Conn {
	ours, theirs := net.Pipe()
	l.conns <- conn{theirs, l.From}
	return ours
}

// conn is the server's end of a connection.
type conn struct {
	net.Conn
	from net.Addr
}

// RemoteAddr implements net.Conn.
func (c conn) RemoteAddr() net.Addr { return c.from }
