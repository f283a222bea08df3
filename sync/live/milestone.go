package live

import "math"

const (
	// FirstMilestone is the first of the global count.
	FirstMilestone = 1000
	// celebrated is for how many ticks a milestone is celebrated: two seconds.
	celebrated = 20
)

// Milestones returns the last milestone that a count has reached and the next
// one: 1,000, 2,500, 5,000, 10,000, 25,000 and so on, if they begin with 1,000.
// The last one is 0 where none was reached, and the next one where none is left.
// The first one must be a power of ten, and at least 10.
func Milestones(count, first uint64) (last, next uint64) {
	for power := first; ; power *= 10 {
		for _, halves := range [...]uint64{2, 5, 10} {
			if power/2 > math.MaxUint64/halves {
				return last, 0
			}
			if next = power / 2 * halves; next > count {
				return last, next
			}
			last = next
		}
	}
}

// milestones watch the global count for those that it reaches.
type milestones struct {
	started bool   // nothing is celebrated that was reached before
	next    uint64 // 0: none
	reached uint64 // the one that is celebrated; 0: none
	until   int    // in ticks
}

// start sets out from a count, without celebrating what was reached before.
func (m *milestones) start(total uint64) {
	_, next := Milestones(total, FirstMilestone)
	*m = milestones{started: true, next: next}
}

// tick ends an interval.
func (m *milestones) tick(total uint64, ticks int) {
	if m.next > 0 && total >= m.next {
		m.reached, m.next = Milestones(total, FirstMilestone)
		m.until = ticks + celebrated
	}
	if ticks >= m.until {
		m.reached = 0
	}
}
