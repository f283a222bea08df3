package live

// minute is how many seconds a History goes back.
const minute = 60

// historyStep is how many seconds pass at least between two histories while
// nobody clicks.
const historyStep = 10

// History is the last minute of a game. It is immutable, like the Snapshot
// that it belongs to, and the next one is another: two that are the same
// pointer are the same history.
type History struct {
	// Seconds is how many clicks there were in each second, the newest last.
	Seconds [minute]uint32
	// Peak is the most of them.
	Peak uint32
	// End is how many seconds of the game have passed, by which one can tell
	// how much later one History is than another.
	End int
}

// history collects the last minute.
type history struct {
	now   History
	total uint64   // the clicks until the end of the newest second
	told  *History // as of the last time it was told; nil: never
	best  uint32   // the most clicks in one second
}

// second ends a second. A new history is told when there were clicks in it.
// Without any the past moves out of sight in steps, until there is none.
func (h *history) second(total uint64) {
	n := &h.now
	had := n.Peak > 0
	copy(n.Seconds[:], n.Seconds[1:])
	clicks := uint32(min(max(total, h.total)-h.total, 1<<32-1))
	n.Seconds[minute-1] = clicks
	n.Peak = 0
	for _, s := range n.Seconds {
		n.Peak = max(n.Peak, s)
	}
	n.End++
	h.total = total
	h.best = max(h.best, clicks)
	if clicks > 0 || had && (n.End%historyStep == 0 || n.Peak == 0) {
		told := *n
		h.told = &told
	}
}
