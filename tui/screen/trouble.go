package screen

import (
	"clickky/sync/game"
	"clickky/sync/live"
)

// Trouble is what keeps clicks from being saved.
type Trouble int

// The troubles.
const (
	NoTrouble       Trouble = iota
	NoDatabase              // it cannot be reached; the journal has the clicks
	DatabaseRefuses         // it answers, and does not take the counts; the journal has the clicks
	OtherOwner              // another server has the database; the journal has the clicks
	JournalFailed           // the journal cannot be written; only the memory has the clicks
)

// TroubleOf is the trouble that a game is in.
func TroubleOf(snap *live.Snapshot) Trouble {
	switch {
	case snap.JournalDown:
		return JournalFailed
	case snap.Ownership == game.Lost:
		return OtherOwner
	case snap.StoreRefuses:
		return DatabaseRefuses
	case snap.StoreDown:
		return NoDatabase
	default:
		return NoTrouble
	}
}

// Unsaved is how many clicks wait for the end of the trouble.
func (t Trouble) Unsaved(snap *live.Snapshot) uint64 {
	if t == JournalFailed {
		return snap.Unjournaled
	}
	return snap.Unsaved
}

// Words are how a trouble is told: in full, shortly, and where the clicks are.
func (t Trouble) Words() (long, short, place string) {
	switch t {
	case NoDatabase:
		return "database unreachable", "no database", " in the journal"
	case DatabaseRefuses:
		return "database rejects saves", "not saved", " in the journal"
	case OtherOwner:
		return "another server took over", "taken over", " in the journal"
	case JournalFailed:
		return "can't write the journal", "no journal", " in memory only"
	default:
		return "", "", ""
	}
}
