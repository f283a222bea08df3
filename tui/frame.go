package tui

import "strings"

// draw renders what changed and puts the frame together.
func (m Model) draw() Model {
	m.shared = m.shared.render(m.look, m.snap, m.total)
	m.you = m.renderYou()
	switch {
	case m.look.lay.variant == tiny:
		m.frame = m.tinyFrame()
	case m.lead != nil:
		m.frame = m.boardFrame()
	default:
		m.frame = m.gameFrame()
	}
	return m
}

// canvas collects the lines of a frame.
type canvas struct {
	lines []string
	x     int
}

func (l *layout) canvas() canvas { return canvas{lines: make([]string, l.h), x: l.x} }

// put sets lines from y on; what would be below the screen is left out.
func (c *canvas) put(y int, lines ...string) {
	for i, line := range lines {
		if y+i >= 0 && y+i < len(c.lines) {
			c.lines[y+i] = line
		}
	}
}

// String joins the lines, each of them x cells from the left.
func (c *canvas) String() string {
	size := len(c.lines)
	for _, line := range c.lines {
		size += c.x + len(line)
	}
	var b strings.Builder
	b.Grow(size)
	for i, line := range c.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		if line != "" {
			b.WriteString(blanks(c.x))
			b.WriteString(line)
		}
	}
	return b.String()
}

// gameFrame is the screen of the game.
func (m *Model) gameFrame() string {
	l := &m.look.lay
	c := l.canvas()
	c.put(l.header, m.look.title)
	c.put(l.counter.y, m.shared.counter...)
	c.put(l.advice, m.you.advice)
	c.put(l.saved, m.shared.saved...)
	c.put(l.footer, m.look.footer)
	switch l.variant {
	case full:
		c.put(l.counter.y+l.counter.h-1, m.you.foot)
		_, gap, _ := l.panels()
		for i := range l.panel {
			c.put(l.own+i, m.you.lines[i]+blanks(gap)+m.shared.now[i])
		}
	case compact:
		c.put(l.counter.y+l.counter.h-1, m.you.foot)
		c.put(l.header, m.shared.now...)
		c.put(l.own, m.you.lines...)
	default:
		c.put(l.own, m.you.lines...)
		c.put(l.now, m.shared.now...)
		if m.you.foot != "" {
			c.put(l.saved, m.you.foot)
		}
	}
	return c.String()
}
