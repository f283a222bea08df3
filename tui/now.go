package tui

import "strings"

// renderNow is what goes on in the game: a panel where there is room for one,
// else a line, which in the compact variant is the first of the screen.
func (l *look) renderNow(f nowFacts) []string {
	switch l.lay.variant {
	case full:
		_, _, w := l.lay.panels()
		return l.panel("now", w, []fact{
			{"speed", span{l.pal.strong, rated(f.rate)}, " clicks a second"},
			{"online", span{l.pal.strong, groupedInt(f.online)}, noun(f.online, " player")},
			{"players", span{l.pal.strong, groupedInt(f.players)}, " so far"},
		}, span{})
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
		{l.pal.strong, groupedInt(f.online)},
		{l.pal.dim, " online  "},
		{l.pal.strong, rated(f.rate)},
		{l.pal.dim, unit},
	}
}

// noun is a word in the plural unless there is one of it.
func noun(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// fact is a line of a panel.
type fact struct {
	label string
	value span
	unit  string
}

// labelWidth is the column of the labels.
const labelWidth = 9

// panel draws facts in a frame with a title; extra stands at the right of the
// first line.
func (l *look) panel(title string, w int, facts []fact, extra ...span) []string {
	lines := make([]string, 0, l.lay.panel)
	add := func(draw func(b *strings.Builder)) {
		var b strings.Builder
		draw(&b)
		lines = append(lines, b.String())
	}
	add(func(b *strings.Builder) { upper().draw(b, &l.pal, w, 2, span{l.pal.dim, title}) })
	pad := (l.lay.panel - 2 - len(facts)) / 2
	for i := range l.lay.panel - 2 {
		add(func(b *strings.Builder) {
			l.pal.wall(b)
			b.WriteString("  ")
			if n := i - pad; n >= 0 && n < len(facts) {
				var right []span
				if n < len(extra) {
					right = extra[n : n+1]
				}
				l.factLine(b, w-6, facts[n], right)
			} else {
				b.WriteString(blanks(w - 6))
			}
			b.WriteString("  ")
			l.pal.wall(b)
		})
	}
	add(func(b *strings.Builder) { lower().draw(b, &l.pal, w, 0, span{}) })
	return lines
}

func (l *look) factLine(b *strings.Builder, w int, f fact, right []span) {
	spread(b, w, []span{
		{l.pal.dim, f.label + blanks(labelWidth-len(f.label))},
		f.value,
		{l.pal.dim, f.unit},
	}, right)
}
