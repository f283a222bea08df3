package tui

import (
	"clickky/tui/screen"
	"clickky/tui/text"
)

// tinyFrame is for a terminal in which nothing can be arranged: it says so, and
// shows the two counts for as long as there is a cell for them.
func (m *gameScreen) tinyFrame() canvas {
	l := &m.look.lay
	if l.w == 0 || l.h == 0 {
		return nil
	}
	you, all := labelled(m.Marked("you "), m.Own, l.w), labelled("all ", m.Total, l.w)
	lines := []string{you, all}
	if l.h == 1 {
		own, total := text.Grouped(m.Own), text.Grouped(m.Total)
		lines = []string{text.First(l.w, m.Marked("you ")+own+"  all "+total, own+" / "+total, text.Number(m.Total, l.w))}
	}
	if l.h >= 3 {
		said := text.First(l.w, "terminal too small", "too small", "")
		if m.Notice.Kind != screen.Quiet {
			said = m.Notice.Words(l.w)
		}
		lines = []string{said, you, all}
	}
	c := m.look.canvas()
	above := (l.h - len(lines)) / 2
	for i, line := range lines {
		c.put(above+i, centred(l.w, span{m.look.pal.strong, line}))
	}
	return c[:min(above+len(lines), len(c))]
}

// labelled is a number with its label, or without it where it does not fit.
func labelled(label string, n uint64, w int) string {
	return text.First(w, label+text.Grouped(n), text.Number(n, w))
}
