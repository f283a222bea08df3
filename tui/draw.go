package tui

import (
	"strings"

	"clickky/tui/text"
)

// span is text in one style.
type span struct {
	style style
	text  string
}

func widthOfAll(spans []span) int {
	w := 0
	for _, s := range spans {
		w += text.Width(s.text)
	}
	return w
}

// blanks are n empty cells.
func blanks(n int) string {
	const some = "                                                                                                    "
	if n <= len(some) {
		return some[:max(n, 0)]
	}
	return strings.Repeat(" ", n)
}

// put writes spans into at most w cells and returns how many they took.
func put(b *strings.Builder, w int, spans []span) int {
	taken := 0
	for _, s := range spans {
		shown, n := text.Clean(s.text, w-taken)
		if n > 0 {
			s.style.put(b, shown)
		}
		if taken += n; n < text.Width(s.text) {
			break
		}
	}
	return taken
}

// spread writes exactly w cells, one text at the left and one at the right.
// The right one is left out when there is no room for both.
func spread(b *strings.Builder, w int, left, right []span) {
	rw := widthOfAll(right)
	if rw > 0 && widthOfAll(left)+1+rw > w {
		right, rw = nil, 0
	}
	b.WriteString(blanks(w - rw - put(b, w-rw, left)))
	put(b, rw, right)
}

// centre writes spans into the middle of w cells and fills them up.
func centre(b *strings.Builder, w int, spans []span) {
	before := max(w-widthOfAll(spans), 0) / 2
	b.WriteString(blanks(before))
	b.WriteString(blanks(w - before - put(b, w-before, spans)))
}

// centred is centre as a line, without the cells behind the text.
func centred(w int, spans ...span) string {
	var b strings.Builder
	b.WriteString(blanks(max(w-widthOfAll(spans), 0) / 2))
	put(&b, w, spans)
	return b.String()
}

// edge is a horizontal side of a panel, w cells wide.
type edge struct{ left, right string }

func upper() edge { return edge{"╭", "╮"} }
func lower() edge { return edge{"╰", "╯"} }

// draw writes the side with a label that starts at cell at, or ends as many
// cells before the end if at is negative; a label without room is left out.
func (e edge) draw(b *strings.Builder, p *palette, w, at int, label ...span) {
	lw := widthOfAll(label) + 2 // a space on either side
	if at < 0 {
		at += w - lw
	}
	if lw == 2 || at < 1 || at+lw >= w {
		p.frame.put(b, e.left+strings.Repeat("─", w-2)+e.right)
		return
	}
	p.frame.put(b, e.left+strings.Repeat("─", at-1)+" ")
	put(b, lw, label)
	p.frame.put(b, " "+strings.Repeat("─", w-at-lw-1)+e.right)
}

// drawCentred writes the side with a label in its middle.
func (e edge) drawCentred(b *strings.Builder, p *palette, w int, label ...span) {
	e.draw(b, p, w, (w-widthOfAll(label)-2)/2, label...)
}

// wall writes a vertical side of a panel.
func (p *palette) wall(b *strings.Builder) { p.frame.put(b, "│") }
