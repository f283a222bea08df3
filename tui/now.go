package tui

import (
	"slices"
	"strings"

	"clickky/tui/text"
)

// renderNow is what goes on in the game: a panel where there is room for one,
// else a line, which in the compact variant is the first of the screen.
func (l *look) renderNow(f nowFacts) []string {
	switch l.lay.variant {
	case full:
		left, gap, w := l.lay.panels()
		facts := []fact{
			{"speed", span{l.pal.strong, text.Rate(f.rate)}, text.First(w-6-labelWidth-len(text.Rate(f.rate)), " clicks a second", " a second"), span{}},
			{"online", span{l.pal.strong, text.Grouped(f.online)}, text.Plural(f.online, " player"), span{}},
			{"players", span{l.pal.strong, text.Grouped(f.players)}, " so far", span{}},
			{"average", span{l.pal.strong, text.Grouped(f.average)}, " clicks each", span{}},
		}
		return l.filled(l.everybody, l.lay.x+left+gap, w, facts)
	case compact:
		return []string{l.line(func(b *strings.Builder) {
			b.WriteByte(' ')
			spread(b, l.lay.cw-2, []span{{l.pal.title, gameName}}, l.pace(f, "/s"))
		})}
	case mini:
		return []string{l.centred(l.pace(f, " a second")...)}
	default:
		return nil
	}
}

// pace is how many play and how fast.
func (l *look) pace(f nowFacts, unit string) []span {
	return []span{
		{l.pal.strong, text.Grouped(f.online)},
		{l.pal.dim, " online  "},
		{l.pal.strong, text.Rate(f.rate)},
		{l.pal.dim, unit},
	}
}

// fact is a line of a panel; right stands at its right, if there is room.
type fact struct {
	label string
	value span
	unit  string
	right span
}

// labelWidth is the column of the labels.
const labelWidth = 9

// factAt is the line of a panel on which fact i of n stands; -1 where there is
// no room for it.
func (l *look) factAt(i, n int) int {
	rows := l.lay.panel - 2
	if i >= rows {
		return -1
	}
	return 1 + max(rows-n, 0)/2 + i
}

// panel draws an empty frame with a title, from column x on.
func (l *look) panel(title string, x, w int) []string {
	lines := make([]string, l.lay.panel)
	for i := range lines {
		var b strings.Builder
		b.WriteString(blanks(x))
		switch i {
		case 0:
			upper().draw(&b, &l.pal, w, 2, span{l.pal.dim, title})
		case len(lines) - 1:
			lower().draw(&b, &l.pal, w, 0)
		default:
			l.pal.wall(&b)
			b.WriteString(blanks(w - 2))
			l.pal.wall(&b)
		}
		lines[i] = b.String()
	}
	return lines
}

// filled is an empty panel with facts in it, as many as there is room for.
func (l *look) filled(panel []string, x, w int, facts []fact) []string {
	lines := slices.Clone(panel)
	for i, f := range facts {
		if at := l.factAt(i, len(facts)); at >= 0 {
			lines[at] = l.panelLine(x, w, f)
		}
	}
	return lines
}

// panelLine is a fact between the sides of a panel.
func (l *look) panelLine(x, w int, f fact) string {
	var b strings.Builder
	b.Grow(x + 4*w)
	b.WriteString(blanks(x))
	l.pal.wall(&b)
	b.WriteString("  ")
	spread(&b, w-6, []span{
		{l.pal.dim, f.label + blanks(labelWidth-len(f.label))},
		f.value,
		{l.pal.dim, f.unit},
	}, []span{f.right})
	b.WriteString("  ")
	l.pal.wall(&b)
	return b.String()
}
