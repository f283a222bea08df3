package tui

import (
	"strings"

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
			shown, n = text.Clean(s.Text, w-used)
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

// centred returns a line of the screen with spans in its middle, without trailing spaces.
func (a *appearance) centred(spans ...theme.Span) string {
	var b strings.Builder
	b.WriteString(text.Spaces(a.X + max(a.W-spansWidth(spans), 0)/2))
	writeSpans(&b, a.W, spans)
	return b.String()
}

// justified returns a line of the screen with spans at both ends.
func (a *appearance) justified(left, right []theme.Span) string {
	var b strings.Builder
	b.Grow(4 * a.W)
	b.WriteString(text.Spaces(a.X + 1))
	writeJustified(&b, a.W-2, left, right)
	return b.String()
}

// counterLine returns a line of the counter with spans in its middle.
func (a *appearance) counterLine(spans ...theme.Span) string {
	var b strings.Builder
	b.Grow(a.X + 4*a.W)
	a.openFrame(&b, a.X, 1)
	w := a.counterWidth()
	before := max(w-spansWidth(spans), 0) / 2
	b.WriteString(text.Spaces(before))
	b.WriteString(text.Spaces(w - before - writeSpans(&b, w-before, spans)))
	a.closeFrame(&b, 1)
	return b.String()
}

// openFrame writes the left border of a panel at column x, if there are borders.
func (a *appearance) openFrame(b *strings.Builder, x, margin int) {
	b.WriteString(text.Spaces(x))
	if a.Framed {
		a.Styles.Frame.Write(b, "│")
		b.WriteString(text.Spaces(margin))
	}
}

func (a *appearance) closeFrame(b *strings.Builder, margin int) {
	if a.Framed {
		b.WriteString(text.Spaces(margin))
		a.Styles.Frame.Write(b, "│")
	}
}
