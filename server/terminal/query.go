package terminal

import "sync/atomic"

// queryWidth draws a character of the screen, asks for the position of the cursor, and erases the
// character. It doesn't use the first row: a position there looks like the key F3.
const queryWidth = "\x1b[2;1H╭\x1b[6n\x1b[2K"

// query asks a terminal something once, with the first frame. Only the first answer counts: a client
// can send any number, and each would redraw the whole screen. Answers arrive like keys; see drain for
// those after the end of the session.
//
// The zero value never asks. Its methods are safe for concurrent use.
type query struct {
	text  string // what is sent
	state atomic.Uint32
}

// The states of a query, in order.
const (
	queryDone uint32 = iota // there is no query, or it was answered
	queryPending
	querySent
)

func (q *query) enable(text string) {
	q.text = text
	q.state.Store(queryPending)
}

// appendQuery appends the query if it is pending. Only one goroutine may call it.
func (q *query) appendQuery(dst []byte) []byte {
	if q.state.Load() == queryPending {
		q.state.Store(querySent)
		dst = append(dst, q.text...)
	}
	return dst
}

// accept reports whether an answer is the first one after the query.
func (q *query) accept() bool { return q.state.CompareAndSwap(querySent, queryDone) }
