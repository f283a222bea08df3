package tui

import (
	"time"

	"clickky/sync/ledger"
)

// shared is the part of the screen that is the same for every player with the
// same look: a pure function of the look, the snapshot and the global count.
type shared struct {
	crown   *part[uint64, string]
	letters *part[uint64, letters]
	plain   *part[plainFacts, string]
	next    *part[nextFacts, string]
	minute  *part[minuteFacts, []string]
	now     *part[nowFacts, []string]
	saved   *part[savedFacts, []string]
}

type plainFacts struct {
	total   uint64
	players int
	large   bool // there are large digits as well
}

type minuteFacts struct {
	history *ledger.History
	calm    bool
}

type nowFacts struct {
	players, online int
	rate            float64
	average         uint64 // roughly
}

type savedFacts struct {
	trouble trouble
	unsaved uint64 // while there is trouble; else only whether there is any
	ever    bool
	age     time.Duration
}

// sharedParts are those that were rendered last for a look.
type sharedParts struct {
	crown   parts[uint64, string]
	letters parts[uint64, letters]
	plain   parts[plainFacts, string]
	next    parts[nextFacts, string]
	minute  parts[minuteFacts, []string]
	now     parts[nowFacts, []string]
	saved   parts[savedFacts, []string]
}

// shared returns the parts for a snapshot. Total is the global count as the
// player has seen it, which may be ahead of the snapshot, and large the one in
// large digits, with which the way to the next milestone keeps step.
func (l *look) shared(snap *ledger.Snapshot, total, large uint64, calm bool) shared {
	p := &l.parts
	letters := p.letters.get(large, large, l.renderLetters)
	next := l.nextFactsOf(large, snap.Milestone)
	minute, second := minuteFacts{snap.History, calm}, uint64(0)
	if h := snap.History; h != nil {
		second = uint64(h.End) //nolint:gosec // not negative
	}
	if calm {
		second++ // those who are not keep theirs
	}
	return shared{
		crown:   p.crown.get(snap.Milestone, 0, l.renderCrown),
		letters: letters,
		plain:   p.plain.get(plainFacts{total, snap.Players, letters.is.fit}, total, l.renderPlain),
		next:    p.next.get(next, uint64(next.halves), l.renderNext), //nolint:gosec // not negative
		minute:  p.minute.get(minute, second, l.renderMinute),
		now:     p.now.get(nowFacts{snap.Players, snap.Online, snap.Rate, l.averageOf(snap)}, 0, l.renderNow),
		saved:   p.saved.get(savedFactsOf(snap), 0, l.renderSaved),
	}
}

// averageOf is how many clicks a player has, roughly, so that it seldom changes.
func (l *look) averageOf(snap *ledger.Snapshot) uint64 {
	if snap.Players <= 0 || l.lay.variant != full {
		return 0
	}
	average, unit := snap.Total/uint64(snap.Players), uint64(1)
	for average/unit >= 100 {
		unit *= 10
	}
	return average / unit * unit
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
