package tui

import "strings"

// renderCounter draws the global count in large digits over the same number in
// plain ones. It draws the panel but for its lower side, which has something
// to say to the player.
func (l *look) renderCounter(f counterFacts) []string {
	area := l.lay.counter
	w, h := area.w, area.h
	if l.lay.framed() {
		w, h = w-4, h-2 // the sides, and a space within each
	}
	if l.lay.variant == tiny {
		return nil
	}
	lines := make([]string, 0, area.h)
	if l.lay.framed() {
		lines = append(lines, l.counterLine(func(b *strings.Builder) {
			upper().draw(b, &l.pal, area.w, 0, span{})
		}))
	}
	number := grouped(f.total)
	// One line is for the plain digits, one stays free above them if it can.
	large, ok := fontFor(number, w, h-1)
	rows := large.rows()
	if !ok {
		rows = 0
	}
	gap := min(max(h-1-rows, 0), min(rows, 1))
	above := (h - rows - gap - 1) / 2
	for i := range h {
		lines = append(lines, l.counterLine(func(b *strings.Builder) {
			l.wallAndSpace(b, true)
			switch row := i - above; {
			case row >= 0 && row < rows:
				l.digitLine(b, &large, number, row, w)
			case row == rows+gap:
				l.plainLine(b, f, w, ok)
			default:
				b.WriteString(blanks(w))
			}
			l.wallAndSpace(b, false)
		}))
	}
	return lines
}

func (l *look) counterLine(draw func(*strings.Builder)) string {
	var b strings.Builder
	b.Grow(4 * l.lay.cw)
	draw(&b)
	return b.String()
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

// plainLine writes the number in plain digits, with as many words as fit.
func (l *look) plainLine(b *strings.Builder, f counterFacts, w int, large bool) {
	number := numberIn(f.total, w)
	style := l.pal.strong
	if !large {
		style = l.pal.title
	}
	noun := " clicks"
	if f.total == 1 {
		noun = " click"
	}
	words := first(w-len(number), noun+" by "+count(f.players, "player"), noun, "")
	centre(b, w, []span{{style, number}, {l.pal.dim, words}})
}

// counterFoot is the lower side of the counter's panel: it says what to do, and
// when a click did not count it says why, for this is where the player looks.
func (l *look) counterFoot(ignored Verdict) string {
	label := span{l.pal.dim, first(l.lay.counter.w-8, "press space, or click here", "press space")}
	if ignored != Counted {
		label = span{l.pal.warn, ignored.hint(l.lay.counter.w - 8)}
	}
	var b strings.Builder
	lower().drawCentred(&b, &l.pal, l.lay.counter.w, label)
	return b.String()
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
