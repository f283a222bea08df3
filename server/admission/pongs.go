package admission

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// A write of at most pongSize bytes counts as the answer to a ping of the transport. With
	// every cipher, frames are longer.
	pongSize = 36
	// The first answer waits for at most pongDelay, and at most maxPongs bytes wait.
	pongDelay = 100 * time.Millisecond
	maxPongs  = 10 * pongSize
)

// pongs delays the answers to OpenSSH's cover traffic (ping@openssh.com in its PROTOCOL
// file, since 9.5), which arrives every 20 ms while a player clicks and for a while after.
// No player waits for these answers, and writing each costs more than a frame, so they are
// written with the next frame. Other writes as short as this are late by at most pongDelay.
type pongs struct {
	screens atomic.Int32 // sessions with a screen; without one, nothing is delayed

	mu      sync.Mutex // held during writes, however long they take
	pending []byte
	timer   *time.Timer
	err     error // of the timer's write
}

// addScreens changes the number of sessions with a screen. It does not block.
func (a *pongs) addScreens(n int32) { a.screens.Add(n) }

// isDelaying reports whether answers are delayed. It does not block.
func (a *pongs) isDelaying() bool { return a.screens.Load() > 0 }

// write writes the pending bytes and p, or adds p to the pending bytes.
func (a *pongs) write(conn net.Conn, p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.err != nil:
		return 0, a.err
	case a.isDelaying() && len(p) <= pongSize && len(a.pending)+len(p) <= maxPongs:
		a.delay(conn, p)
		return len(p), nil
	case len(a.pending) == 0:
		return conn.Write(p)
	}
	before := len(a.pending)
	a.pending = append(a.pending, p...)
	n, err := a.flush(conn)
	return max(n-before, 0), err
}

// delay adds p to the pending bytes, and starts the timer if there were none.
func (a *pongs) delay(conn net.Conn, p []byte) {
	if a.pending = append(a.pending, p...); len(a.pending) > len(p) {
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

// flush writes the pending bytes. It reuses the buffer unless a frame made it large.
func (a *pongs) flush(conn net.Conn) (int, error) {
	if len(a.pending) == 0 {
		return 0, nil
	}
	a.timer.Stop()
	n, err := conn.Write(a.pending)
	if a.pending = a.pending[:0]; cap(a.pending) > 2*maxPongs {
		a.pending = nil
	}
	return n, err
}

// close stops the timer. Close the connection first, so that no write is stuck.
func (a *pongs) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = net.ErrClosed
	a.pending = nil
	if a.timer != nil {
		a.timer.Stop()
	}
}
