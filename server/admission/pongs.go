package admission

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// A write of at most pongSize bytes is taken for the answer to a ping of the transport.
	// No frame is so short with any cipher.
	pongSize = 36
	// The first answer waits for at most pongDelay, and at most mostPongs bytes wait.
	pongDelay = 100 * time.Millisecond
	mostPongs = 10 * pongSize
)

// pongs delays the answers to OpenSSH's cover traffic (ping@openssh.com in its PROTOCOL
// file, since 9.5), which comes every 20 ms while a player clicks, and a while longer.
// Nobody waits for these answers, and a write for each costs more than a frame, so they go
// out with the next frame. Other writes as short as this are late by at most pongDelay.
type pongs struct {
	screens atomic.Int32 // sessions with a screen; without one, nothing is delayed

	mu    sync.Mutex // also while something is written, however long that takes
	held  []byte
	timer *time.Timer
	err   error // of a write that nobody waited for
}

// hold counts a screen in or out. It waits for nobody.
func (a *pongs) hold(screens int32) { a.screens.Add(screens) }

// holds reports whether answers are delayed. It waits for nobody.
func (a *pongs) holds() bool { return a.screens.Load() > 0 }

// write writes what is held and p, or holds p, too.
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

// keep holds p, and starts the timer if nothing was held.
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

// flush writes what is held. It keeps the buffer, unless a frame made it large.
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

// close stops the timer. The connection is closed, so no write is stuck.
func (a *pongs) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = net.ErrClosed
	a.held = nil
	if a.timer != nil {
		a.timer.Stop()
	}
}
