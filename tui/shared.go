package tui

import (
	"time"

	"clickky/sync/ledger"
)

// shared is the part of the screen that is the same for every player with the
// same look: a pure function of the look, the snapshot and the global count.
// It keeps what it was rendered from, so that only what changed is rendered
// again.
type shared struct {
	look *look

	counterOf counterFacts
	counter   []string // the counter without its lower side

	nowOf nowFacts
	now   []string // what goes on in the game

	savedOf savedFacts
	saved   []string // what became of the counts
}

type counterFacts struct {
	total   uint64
	players int
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

// render returns the parts for a snapshot. Total is the global count as the
// player has seen it, which may be ahead of the snapshot.
func (s shared) render(l *look, snap *ledger.Snapshot, total uint64) shared {
	anew := s.look != l
	s.look = l
	if f := (counterFacts{total, snap.Players}); anew || f != s.counterOf {
		s.counterOf, s.counter = f, l.renderCounter(f)
	}
	if f := (nowFacts{snap.Players, snap.Online, snap.Rate}); anew || f != s.nowOf {
		s.nowOf, s.now = f, l.renderNow(f)
	}
	if f := savedFactsOf(snap); anew || f != s.savedOf {
		s.savedOf, s.saved = f, l.renderSaved(f)
	}
	return s
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
