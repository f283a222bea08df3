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
	case m.help != nil:
		m.drawn = drawn{lines: m.helpFrame()}
	case m.lead != nil:
		m.drawn = drawn{lines: m.boardFrame()}
	default:
		m.drawn.shared, m.drawn.you = m.look.shared(m.snap, m.total, m.large, m.prefs.Calm), you
		if was.shared != m.drawn.shared || was.you != you {
			m.drawn.panels = m.panelLines(&was)
			m.drawn.lines = m.gameFrame()
		}
	}
	return m
}

// panelLines are the lines of the panels side by side. Those that say the same
// as in the frame before are the same.
func (m *Model) panelLines(was *drawn) []string {
	l, now := &m.look.lay, &m.drawn
	if l.panel == 0 || was.panels != nil && was.you == now.you && was.shared.now == now.shared.now {
		return was.panels
	}
	both := l.variant == full
	_, gap, _ := l.panels()
	lines := make([]string, l.panel)
	for i := range lines {
		switch {
		case len(was.panels) == len(lines) && was.you.look == now.you.look && was.you.lines[i] == now.you.lines[i] &&
			(!both || was.shared.now.is[i] == now.shared.now.is[i]):
			lines[i] = was.panels[i]
		case both:
			lines[i] = blanks(l.x) + now.you.lines[i] + blanks(gap) + now.shared.now.is[i]
		default:
			lines[i] = blanks(l.x) + now.you.lines[i]
		}
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
	m.putCounter(c)
	c.put(l.advice, d.you.advice)
	c.put(l.saved, d.shared.saved.is...)
	c.put(l.footer, m.look.footer)
	switch l.variant {
	case full:
		c.put(l.own, d.panels...)
	case compact:
		c.put(l.header, d.shared.now.is...)
		if l.panel > 0 {
			c.put(l.own, d.panels...)
		} else {
			c.put(l.own, d.you.lines...)
		}
	default:
		c.put(l.own, d.you.lines...)
		c.put(l.now, d.shared.now.is...)
		if d.you.foot != "" {
			c.put(l.saved, d.you.foot)
		}
	}
	return c
}

// putCounter puts the counter with its panel.
func (m *Model) putCounter(c canvas) {
	l, d := &m.look.lay, &m.drawn
	for i := range l.hero.h {
		c.put(l.hero.top+i, m.look.hollow)
	}
	c.put(l.hero.top, d.shared.letters.is.lines...)
	c.put(l.hero.plain, d.shared.plain.is)
	if l.hero.next >= 0 {
		c.put(l.hero.next, d.shared.next.is)
	}
	if l.hero.minute >= 0 {
		c.put(l.hero.minute, d.shared.minute.is...)
		c.put(l.hero.minute, d.you.welcome...)
	}
	if l.framed() {
		c.put(l.counter.y, d.shared.crown.is)
		c.put(l.counter.y+l.counter.h-1, d.you.foot)
	}
}
