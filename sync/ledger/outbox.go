package ledger

import "slices"

// outbox is what this server has for the journal, in the order in which it was
// proposed: first it is pending, then in an event on its way, and it comes back
// in the same order, because own events are folded as they were taken.
type outbox[P any] struct {
	pending []P // in no event yet
	taken   []P // in events that have not been folded yet
}

// leave moves up to n proposals into an event.
func (o *outbox[P]) leave(n int) []P {
	n = min(n, len(o.pending))
	left := slices.Clone(o.pending[:n])
	o.taken = append(o.taken, left...)
	o.pending = slices.Delete(o.pending, 0, n)
	return left
}

// back returns the oldest proposal on its way, which has come back.
func (o *outbox[P]) back() P {
	p := o.taken[0]
	o.taken = slices.Delete(o.taken, 0, 1)
	return p
}
