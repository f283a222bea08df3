package live

import (
	"sync/atomic"
	"time"
)

// Stats is the pace of snapshots in numbers.
type Stats struct {
	// Interval is the time between two snapshots as it is now.
	Interval time.Duration
	// Taken is how many snapshots were taken out of mailboxes, and Late how late
	// all of these together. Both only grow, once a second at most.
	Taken uint64
	Late  time.Duration
}

// Stats returns the pace as it is now.
func (v *Live) Stats() Stats {
	p := &v.pace.published
	return Stats{Interval: time.Duration(p.interval.Load()), Taken: p.taken.Load(), Late: time.Duration(p.late.Load())}
}

// SinceTurn returns how long ago Run last turned over, or the Live was made when it
// never has. Run turns over at least once a second, even when nothing happens,
// and takes the ledger's mutex each time: much more means that it hangs. It waits
// for nothing, not even for that mutex.
func (v *Live) SinceTurn() time.Duration {
	return v.now() - time.Duration(v.turned.Load())
}

// published is a pace in numbers. The goroutine of Run writes them; any may read.
type published struct {
	interval, late atomic.Int64 // nanoseconds
	taken          atomic.Uint64
}

// add adds what was found since the last look, and replaces what came of it.
func (t *published) add(late, taken int64, now time.Duration) {
	t.late.Add(late)
	t.taken.Add(uint64(taken)) //nolint:gosec // never negative
	t.interval.Store(int64(now))
}
