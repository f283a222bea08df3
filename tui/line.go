package tui

import (
	"strings"

	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

func spansWidth(spans []theme.Span) int {
	w := 0
	for _, s := range spans {
		w += text.Width(s.Text)
	}
	return w
}

// writeSpans writes spans into at most w cells and returns how many it used.
func writeSpans(b *strings.Builder, w int, spans []theme.Span) int {
	used := 0
	for _, s := range spans {
		shown, n := s.Text, text.Width(s.Text)
		if used+n > w {
			shown = text.Clean(s.Text, w-used)
			n = text.Width(shown)
		}
		if n > 0 {
			s.Style.Write(b, shown)
		}
		used += n
	}
	return used
}

// writeJustified writes exactly w cells, with one text at each end. Without room for both it drops
// the right one.
func writeJustified(b *strings.Builder, w int, left, right []theme.Span) {
	rw := spansWidth(right)
	if rw > 0 && spansWidth(left)+1+rw > w {
		right, rw = nil, 0
	}
	b.WriteString(text.Spaces(w - rw - writeSpans(b, w-rw, left)))
	writeSpans(b, rw, right)
}

// lineRenderer renders the lines of the game for terminals of one size and theme. It caches nothing.
type lineRenderer struct {
	screen.Appearance
	layout.Layout
	you, today, everybody factPanel // today from the full variant on, everybody on the wall
}

// newLineRenderer divides the width among one to three panels of facts. The first two are in the
// player's layer.
func newLineRenderer(look screen.Appearance, l layout.Layout) lineRenderer {
	const gap = 2
	r := lineRenderer{Appearance: look, Layout: l}
	panels := []*factPanel{&r.you, &r.today, &r.everybody}
	switch {
	case r.Variant == layout.Wall:
	case r.Full:
		panels = panels[:2]
	default:
		panels = panels[:1]
	}
	w := (r.W - gap*(len(panels)-1)) / len(panels)
	r.you, r.today, r.everybody = factPanel{"you", r.X, w}, factPanel{"today", gap, w}, factPanel{"everybody", 0, w}
	panels[len(panels)-1].w = r.W - (len(panels)-1)*(w+gap) // the rest
	return r
}

// centred returns a line of the screen with spans in its middle, without trailing spaces.
func (r *lineRenderer) centred(spans ...theme.Span) string {
	var b strings.Builder
	b.WriteString(text.Spaces(r.X + max(r.W-spansWidth(spans), 0)/2))
	writeSpans(&b, r.W, spans)
	return b.String()
}

// justified returns a line of the screen with spans at both ends.
func (r *lineRenderer) justified(left, right []theme.Span) string {
	var b strings.Builder
	b.Grow(4 * r.W)
	b.WriteString(text.Spaces(r.X + 1))
	writeJustified(&b, r.W-2, left, right)
	return b.String()
}

// counterLine returns a line of the counter with spans in its middle.
func (r *lineRenderer) counterLine(spans ...theme.Span) string {
	var b strings.Builder
	b.Grow(r.X + 4*r.W)
	r.openFrame(&b, r.X, 1)
	w := r.counterWidth()
	before := max(w-spansWidth(spans), 0) / 2
	b.WriteString(text.Spaces(before))
	b.WriteString(text.Spaces(w - before - writeSpans(&b, w-before, spans)))
	r.closeFrame(&b, 1)
	return b.String()
}

// panelLine returns a line of a panel at column x, w cells wide, with spans at both ends.
func (r *lineRenderer) panelLine(x, w, margin int, left, right []theme.Span) string {
	var b strings.Builder
	b.Grow(x + 4*w)
	r.openFrame(&b, x, margin)
	writeJustified(&b, w-2-2*margin, left, right)
	r.closeFrame(&b, margin)
	return b.String()
}

// openFrame writes the left border of a panel at column x, if there are borders.
func (r *lineRenderer) openFrame(b *strings.Builder, x, margin int) {
	b.WriteString(text.Spaces(x))
	if r.Framed {
		r.Styles.Frame.Write(b, "│")
		b.WriteString(text.Spaces(margin))
	}
}

func (r *lineRenderer) closeFrame(b *strings.Builder, margin int) {
	if r.Framed {
		b.WriteString(text.Spaces(margin))
		r.Styles.Frame.Write(b, "│")
	}
}
