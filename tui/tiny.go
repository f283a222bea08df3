package tui

import (
	"clickky/tui/screen"
	"clickky/tui/text"
)

// tinyFrame is for a terminal in which nothing can be arranged: it says so, and
// shows the two counts for as long as there is a cell for them.
func (m *gameScreen) tinyFrame() []string {
	l := m.look
	if l.Width == 0 || l.Height == 0 {
		return nil
	}
	count := func(label string, n uint64) string {
		return text.First(l.Width, label+text.Grouped(n), text.Number(n, l.Width))
	}
	label := m.Marked("you ")
	lines := []string{count(label, m.Own), count("all ", m.Total)}
	switch own, total := text.Grouped(m.Own), text.Grouped(m.Total); {
	case l.Height == 1:
		lines = []string{text.First(l.Width, label+own+"  all "+total, own+" / "+total, text.Number(m.Total, l.Width))}
	case l.Height >= 3:
		said := text.First(l.Width, "terminal too small", "too small", "")
		if m.Notice.Kind != screen.Quiet {
			said = m.Notice.Words(l.Width)
		}
		lines = append([]string{said}, lines...)
	}
	above := (l.Height - len(lines)) / 2
	c := make(canvas, above+len(lines))
	for i, line := range lines {
		c.put(above+i, l.centred(span{&l.Styles.Strong, line}))
	}
	return c
}
