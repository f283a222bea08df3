package tui

import "strings"

// letters is the global count in large digits.
type letters struct {
	lines []string
	fit   bool // whether there is room for them
}

// renderLetters draws the count as large as it fits, into all lines above the
// plain digits.
func (l *look) renderLetters(total uint64) letters {
	w, hero := l.counterRoom(), &l.lay.hero
	if l.lay.variant == tiny || hero.digits == 0 {
		return letters{}
	}
	number := grouped(total)
	large, fit := fontFor(number, w, hero.digits)
	if !fit {
		return letters{}
	}
	h := hero.plain - hero.top
	above := (h - large.rows()) / 2
	drawn := letters{fit: true, lines: make([]string, 0, h)}
	for i := range h {
		line := l.hollow
		if row := i - above; row >= 0 && row < large.rows() {
			line = l.counterLine(func(b *strings.Builder) { l.digitLine(b, &large, number, row, w) })
		}
		drawn.lines = append(drawn.lines, line)
	}
	return drawn
}

// counterRoom is how much of a line of the counter its panel leaves.
func (l *look) counterRoom() int {
	if l.lay.framed() {
		return l.lay.counter.w - 4 // the sides, and a space within each
	}
	return l.lay.counter.w
}

// renderCrown is the upper side of the counter's panel, on which milestones are
// celebrated.
func (l *look) renderCrown(reached uint64) string {
	if !l.lay.framed() {
		return ""
	}
	w := l.lay.counter.w
	if reached == 0 {
		return l.line(func(b *strings.Builder) { upper().draw(b, &l.pal, w, 0) })
	}
	said := first(w-8, "★  ★  ★   "+grouped(reached)+" reached!   ★  ★  ★", "★ "+grouped(reached)+" reached! ★", "★")
	left := (w - 4 - widthOf(said)) / 2
	right := w - 4 - widthOf(said) - left
	return l.line(func(b *strings.Builder) {
		l.pal.own.put(b, "╭"+strings.Repeat("━", left)+" "+said+" "+strings.Repeat("━", right)+"╮")
	})
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
	w := l.counterRoom()
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
