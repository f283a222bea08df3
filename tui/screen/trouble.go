package screen

import (
	"clickky/sync/game"
	"clickky/sync/live"
)

// Trouble is what keeps clicks from being saved, in words: in full, shortly, and where the clicks
// are meanwhile. The zero value is no trouble.
type Trouble struct{ Long, Short, Place string }

// TroubleOf is the trouble that a game is in, and how many clicks wait for its end.
func TroubleOf(snap *live.Snapshot) (t Trouble, waiting uint64) {
	const journal = " in the journal"
	switch {
	case snap.JournalDown:
		return Trouble{"can't write the journal", "no journal", " in memory only"}, snap.Unjournaled
	case snap.Ownership == game.Lost:
		return Trouble{"another server took over", "taken over", journal}, snap.Unsaved
	case snap.StoreRefuses:
		return Trouble{"database rejects saves", "not saved", journal}, snap.Unsaved
	case snap.StoreDown:
		return Trouble{"database unreachable", "no database", journal}, snap.Unsaved
	default:
		return Trouble{}, 0
	}
}
