package tui

import (
	"strings"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// renderSaved tells what keeps the counts from being saved, if anything does, in at most
// as many lines as the layout has for it.
func (l *look) renderSaved(f savedFacts) []string {
	if l.lay.variant == tiny || f.trouble == screen.NoTrouble {
		return nil
	}
	return l.renderTrouble(f.trouble, f.unsaved)
}

// renderTrouble says in words what keeps clicks from being saved, that nothing
// is lost by it, and how many they are.
func (l *look) renderTrouble(t screen.Trouble, n uint64) []string {
	const calm = "still counting"
	w := l.lay.cw - 2
	long, short, place := t.Words()
	number := text.Grouped(n)
	waits := text.Count(n, "click") + place
	said := text.First(w, long+": "+waits+", "+calm, short+": "+waits, short+": "+number+" unsaved", number+" unsaved")
	if l.lay.savedH == 1 || strings.HasPrefix(said, long) {
		head, tail, found := strings.Cut(said, ": ")
		if found {
			head += ": "
		}
		return []string{l.centred(span{l.pal.bad, "▲ " + head}, span{l.pal.strong, tail})}
	}
	return []string{
		l.centred(span{l.pal.bad, "▲ " + text.First(w, long+", "+calm, long)}),
		l.centred(span{l.pal.strong, waits}),
	}
}
