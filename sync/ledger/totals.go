package ledger

import (
	"slices"
	"sort"
)

// maxTotals is how many totals are kept while the store can't be reached.
const maxTotals = 1024

// totals are global counts at past positions, which the store may have reached because another
// server saved them. If there are too many, every second one is dropped. The ledger's mutex guards
// them.
type totals struct {
	marks []totalAt // ordered by position
	step  uint64    // minimum distance between marks
}

type totalAt struct{ position, total uint64 }

// add appends the count at a new, larger position.
func (t *totals) add(position, total uint64) {
	n := len(t.marks)
	if n > 0 && position-t.marks[n-1].position < t.step {
		return
	}
	if n == maxTotals {
		for i := range n / 2 {
			t.marks[i] = t.marks[2*i+1]
		}
		t.marks = t.marks[:n/2]
		t.step = max(1, 2*t.step)
	}
	t.marks = append(t.marks, totalAt{position, total})
}

func (t *totals) countUpTo(position uint64) int {
	return sort.Search(len(t.marks), func(i int) bool { return t.marks[i].position > position })
}

// at returns the count at a position, or a little before; 0 if unknown.
func (t *totals) at(position uint64) uint64 {
	if n := t.countUpTo(position); n > 0 {
		return t.marks[n-1].total
	}
	return 0
}

func (t *totals) dropUpTo(position uint64) {
	if t.marks = slices.Delete(t.marks, 0, t.countUpTo(position)); len(t.marks) == 0 {
		t.step = 0
	}
}
