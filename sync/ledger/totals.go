package ledger

import (
	"slices"
	"sort"
)

// maxTotals bounds what is remembered while the store cannot be reached.
const maxTotals = 1024

// totals are the global counts at positions that the store may turn out to have
// reached, saved by somebody else. The more of them there are the coarser they get.
// The ledger's mutex guards them.
type totals struct {
	marks []totalAt // in the order of their positions
	step  uint64    // from each mark to the next, at least
}

type totalAt struct{ position, total uint64 }

// note remembers the count at a position beyond all others.
func (t *totals) note(position, total uint64) {
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

// upTo returns how many marks are not beyond a position.
func (t *totals) upTo(position uint64) int {
	return sort.Search(len(t.marks), func(i int) bool { return t.marks[i].position > position })
}

// at returns the count at a position or a little before; 0 if nothing is known.
func (t *totals) at(position uint64) uint64 {
	if n := t.upTo(position); n > 0 {
		return t.marks[n-1].total
	}
	return 0
}

// forget drops the marks up to a position.
func (t *totals) forget(position uint64) {
	if t.marks = slices.Delete(t.marks, 0, t.upTo(position)); len(t.marks) == 0 {
		t.step = 0
	}
}

// totalAt is the global count at a position of the journal, as far as it has been
// folded.
func (b *book) totalAt(position uint64) uint64 {
	if position >= b.state.Position() {
		return b.state.Total()
	}
	return b.totals.at(position)
}
