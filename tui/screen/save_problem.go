package screen

import (
	"clickky/sync/game"
	"clickky/sync/live"
)

// SaveProblem is why clicks aren't being saved: a long and a short text, and where the clicks are
// meanwhile. The zero value is no problem.
type SaveProblem struct{ Long, Short, Place string }

// SaveProblemOf returns the problem in a snapshot, and how many clicks are waiting.
func SaveProblemOf(snap *live.Snapshot) (t SaveProblem, waiting uint64) {
	const journal = " in the journal"
	switch {
	case snap.JournalDown:
		return SaveProblem{"can't write the journal", "no journal", " in memory only"}, snap.Unjournaled
	case snap.Ownership == game.Lost:
		return SaveProblem{"another server took over", "taken over", journal}, snap.Unsaved
	case snap.StoreRefuses:
		return SaveProblem{"database rejects saves", "not saved", journal}, snap.Unsaved
	case snap.StoreDown:
		return SaveProblem{"database unreachable", "no database", journal}, snap.Unsaved
	default:
		return SaveProblem{}, 0
	}
}
