package terminal

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// queryTimeout is the minimum time between a query and the end of the session, without an answer.
	queryTimeout = time.Second

	// queryWidth draws a character of the screen, asks for the position of the cursor, and erases the
	// character. It doesn't use the first row: a position there looks like the key F3.
	queryWidth = "\x1b[2;1H╭\x1b[6n\x1b[2K"
)

// query asks a terminal something once, with the first frame. Only the first answer counts: a client
// can send any number, and each would redraw the whole screen.
//
// Answers arrive like keys. After the end of the session, the answer would be typed into the
// player's shell. So a session ends only after the answer or queryTimeout. That doesn't help slower
// terminals, and those whose connection breaks.
//
// The zero value never asks. Its methods are safe for concurrent use.
type query struct {
	text     string // what is sent
	state    atomic.Uint32
	deadline time.Time     // for the answer; set before the query is sent
	done     chan struct{} // closed by the answer
}

// The states of a query, in order.
const (
	queryDone uint32 = iota // there is no query, or it was answered or canceled
	queryPending
	querySent
)

func (q *query) enable(text string) {
	q.text = text
	q.done = make(chan struct{})
	q.state.Store(queryPending)
}

// appendQuery appends the query if it is pending. Only one goroutine may call it.
func (q *query) appendQuery(dst []byte) []byte {
	if q.state.Load() != queryPending {
		return dst
	}
	q.deadline = time.Now().Add(queryTimeout)
	if !q.state.CompareAndSwap(queryPending, querySent) {
		return dst
	}
	return append(dst, q.text...)
}

// accept reports whether an answer is the first one after the query.
func (q *query) accept() bool {
	if !q.state.CompareAndSwap(querySent, queryDone) {
		return false
	}
	close(q.done)
	return true
}

// wait waits for the answer to a query that was sent, until the deadline. It cancels a query that
// wasn't.
func (q *query) wait(ctx context.Context) {
	if q.state.CompareAndSwap(queryPending, queryDone) || q.state.Load() == queryDone {
		return
	}
	late := time.NewTimer(time.Until(q.deadline))
	defer late.Stop()
	select {
	case <-q.done:
	case <-late.C:
	case <-ctx.Done():
	}
}
