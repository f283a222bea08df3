package live

import "math"

const (
	// FirstMilestone is the first milestone of the global count.
	FirstMilestone = 1000
	// celebrationTicks is how long a milestone is celebrated: two seconds.
	celebrationTicks = 20
)

// Milestones returns the last milestone that a count has reached and the next one. With first 1,000
// they are 1,000, 2,500, 5,000, 10,000, 25,000 and so on. last is 0 if none was reached, and next
// is 0 if none is left. first must be a power of ten, and at least 10.
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

// milestones detects when the global count reaches a milestone.
type milestones struct {
	started bool   // earlier milestones aren't celebrated
	next    uint64 // 0: none
	reached uint64 // being celebrated; 0: none
	until   int    // in ticks
}

// start begins at a count, without celebrating earlier milestones.
func (m *milestones) start(total uint64) {
	_, next := Milestones(total, FirstMilestone)
	*m = milestones{started: true, next: next}
}

// tick ends an interval.
func (m *milestones) tick(total uint64, ticks int) {
	if m.next > 0 && total >= m.next {
		m.reached, m.next = Milestones(total, FirstMilestone)
		m.until = ticks + celebrationTicks
	}
	if ticks >= m.until {
		m.reached = 0
	}
}
