package tui

import "strings"

// letters is the global count in large digits, with the panel around it but for
// its lower side, which has something to say to the player.
type letters struct {
	lines []string
	plain int  // the line for the plain digits, which is left empty
	fit   bool // whether there is room for large digits
}

// renderLetters draws the count as large as it fits.
func (l *look) renderLetters(total uint64) letters {
	area := l.lay.counter
	w, h := l.counterRoom()
	if l.lay.variant == tiny {
		return letters{}
	}
	number := grouped(total)
	// One line is for the plain digits, one stays free above them if it can.
	large, fit := fontFor(number, w, h-1)
	rows := large.rows()
	if !fit {
		rows = 0
	}
	gap := min(max(h-1-rows, 0), min(rows, 1))
	above := (h - rows - gap - 1) / 2
	drawn := letters{fit: fit, plain: above + rows + gap}
	if l.lay.framed() {
		drawn.plain++
		drawn.lines = append(drawn.lines, l.line(func(b *strings.Builder) {
			upper().draw(b, &l.pal, area.w, 0, span{})
		}))
	}
	for i := range h {
		drawn.lines = append(drawn.lines, l.counterLine(func(b *strings.Builder) {
			if row := i - above; row >= 0 && row < rows {
				l.digitLine(b, &large, number, row, w)
			} else {
				b.WriteString(blanks(w))
			}
		}))
	}
	return drawn
}

// counterRoom is how much of the counter its panel leaves.
func (l *look) counterRoom() (w, h int) {
	area := l.lay.counter
	if l.lay.framed() {
		return area.w - 4, area.h - 2 // the sides, and a space within each
	}
	return area.w, area.h
}

// counterLine is a line within the sides of the panel.
func (l *look) counterLine(draw func(*strings.Builder)) string {
	return l.line(func(b *strings.Builder) {
		l.wallAndSpace(b, true)
		draw(b)
		l.wallAndSpace(b, false)
	})
}

// wallAndSpace writes what is left or right of a line within a panel.
func (l *look) wallAndSpace(b *strings.Builder, left bool) {
	switch {
	case !l.lay.framed():
	case left:
		l.pal.wall(b)
		b.WriteByte(' ')
	default:
		b.WriteByte(' ')
		l.pal.wall(b)
	}
}

// digitLine writes line row of the large digits into the middle of w cells.
func (l *look) digitLine(b *strings.Builder, f *font, number string, row, w int) {
	before := (w - f.width(number)) / 2
	glow := l.pal.glowAt(row, f.rows())
	b.WriteString(blanks(before))
	b.WriteString(string(glow))
	f.line(b, number, row)
	if glow != "" {
		b.WriteString(reset)
	}
	b.WriteString(blanks(w - before - f.width(number)))
}

// renderPlain is the number in plain digits, with as many words as fit.
func (l *look) renderPlain(f plainFacts) string {
	if l.lay.variant == tiny {
		return ""
	}
	w, _ := l.counterRoom()
	number := numberIn(f.total, w)
	style := l.pal.strong
	if !f.large {
		style = l.pal.title
	}
	noun := " clicks"
	if f.total == 1 {
		noun = " click"
	}
	words := first(w-len(number), noun+" by "+count(f.players, "player"), noun, "")
	return l.counterLine(func(b *strings.Builder) {
		centre(b, w, []span{{style, number}, {l.pal.dim, words}})
	})
}

// counterFoot is the lower side of the counter's panel: it says what to do, and
// when a click did not count it says why, for this is where the player looks.
func (l *look) counterFoot(ignored Verdict) string {
	label := span{l.pal.dim, first(l.lay.counter.w-8, "press space, or click here", "press space")}
	if ignored != Counted {
		label = span{l.pal.warn, ignored.hint(l.lay.counter.w - 8)}
	}
	return l.line(func(b *strings.Builder) { lower().drawCentred(b, &l.pal, l.lay.counter.w, label) })
}

// hint is what a player reads whose click did not count, as much as fits into
// w cells.
func (v Verdict) hint(w int) string {
	switch v {
	case Taken:
		return first(w, "this name belongs to somebody's key now", "this name has an owner now", "name taken", "")
	case Held:
		return first(w, "a held key does not count: let go and press again", "held key: let go, press again", "let go, press again", "let go", "")
	default:
	}
	return first(w, "too fast: that one did not count", "too fast", "")
}
