// Package live is what screens see of a running game: snapshots, leaderboards, who is online, and
// how fast everybody clicks. It reads the ledger, which doesn't know it. ../game/DESIGN.md explains
// why.
//
//   - Readers get immutable snapshots and never delay a click. No slow reader delays another one: a
//     mailbox has one slot, which always holds the newest snapshot.
//   - A player counts as online once, on however many servers.
//   - Rates and history cover this server's time only. They are neither journaled nor saved.
//
// All methods of all types are safe for concurrent use.
package live

import (
	"sync"
	"sync/atomic"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
)

// Live is what screens see of a ledger. Make one for each ledger with New; it publishes while Run
// runs.
type Live struct {
	ledger   *ledger.Ledger
	epoch    time.Time
	pace     pace
	lastTick atomic.Int64 // when Run last ticked, since the epoch

	mu              sync.Mutex // taken before the ledger's
	presence        presence
	rate            rate
	history         history
	celebration     celebration
	news            news
	settled         uint64    // the clicks before those in Snapshot.Recent
	onlineChangedAt int       // tick at which a change of Snapshot.Online was last published
	latest          *Snapshot // last published
	people          peopleList
	subs            [phases][]*Subscription
	nextPhase       int
	delivered       [phases]*Snapshot // last to each phase

	leaderboardCache leaderboardCache
	dayBoards        dayBoards
	leaders          [game.DayLeaders]game.DayLeader // of the day, as published
	leadersDate      game.Date
}

// New returns a Live for a ledger.
func New(l *ledger.Ledger) *Live {
	v := &Live{
		ledger: l, epoch: time.Now(), presence: newPresence(),
		latest: &Snapshot{},
		// So that the first change is published at once.
		onlineChangedAt: -onlineEvery,
	}
	v.leaderboardCache.latest = &Leaderboard{table: newTable(nil), cache: &v.leaderboardCache}
	return v
}
