package tui

import (
	"strings"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// troubleKey is what keeps clicks from being saved. As long as all goes well, how many clicks the
// database does not have yet is of no interest and would change ten times a second.
type troubleKey struct {
	screen.Trouble
	waiting uint64
}

func (l *look) troublePanel() panel {
	return newPanel(l.rows.start(rowTrouble), func(now *moment) (k troubleKey) {
		if !now.noticed {
			k.Trouble, k.waiting = screen.TroubleOf(now.snap)
		}
		return k
	}, l.renderTrouble)
}

// renderTrouble says in words what keeps clicks from being saved, that nothing is lost by it, and
// how many they are, in as many lines as there are for it.
func (l *look) renderTrouble(k troubleKey) []string {
	if k.Long == "" {
		return nil
	}
	const calm = "still counting"
	w, n, waits := l.W-2, text.Grouped(k.waiting), text.Count(k.waiting, "click")+k.Place
	said := text.First(w, k.Long+": "+waits+", "+calm, k.Short+": "+waits, k.Short+": "+n+" unsaved", n+" unsaved")
	if l.rows[rowTrouble] == 1 || strings.HasPrefix(said, k.Long) {
		head, tail, found := strings.Cut(said, ": ")
		if found {
			head += ": "
		}
		return []string{l.centred(span{&l.Styles.Bad, "▲ " + head}, span{&l.Styles.Strong, tail})}
	}
	return []string{
		l.centred(span{&l.Styles.Bad, "▲ " + text.First(w, k.Long+", "+calm, k.Long)}),
		l.centred(span{&l.Styles.Strong, waits}),
	}
}
