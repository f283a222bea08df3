package game

import "math"

// FirstMilestone is the first milestone of the global count.
const FirstMilestone = 1000

// Milestones returns the last milestone that a count has reached and the next one. If first is
// 1,000, they are 1,000, 2,500, 5,000, 10,000, 25,000 and so on. last is 0 if none was reached, and
// next is 0 if none is left. first must be a power of ten, and at least 10.
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

// LastRoundNumber returns the last round number that a global count has reached. A round number has
// at most three digits before its zeros, and at least three zeros.
func LastRoundNumber(total uint64) uint64 {
	unit := uint64(1000)
	for total/unit >= 1000 {
		unit *= 10
	}
	return total - total%unit
}
