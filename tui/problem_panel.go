package tui

import (
	"strings"

	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// problemKey is what problemPanel shows. Without a problem the number of waiting clicks is 0, since
// it would change ten times a second.
type problemKey struct {
	screen.SaveProblem
	waiting uint64
}

func (a *appearance) problemPanel() panel {
	return newPanel(a.Rows.Start(layout.RowProblem), func(now *sharedKey) (k problemKey) {
		if !now.hasNotice {
			k.SaveProblem, k.waiting = screen.SaveProblemOf(now.snap)
		}
		return k
	}, a.renderProblem)
}

// renderProblem says why clicks aren't being saved, that none are lost, and how many wait, in as
// many lines as there is room for.
func (a *appearance) renderProblem(k problemKey) []string {
	if k.Long == "" {
		return nil
	}
	const counting = "still counting"
	w, n, waits := a.W-2, text.Grouped(k.waiting), text.Count(k.waiting, "click")+k.Place
	line := text.FirstFit(w, k.Long+": "+waits+", "+counting, k.Short+": "+waits, k.Short+": "+n+" unsaved", n+" unsaved")
	if a.Rows[layout.RowProblem] == 1 || strings.HasPrefix(line, k.Long) {
		head, tail, found := strings.Cut(line, ": ")
		if found {
			head += ": "
		}
		return []string{a.centred(a.Styles.Bad.Span("▲ "+head), a.Styles.Strong.Span(tail))}
	}
	return []string{
		a.centred(a.Styles.Bad.Span("▲ " + text.FirstFit(w, k.Long+", "+counting, k.Long))),
		a.centred(a.Styles.Strong.Span(waits)),
	}
}
