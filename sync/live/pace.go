package live

import (
	"runtime"
	"sync/atomic"
	"time"
)

// paces are the possible intervals between two snapshots of a session.
var paces = [...]time.Duration{interval, 2 * interval, 3 * interval, 5 * interval}

const (
	// framesPerCore is how many frames a core renders in a second, at most, as long as snapshots are
	// in time. At about 20 µs each they take a third of it, so that collecting garbage and what else
	// runs on the machine doesn't delay the answer to a press.
	framesPerCore = 17_500
	// If snapshots stay in their mailboxes for more than a third of the interval, on average, the
	// CPU is short. If they stay for less than a twentieth, there is time for more of them.
	lateShare, earlyShare = 3, 20
	// earlyLooks is how many checks in a row must be early before the interval gets shorter.
	earlyLooks = 5
	// paceEvery is the interval between checks.
	paceEvery = time.Second
)

// pace adapts the interval between the snapshots of a session, for all sessions alike, to their
// number and to the CPU time that there is. It measures how long snapshots stay in mailboxes. A
// client that is stuck takes none, and slows nobody down.
type pace struct {
	late  atomic.Int64 // nanoseconds, over all snapshots that were taken
	taken atomic.Int64 // number of these
	step  atomic.Int64 // index into paces

	// Only Run uses the fields below.
	lateBefore, takenBefore int64 // at the last look
	early                   int   // checks in a row that were early
}

// recordDelay adds the time that a snapshot stayed in a mailbox.
func (p *pace) recordDelay(late time.Duration) {
	p.late.Add(int64(late))
	p.taken.Add(1)
}

// interval returns the current interval between two snapshots.
func (p *pace) interval() time.Duration { return paces[p.step.Load()] }

// fastest returns the step for a number of sessions whose snapshots are in time.
func fastest(sessions, cores int) int64 {
	for step, interval := range paces {
		if time.Duration(sessions)*time.Second <= time.Duration(framesPerCore*cores)*interval {
			return int64(step)
		}
	}
	return int64(len(paces) - 1)
}

// adapt chooses the interval by the number of sessions, and the delays since the last check.
func (p *pace) adapt(sessions int) {
	p.step.Store(max(p.stepByDelay(), fastest(sessions, runtime.GOMAXPROCS(0))))
}

// stepByDelay returns the step that suits the delays since the last check.
func (p *pace) stepByDelay() int64 {
	step := p.step.Load()
	late, taken := p.late.Load()-p.lateBefore, p.taken.Load()-p.takenBefore
	if taken == 0 {
		return step
	}
	p.lateBefore += late
	p.takenBefore += taken
	switch mean := time.Duration(late / taken); {
	case mean > p.interval()/lateShare:
		p.early = 0
		return min(step+1, int64(len(paces)-1))
	case mean > p.interval()/earlyShare:
		p.early = 0
	default:
		if p.early++; p.early >= earlyLooks {
			p.early = 0
			return max(step-1, 0)
		}
	}
	return step
}

// Stats is how often snapshots are published and how late they are taken.
type Stats struct {
	// Interval is the current interval between two snapshots.
	Interval time.Duration
	// Taken is the number of snapshots that were taken from mailboxes, and Late the sum of their
	// delays. Both only grow.
	Taken uint64
	Late  time.Duration
}

// Stats returns the current pace.
func (v *Live) Stats() Stats {
	p := &v.pace
	return Stats{Interval: p.interval(), Taken: uint64(p.taken.Load()), Late: time.Duration(p.late.Load())}
}
