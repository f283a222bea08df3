package tui

import (
	"strconv"
	"strings"
	"time"
)

// renderSaved tells what became of the counts, in at most as many lines as the
// layout has for it.
func (l *look) renderSaved(f savedFacts) []string {
	if l.lay.variant == tiny {
		return nil
	}
	if f.down {
		return l.renderDown(f.unsaved)
	}
	mark, style := "●", l.pal.fine
	if f.unsaved > 0 || !f.ever {
		mark = "○"
	}
	return []string{centred(l.lay.cw, span{style, mark}, span{l.pal.dim, " " + savedText(f)})}
}

// savedText is whether and when the counts were saved.
func savedText(f savedFacts) string {
	switch {
	case !f.ever && f.unsaved == 0:
		return "nothing to save yet"
	case !f.ever:
		return "not saved yet, first save is on its way"
	case f.unsaved == 0:
		return "all saved " + agoText(f.age)
	default:
		return "saved " + agoText(f.age) + ", more on its way"
	}
}

// agoText is a coarse age in words.
func agoText(age time.Duration) string {
	in := func(unit time.Duration, name string) string {
		return strconv.FormatInt(int64(age/unit), 10) + " " + name + " ago"
	}
	switch {
	case age < 10*time.Second:
		return "just now"
	case age < time.Minute:
		return in(time.Second, "s")
	case age < time.Hour:
		return in(time.Minute, "min")
	case age < 48*time.Hour:
		return in(time.Hour, "h")
	default:
		return in(24*time.Hour, "days")
	}
}

// renderDown says in words that the database is out of reach, that nothing is
// lost by it, and how much it is.
func (l *look) renderDown(unsaved uint64) []string {
	const long, calm = "database unreachable", "still counting"
	w := l.lay.cw - 2
	number := grouped(unsaved)
	waits := number + " clicks not saved yet"
	if unsaved == 1 {
		waits = number + " click not saved yet"
	}
	text := first(w, long+": "+waits+", "+calm, "no database: "+waits, "no database: "+number+" unsaved", number+" unsaved")
	if l.lay.savedH == 1 || strings.HasPrefix(text, long) {
		head, tail, found := strings.Cut(text, ": ")
		if found {
			head += ": "
		}
		return []string{centred(l.lay.cw, span{l.pal.bad, "▲ " + head}, span{l.pal.strong, tail})}
	}
	return []string{
		centred(l.lay.cw, span{l.pal.bad, "▲ " + first(w, long+", "+calm, long)}),
		centred(l.lay.cw, span{l.pal.strong, waits}),
	}
}
