package tui

import (
	"time"

	"clickky/sync/ledger"
)

// shared is the part of the screen that is the same for every player with the
// same look: a pure function of the look, the snapshot and the global count.
type shared struct {
	letters *part[uint64, letters]
	plain   *part[plainFacts, string]
	now     *part[nowFacts, []string]
	saved   *part[savedFacts, []string]
}

type plainFacts struct {
	total   uint64
	players int
	large   bool // there are large digits as well
}

type nowFacts struct {
	players, online int
	rate            float64
}

type savedFacts struct {
	trouble trouble
	unsaved uint64 // while there is trouble; else only whether there is any
	ever    bool
	age     time.Duration
}

// sharedParts are those that were rendered last for a look.
type sharedParts struct {
	letters parts[uint64, letters]
	plain   parts[plainFacts, string]
	now     parts[nowFacts, []string]
	saved   parts[savedFacts, []string]
}

// shared returns the parts for a snapshot. Total is the global count as the
// player has seen it, which may be ahead of the snapshot, and large the one in
// large digits.
func (l *look) shared(snap *ledger.Snapshot, total, large uint64) shared {
	p := &l.parts
	letters := p.letters.get(large, large, l.renderLetters)
	return shared{
		letters: letters,
		plain:   p.plain.get(plainFacts{total, snap.Players, letters.is.fit}, total, l.renderPlain),
		now:     p.now.get(nowFacts{snap.Players, snap.Online, snap.Rate}, 0, l.renderNow),
		saved:   p.saved.get(savedFactsOf(snap), 0, l.renderSaved),
	}
}

// savedFactsOf reduces a snapshot to what is shown of the saving. As long as
// all goes well, how many clicks the database does not have yet is of no
// interest and would change ten times a second.
func savedFactsOf(snap *ledger.Snapshot) savedFacts {
	f := savedFacts{unsaved: snap.Unsaved, ever: !snap.LastSaved.IsZero(), age: snap.SavedAge}
	switch {
	case snap.JournalDown:
		f.trouble, f.unsaved = journalFailed, snap.Unjournaled
	case snap.Ownership == ledger.Lost:
		f.trouble = otherOwner
	case snap.StoreDown:
		f.trouble = noDatabase
	default:
		f.unsaved = min(f.unsaved, 1)
	}
	return f
}
