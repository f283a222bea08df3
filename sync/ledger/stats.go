package ledger

import (
	"sync/atomic"
	"time"
)

// Stats is the ledger in numbers that no screen shows, for whoever watches over
// the server.
type Stats struct {
	// Position is that of the last event of the journal that was folded, and
	// StorePosition the one that the store has.
	Position, StorePosition uint64
	// Unjournaled is how many of the clicks that were made here the journal does
	// not have, or not surely: those of the last moment, and while it cannot be
	// written all since then.
	Unjournaled uint64
	// Interval is the time between two snapshots as it is now.
	Interval time.Duration
	// Taken is how many snapshots were taken out of mailboxes, and Late how late
	// all of these together. Both only grow, once a second at most.
	Taken uint64
	Late  time.Duration
}

// Stats is how the ledger is now. It costs as much as a Standing.
func (l *Ledger) Stats() Stats {
	l.mu.Lock()
	s := Stats{Position: l.journal.position, StorePosition: l.storage.position, Unjournaled: l.total - l.journal.total}
	l.mu.Unlock()
	s.Interval = time.Duration(l.pace.told.interval.Load())
	s.Taken, s.Late = l.pace.told.taken.Load(), time.Duration(l.pace.told.late.Load())
	return s
}

// SinceTurn is how long ago Run last turned over, or the ledger was made when it
// never has. Run turns over at least once a second, even when nothing happens,
// and takes the ledger's mutex each time: much more means that it hangs. It waits
// for nothing, not even for that mutex.
func (l *Ledger) SinceTurn() time.Duration {
	return l.now() - time.Duration(l.turned.Load())
}

// paceTold is a pace in numbers. The goroutine of Run writes them; any may read.
type paceTold struct {
	interval, late atomic.Int64 // nanoseconds
	taken          atomic.Uint64
}

// tell adds what was found since the last look, and replaces what came of it.
func (t *paceTold) tell(late, taken int64, now time.Duration) {
	t.late.Add(late)
	t.taken.Add(uint64(taken)) //nolint:gosec // never negative
	t.interval.Store(int64(now))
}
