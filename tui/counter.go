package tui

import (
	"strings"

	"clickky/tui/digits"
	"clickky/tui/text"
)

// letters is the global count in large digits.
type letters struct {
	lines []string
	fit   bool // whether there is room for them
}

// lettersFacts are a count, and the one that stood there before: the digits
// that have changed glow for a moment.
type lettersFacts struct{ large, was uint64 }

// renderLetters draws the count as large as it fits, into all lines above the
// plain digits.
func (l *look) renderLetters(f lettersFacts) letters {
	w, hero := l.counterRoom(), &l.lay.hero
	if l.lay.variant == tiny || hero.digits == 0 {
		return letters{}
	}
	number := text.Grouped(f.large)
	large, fit := digits.For(number, w, hero.digits)
	if !fit {
		return letters{}
	}
	still := unchanged(number, text.Grouped(f.was))
	h := hero.plain - hero.top
	above := (h - large.Rows()) / 2
	drawn := letters{fit: true, lines: make([]string, 0, h)}
	for i := range h {
		line := l.hollow
		if row := i - above; row >= 0 && row < large.Rows() {
			line = l.counterLine(func(b *strings.Builder) { l.digitLine(b, &large, number, still, row, w) })
		}
		drawn.lines = append(drawn.lines, line)
	}
	return drawn
}

// unchanged is how many characters of a number, from the left, are those that
// stood there before. A count only grows, so that all behind them are others, but
// for some that happen to be the same.
func unchanged(number, was string) int {
	if len(number) != len(was) {
		return 0
	}
	n := 0
	for n < len(number) && number[n] == was[n] {
		n++
	}
	return n
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
	said := text.First(w-8, "★  ★  ★   "+text.Grouped(reached)+" reached!   ★  ★  ★", "★ "+text.Grouped(reached)+" reached! ★", "★")
	left := (w - 4 - text.Width(said)) / 2
	right := w - 4 - text.Width(said) - left
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

// digitLine writes line row of the large digits into the middle of w cells. The
// first characters are still.
func (l *look) digitLine(b *strings.Builder, f *digits.Font, number string, still, row, w int) {
	before := (w - f.Width(number)) / 2
	b.WriteString(blanks(before))
	for _, part := range [...]struct {
		style    style
		from, to int
	}{{l.pal.glowAt(row, f.Rows()), 0, still}, {l.pal.lit, still, len(number)}} {
		if part.from == part.to {
			continue
		}
		b.WriteString(string(part.style))
		f.Line(b, number, row, part.from, part.to)
		if part.style != "" {
			b.WriteString(reset)
		}
	}
	b.WriteString(blanks(w - before - f.Width(number)))
}

// renderPlain is the number in plain digits, with as many words as fit.
func (l *look) renderPlain(f plainFacts) string {
	if l.lay.variant == tiny {
		return ""
	}
	w := l.counterRoom()
	number := text.Number(f.total, w)
	style := l.pal.strong
	if !f.large {
		style = l.pal.title
	}
	noun := " clicks"
	if f.total == 1 {
		noun = " click"
	}
	words := text.First(w-len(number), noun+" by "+text.Count(f.players, "player"), noun, "")
	return l.counterLine(func(b *strings.Builder) {
		centre(b, w, []span{{style, number}, {l.pal.dim, words}})
	})
}
