package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// dashFrame is the screen of the dashboard, or of what lies on it.
func (m *Model) dashFrame() canvas {
	l, d := &m.look.lay, m.dash
	title, lines := "dashboard", []string(nil)
	switch {
	case d.page != nil:
		title, lines = "answer", m.pageFrame()
	case d.sheet != nil:
		title, lines = "player", m.sheetFrame()
	default:
		lines = slices.Concat(m.cardLines(), m.serverLines(), m.tableFrame())
	}
	c := m.look.canvas()
	c.put(l.header, m.look.line(func(b *strings.Builder) {
		b.WriteByte(' ')
		m.crest(b, title, l.cw-2)
	}))
	for i, line := range lines {
		c.put(l.about+i, blanks(l.x)+line)
	}
	foot := m.dashFoot()
	c.put(l.footer-len(foot)+1, foot...)
	return c
}

// dashWidth is how many cells a line has between the sides of a frame, or beside
// the margin where there is none.
func (m *Model) dashWidth() int {
	if m.look.lay.framed() {
		return m.look.lay.cw - 4
	}
	return m.look.lay.cw - 2
}

// dashEnd is the line after the last one above the keys, or above what is typed.
func (m *Model) dashEnd() int {
	l := &m.look.lay
	return l.footer - l.airy - len(m.dashFoot()) + 1
}

// textRows is how many lines of a player's page or a page of text are in sight.
func (m *Model) textRows() int {
	rows := m.dashEnd() - m.look.lay.about
	switch {
	case !m.look.lay.framed():
	case m.dash.page != nil:
		rows -= 2
	default:
		rows-- // its lines have frames in them, and the last side stays in sight
	}
	return max(rows, 0)
}

// framed draws a line between the sides of a frame, or beside the margin, filled up
// to its end.
func (m *Model) framed(spans ...span) string {
	return m.framedLine(func(b *strings.Builder) {
		w := m.dashWidth()
		b.WriteString(blanks(w - put(b, w, spans)))
	})
}

func (m *Model) framedLine(draw func(*strings.Builder)) string {
	var b strings.Builder
	if !m.look.lay.framed() {
		b.WriteByte(' ')
	}
	m.look.wallAndSpace(&b, true)
	draw(&b)
	m.look.wallAndSpace(&b, false)
	return b.String()
}

// upperEdge is the upper side of a frame; without frames a line that says as much.
func (m *Model) upperEdge(label ...span) string {
	var b strings.Builder
	if !m.look.lay.framed() {
		b.WriteByte(' ')
		put(&b, m.dashWidth(), label)
		return b.String()
	}
	label = m.clipped(label, m.look.lay.cw-5)
	upper().draw(&b, &m.look.pal, m.look.lay.cw, 2, label...)
	return b.String()
}

// lowerEdge is the lower side of a frame. A notice stands there while there is one.
func (m *Model) lowerEdge(label string) string {
	pal, w := &m.look.pal, m.look.lay.cw
	said := span{pal.dim, label}
	if m.notice != quiet {
		said = span{pal.noticed(m.notice), m.words(m.notice, w-8)}
	}
	var b strings.Builder
	lower().draw(&b, pal, w, -2, said)
	return b.String()
}

// clipped is spans cut to w cells.
func (m *Model) clipped(spans []span, w int) []span {
	cut := make([]span, 0, len(spans))
	for _, s := range spans {
		text, n := clean(s.text, w)
		if w -= n; n > 0 {
			cut = append(cut, span{s.style, text})
		}
	}
	return cut
}

// pageFrame is a page of text with its frame.
func (m *Model) pageFrame() []string {
	p, lines, rows := m.dash.page, m.pageLines(), m.textRows()
	framed := m.look.lay.framed()
	var out []string
	if framed {
		out = append(out, m.upperEdge(span{m.look.pal.dim, p.title}))
	}
	top := max(min(p.top, len(lines)-rows), 0)
	for i := range rows {
		text := ""
		if top+i < len(lines) {
			text = lines[top+i]
		}
		out = append(out, m.framed(span{"", text}))
	}
	if framed {
		out = append(out, m.lowerEdge(position(top, rows, len(lines))))
	}
	return out
}

// position says which lines of all are in sight, unless all are.
func position(top, rows, all int) string {
	if rows >= all {
		return ""
	}
	return groupedInt(top+1) + "-" + groupedInt(min(top+rows, all)) + " of " + groupedInt(all)
}

// folded breaks text of any origin into lines of at most w cells, between words
// where it can.
func folded(text string, w int) []string {
	const most = 20_000
	text, _ = clean(text, most)
	return strings.Split(ansi.Wrap(text, max(w, 2), ""), "\n")
}
