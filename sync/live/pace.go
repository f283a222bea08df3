package live

import (
	"sync/atomic"
	"time"
)

// paces are the intervals between two snapshots, the quickest first: ten, five
// and two a second.
var paces = [...]time.Duration{interval, 2 * interval, 5 * interval}

const (
	// A snapshot that is taken out of its mailbox after more than a third of
	// the interval, on average, comes late: whoever is to show it has no time
	// to. One that is taken within a twentieth leaves time for more of them.
	lateShare, earlyShare = 3, 20
	// earlyFor is for how many looks in a row it must be early before there
	// are more of them.
	earlyFor = 5
	// paceEvery is how often it is looked.
	paceEvery = time.Second
)

// pace decides how often there are snapshots, for all alike: as often as there
// is processor time to show them. It goes by how late those are who take theirs;
// somebody whose terminal is stuck takes none, and slows nobody down.
type pace struct {
	late      atomic.Int64 // nanoseconds, of all who took one since the last look
	taken     atomic.Int64 // how many those are
	published published

	// The fields below belong to the goroutine of Run.
	step  int // of paces
	early int // looks in a row that were early
}

// took notes how late somebody has taken a snapshot.
func (p *pace) took(late time.Duration) {
	p.late.Add(int64(late))
	p.taken.Add(1)
}

// interval is the time between two snapshots as it is now.
func (p *pace) interval() time.Duration { return paces[p.step] }

// look adapts the pace to how late it was since the last look.
func (p *pace) look() {
	late, taken := p.late.Swap(0), p.taken.Swap(0)
	if taken == 0 {
		return
	}
	switch mean := time.Duration(late / taken); {
	case mean > p.interval()/lateShare:
		p.step, p.early = min(p.step+1, len(paces)-1), 0
	case mean > p.interval()/earlyShare:
		p.early = 0
	default:
		if p.early++; p.early >= earlyFor {
			p.step, p.early = max(p.step-1, 0), 0
		}
	}
	p.published.add(late, taken, p.interval())
}
