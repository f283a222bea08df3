package live

const historySeconds = 60

// historyStep is the minimum number of seconds between two histories while nobody clicks.
const historyStep = 10

// History is the last minute of a game. It is immutable, and each change gets a new pointer: equal
// pointers mean equal histories.
type History struct {
	// Seconds has the clicks of each second, the newest last.
	Seconds [historySeconds]uint32
	// Peak is the maximum of Seconds.
	Peak uint32
	// End is the number of seconds since the start. The difference between two histories is their
	// distance.
	End int
}

// history collects the last minute.
type history struct {
	now       History
	total     uint64   // the clicks until the end of the newest second
	published *History // nil: never
	best      uint32   // the maximum of clicks in one second
}

// endSecond ends a second. It publishes a history if there were clicks in it. Without clicks, old
// ones disappear in steps. It reports whether the second was the best one so far.
func (h *history) endSecond(total uint64) (isBest bool) {
	n := &h.now
	had := n.Peak > 0
	copy(n.Seconds[:], n.Seconds[1:])
	clicks := uint32(min(max(total, h.total)-h.total, 1<<32-1))
	n.Seconds[historySeconds-1] = clicks
	n.Peak = 0
	for _, s := range n.Seconds {
		n.Peak = max(n.Peak, s)
	}
	n.End++
	h.total = total
	isBest = clicks > h.best
	h.best = max(h.best, clicks)
	if clicks > 0 || had && (n.End%historyStep == 0 || n.Peak == 0) {
		published := *n
		h.published = &published
	}
	return isBest
}
