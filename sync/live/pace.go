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
	late  atomic.Int64 // nanoseconds, of all who took a snapshot
	taken atomic.Int64 // how many those are
	step  atomic.Int64 // of paces

	// The fields below belong to the goroutine of Run.
	lateBefore, takenBefore int64 // at the last look
	early                   int   // looks in a row that were early
}

// took notes how late somebody has taken a snapshot.
func (p *pace) took(late time.Duration) {
	p.late.Add(int64(late))
	p.taken.Add(1)
}

// interval is the time between two snapshots as it is now.
func (p *pace) interval() time.Duration { return paces[p.step.Load()] }

// look adapts the pace to how late it was since the last look.
func (p *pace) look() {
	late, taken := p.late.Load()-p.lateBefore, p.taken.Load()-p.takenBefore
	if taken == 0 {
		return
	}
	p.lateBefore += late
	p.takenBefore += taken
	switch mean := time.Duration(late / taken); {
	case mean > p.interval()/lateShare:
		p.step.Store(min(p.step.Load()+1, int64(len(paces)-1)))
		p.early = 0
	case mean > p.interval()/earlyShare:
		p.early = 0
	default:
		if p.early++; p.early >= earlyFor {
			p.step.Store(max(p.step.Load()-1, 0))
			p.early = 0
		}
	}
}

// Stats is the pace of snapshots in numbers.
type Stats struct {
	// Interval is the time between two snapshots as it is now.
	Interval time.Duration
	// Taken is how many snapshots were taken out of mailboxes, and Late how late
	// all of these together. Both only grow.
	Taken uint64
	Late  time.Duration
}

// Stats returns the pace as it is now.
func (v *Live) Stats() Stats {
	p := &v.pace
	return Stats{Interval: p.interval(), Taken: uint64(p.taken.Load()), Late: time.Duration(p.late.Load())}
}
