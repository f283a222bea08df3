package admission

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// pongSize is the most bytes of a write that is taken for the answer to a ping of
	// the transport, whatever the cipher. No frame is so short.
	pongSize = 36
	// pongDelay is for how long the first of some answers is held, and mostPongs how
	// many bytes of them are.
	pongDelay = 100 * time.Millisecond
	mostPongs = 10 * pongSize
)

// pongs holds the answers to the pings with which OpenSSH, since 9.5, hides when
// somebody types (ping@openssh.com in its PROTOCOL file): one every 20 ms while a player
// clicks, and a while longer. Nobody waits for them, and a write of its own for each costs
// more than a frame. So they go out with the next frame. What is not an answer and just as
// short is late by pongDelay at most.
type pongs struct {
	screens atomic.Int32 // how many sessions have a screen; without any nothing is held

	mu    sync.Mutex // also while something is written, however long that takes
	held  []byte
	timer *time.Timer
	err   error // of a write that nobody waited for
}

// hold has answers held while there is one screen more, or one less. It waits for nobody.
func (a *pongs) hold(screens int32) { a.screens.Add(screens) }

// holds reports whether answers are held. It waits for nobody.
func (a *pongs) holds() bool { return a.screens.Load() > 0 }

// write writes p after what is held, or holds it, too.
func (a *pongs) write(conn net.Conn, p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.err != nil:
		return 0, a.err
	case a.holds() && len(p) <= pongSize && len(a.held)+len(p) <= mostPongs:
		a.keep(conn, p)
		return len(p), nil
	case len(a.held) == 0:
		return conn.Write(p)
	}
	held := len(a.held)
	a.held = append(a.held, p...)
	n, err := a.flush(conn)
	return max(n-held, 0), err
}

// keep holds p. The first that is held begins the wait.
func (a *pongs) keep(conn net.Conn, p []byte) {
	if a.held = append(a.held, p...); len(a.held) > len(p) {
		return
	}
	if a.timer != nil {
		a.timer.Reset(pongDelay)
		return
	}
	a.timer = time.AfterFunc(pongDelay, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if _, err := a.flush(conn); err != nil {
			a.err = err
		}
	})
}

// flush writes what is held. The buffer is kept, but not one that a frame made large.
func (a *pongs) flush(conn net.Conn) (int, error) {
	if len(a.held) == 0 {
		return 0, nil
	}
	a.timer.Stop()
	n, err := conn.Write(a.held)
	if a.held = a.held[:0]; cap(a.held) > 2*mostPongs {
		a.held = nil
	}
	return n, err
}

// close ends the wait. The connection is closed, so that no write of it is stuck.
func (a *pongs) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = net.ErrClosed
	a.held = nil
	if a.timer != nil {
		a.timer.Stop()
	}
}
