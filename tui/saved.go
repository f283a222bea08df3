package tui

import (
	"strings"
)

// renderSaved tells what keeps the counts from being saved, if anything does, in at most
// as many lines as the layout has for it.
func (l *look) renderSaved(f savedFacts) []string {
	if l.lay.variant == tiny || f.trouble == noTrouble {
		return nil
	}
	return l.renderTrouble(f.trouble, f.unsaved)
}

// trouble is what keeps clicks from being saved.
type trouble int

const (
	noTrouble       trouble = iota
	noDatabase              // it cannot be reached; the journal has the clicks
	databaseRefuses         // it answers, and does not take the counts; the journal has the clicks
	otherOwner              // another server has the database; the journal has the clicks
	journalFailed           // the journal cannot be written; only the memory has the clicks
)

// words are how a trouble is told: in full, shortly, and where the clicks are.
func (t trouble) words() (long, short, place string) {
	switch t {
	case noDatabase:
		return "database unreachable", "no database", " in the journal"
	case databaseRefuses:
		return "database rejects saves", "not saved", " in the journal"
	case otherOwner:
		return "another server took over", "taken over", " in the journal"
	case journalFailed:
		return "can't write the journal", "no journal", " in memory only"
	case noTrouble:
	}
	return "", "", ""
}

// renderTrouble says in words what keeps clicks from being saved, that nothing
// is lost by it, and how many they are.
func (l *look) renderTrouble(t trouble, n uint64) []string {
	const calm = "still counting"
	w := l.lay.cw - 2
	long, short, place := t.words()
	number := grouped(n)
	waits := number + " clicks" + place
	if n == 1 {
		waits = number + " click" + place
	}
	text := first(w, long+": "+waits+", "+calm, short+": "+waits, short+": "+number+" unsaved", number+" unsaved")
	if l.lay.savedH == 1 || strings.HasPrefix(text, long) {
		head, tail, found := strings.Cut(text, ": ")
		if found {
			head += ": "
		}
		return []string{l.centred(span{l.pal.bad, "▲ " + head}, span{l.pal.strong, tail})}
	}
	return []string{
		l.centred(span{l.pal.bad, "▲ " + first(w, long+", "+calm, long)}),
		l.centred(span{l.pal.strong, waits}),
	}
}
