package tui

import (
	"strings"

	"clickky/tui/text"
	"clickky/tui/theme"
)

// span is text in one style. Lines of the game are put together from spans, which cost less to
// measure and to shorten than text with escape sequences in it.
type span struct {
	Style *theme.Style
	Text  string
}

func widthOf(spans []span) int {
	w := 0
	for _, s := range spans {
		w += text.Width(s.Text)
	}
	return w
}

// put writes spans into at most w cells and returns how many they took.
func put(b *strings.Builder, w int, spans []span) int {
	taken := 0
	for _, s := range spans {
		shown, n := s.Text, text.Width(s.Text)
		if taken+n > w {
			shown, n = text.Clean(s.Text, w-taken)
		}
		if n > 0 {
			s.Style.Write(b, shown)
		}
		taken += n
	}
	return taken
}

// spread writes exactly w cells, one text at the left and one at the right.
// The right one is left out when there is no room for both.
func spread(b *strings.Builder, w int, left, right []span) {
	rw := widthOf(right)
	if rw > 0 && widthOf(left)+1+rw > w {
		right, rw = nil, 0
	}
	b.WriteString(text.Blanks(w - rw - put(b, w-rw, left)))
	put(b, rw, right)
}

// centre writes spans into the middle of w cells and fills them up.
func centre(b *strings.Builder, w int, spans []span) {
	before := max(w-widthOf(spans), 0) / 2
	b.WriteString(text.Blanks(before))
	b.WriteString(text.Blanks(w - before - put(b, w-before, spans)))
}

// centred is spans in the middle of a line of the screen, without the cells behind them.
func (l *look) centred(spans ...span) string {
	var b strings.Builder
	b.WriteString(text.Blanks(l.X + max(l.W-widthOf(spans), 0)/2))
	put(&b, l.W, spans)
	return b.String()
}

// spreadOut is spans at both ends of a line of the screen.
func (l *look) spreadOut(left, right []span) string {
	var b strings.Builder
	b.Grow(4 * l.W)
	b.WriteString(text.Blanks(l.X + 1))
	spread(&b, l.W-2, left, right)
	return b.String()
}

// counterLine is spans in the middle of a line of the counter.
func (l *look) counterLine(spans ...span) string {
	var b strings.Builder
	b.Grow(l.X + 4*l.W)
	l.openFrame(&b, l.X, 1)
	centre(&b, l.counterWidth(), spans)
	l.closeFrame(&b, 1)
	return b.String()
}

// openFrame writes the left side of a panel at column x, if there are panels.
func (l *look) openFrame(b *strings.Builder, x, margin int) {
	b.WriteString(text.Blanks(x))
	if l.Framed {
		l.Styles.Frame.Write(b, "│")
		b.WriteString(text.Blanks(margin))
	}
}

// closeFrame writes the right one.
func (l *look) closeFrame(b *strings.Builder, margin int) {
	if l.Framed {
		b.WriteString(text.Blanks(margin))
		l.Styles.Frame.Write(b, "│")
	}
}
