package tui

import (
	"clickky/tui/screen"
	"clickky/tui/text"
)

// renderTiny fills a terminal that is too small for a layout: it says so, and shows both counts as
// long as they fit.
func (m *gameScreen) renderTiny() []string {
	a := m.appearance
	if a.Width == 0 || a.Height == 0 {
		return nil
	}
	count := func(label string, n uint64) string {
		return text.FirstFit(a.Width, label+text.Grouped(n), text.Number(n, a.Width))
	}
	label := m.MarkIfGuest("you ")
	lines := []string{count(label, m.Clicks), count("all ", m.Total)}
	switch own, total := text.Grouped(m.Clicks), text.Grouped(m.Total); {
	case a.Height == 1:
		lines = []string{text.FirstFit(a.Width, label+own+"  all "+total, own+" / "+total, text.Number(m.Total, a.Width))}
	case a.Height >= 3:
		notice := text.FirstFit(a.Width, "terminal too small", "too small", "")
		if m.Notice().Kind != screen.NoNotice {
			notice = m.Notice().Fit(a.Width)
		}
		lines = append([]string{notice}, lines...)
	}
	above := (a.Height - len(lines)) / 2
	c := make(canvas, above+len(lines))
	for i, line := range lines {
		c.put(above+i, a.centred(a.Styles.Strong.Span(line)))
	}
	return c
}
