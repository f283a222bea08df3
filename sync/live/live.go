// Package live is what screens see of a running game: snapshots, leaderboards, who is online, how
// fast everybody clicks. It reads the ledger, which does not know it.
//
// It guarantees that
//   - readers get immutable snapshots and never hold up a click, and nobody who is slow holds up
//     anybody else: a mailbox has one slot that always holds the newest snapshot;
//   - a player counts as online once, on however many servers;
//   - rates and history are of this server's time only: nothing of them is journaled or saved.
//
// All methods of all types are safe for concurrent use.
package live

import (
	"sync"
	"sync/atomic"
	"time"

	"clickky/sync/ledger"
)

// Live is what screens see of a ledger. Make one with New, for each ledger one; it publishes while
// Run runs.
type Live struct {
	ledger *ledger.Ledger
	epoch  time.Time
	pace   pace
	turned atomic.Int64 // when Run last turned over, since the epoch

	mu         sync.Mutex // taken before the ledger's
	presence   presence
	rate       rate
	history    history
	milestones milestones
	settled    uint64    // the clicks without those of the last moment
	onlineAt   int       // in ticks of rate, when the last change of who is online was published
	latest     *Snapshot // as last published
	subs       [phases][]*Subscription
	nextSub    int

	boards boards
}

// New returns what screens see of a ledger.
func New(l *ledger.Ledger) *Live {
	v := &Live{
		ledger: l, epoch: time.Now(), presence: newPresence(),
		latest: &Snapshot{},
		// The first change is published at once.
		onlineAt: -onlineEvery,
	}
	v.boards.latest = &Board{table: newTable(nil), boards: &v.boards}
	return v
}
