package tui

// drawn is the frame that was put together last, and what of.
type drawn struct {
	shared shared
	you    *you
	panels []string // of the full variant, side by side
	lines  canvas   // the frame
}

// draw renders what changed and puts the frame together.
func (m Model) draw() Model {
	was, you := m.drawn, m.renderYou()
	m.you = you
	switch {
	case m.look.lay.variant == tiny:
		m.drawn = drawn{lines: m.tinyFrame()}
	case m.lead != nil:
		m.drawn = drawn{lines: m.boardFrame()}
	default:
		m.drawn.shared, m.drawn.you = m.look.shared(m.snap, m.total, m.large), you
		if was.shared != m.drawn.shared || was.you != you {
			m.drawn.panels = m.panelLines(&was)
			m.drawn.lines = m.gameFrame()
		}
	}
	return m
}

// panelLines are the lines of the two panels side by side.
func (m *Model) panelLines(was *drawn) []string {
	l, now := &m.look.lay, &m.drawn
	switch {
	case l.variant != full:
		return nil
	case was.panels != nil && was.you == now.you && was.shared.now == now.shared.now:
		return was.panels
	}
	_, gap, _ := l.panels()
	lines := make([]string, l.panel)
	for i := range lines {
		lines[i] = blanks(l.x) + now.you.lines[i] + blanks(gap) + now.shared.now.is[i]
	}
	return lines
}

// canvas collects the lines of a frame.
type canvas []string

// canvas is an empty one, in the memory of the last frame.
func (m *Model) canvas() canvas {
	h := m.look.lay.h
	if cap(m.drawn.lines) < h {
		return make(canvas, h)
	}
	c := m.drawn.lines[:h]
	clear(c)
	return c
}

// put sets lines from y on; what would be below the screen is left out.
func (c canvas) put(y int, lines ...string) {
	for i, line := range lines {
		if y+i >= 0 && y+i < len(c) {
			c[y+i] = line
		}
	}
}

// gameFrame is the screen of the game.
func (m *Model) gameFrame() canvas {
	l, d := &m.look.lay, &m.drawn
	c := m.canvas()
	c.put(l.header, m.look.title)
	c.put(l.counter.y, d.shared.letters.is.lines...)
	c.put(l.counter.y+d.shared.letters.is.plain, d.shared.plain.is)
	c.put(l.advice, d.you.advice)
	c.put(l.saved, d.shared.saved.is...)
	c.put(l.footer, m.look.footer)
	switch l.variant {
	case full:
		c.put(l.counter.y+l.counter.h-1, d.you.foot)
		c.put(l.own, d.panels...)
	case compact:
		c.put(l.counter.y+l.counter.h-1, d.you.foot)
		c.put(l.header, d.shared.now.is...)
		c.put(l.own, d.you.lines...)
	default:
		c.put(l.own, d.you.lines...)
		c.put(l.now, d.shared.now.is...)
		if d.you.foot != "" {
			c.put(l.saved, d.you.foot)
		}
	}
	return c
}
