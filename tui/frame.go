package tui

import (
	"strings"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// drawn is the frame that was put together last, in two layers: what is the
// player's own stands above what everybody with the same look shares. Neither is
// ever changed; what is new is another slice.
type drawn struct{ own, shared []string }

// draw renders what changed and puts the frame together.
func (m Model) draw() {
	if !m.undrawn {
		return
	}
	m.undrawn = false
	if m.game.look.lay.variant == tiny {
		m.drawn = drawn{own: m.game.tinyFrame()}
		return
	}
	switch front := m.front.(type) {
	case screen.Page:
		m.drawn = drawn{own: m.game.Page(front)}
	case screen.Layered:
		own, shared := front.Layers()
		m.drawn = drawn{own, shared}
	}
}

// Layers is the frame after the last update, line by line, rendered only now:
// several updates may pass for one frame. A line of own
// stands above that of shared, which has blanks at its beginning where there is
// one. Shared is the same slice for everybody who sees the same, and own is the
// same as before while nothing in it changes. Neither may be changed.
func (m Model) Layers() (own, shared []string) {
	m.draw()
	return m.drawn.own, m.drawn.shared
}

// flat is the frame in one layer.
func (d drawn) flat() []string {
	lines := make([]string, max(len(d.own), len(d.shared)))
	copy(lines, d.shared)
	for i, own := range d.own {
		if own != "" {
			lines[i] = own + lines[i][min(text.Width(own), len(lines[i])):]
		}
	}
	return lines
}

// canvas collects the lines of a layer.
type canvas []string

// canvas is an empty one.
func (l *look) canvas() canvas { return make(canvas, l.lay.h) }

// put sets lines from y on; what would be below the screen is left out.
func (c canvas) put(y int, lines ...string) {
	for i, line := range lines {
		if y+i >= 0 && y+i < len(c) {
			c[y+i] = line
		}
	}
}

// text is all of a frame.
func (d drawn) text() string { return strings.Join(d.flat(), "\n") }
