package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// gameKey is what goes on in the game.
type gameKey struct {
	players, online int
	rate            float64
	average         uint64 // roughly
}

// gamePanel is what goes on in the game: a panel where there is room for one, else a line, which in
// the compact variant is the first of the screen.
func (l *look) gamePanel() panel {
	y := map[variant]int{full: l.rows.start(rowOwn), compact: l.Header, mini: l.rows.start(rowGame)}[l.variant]
	return newPanel(y, func(now *moment) gameKey {
		k := gameKey{players: now.snap.Players, online: now.snap.Online, rate: now.snap.Rate}
		if l.Full && k.players > 0 {
			k.average = roughly(now.snap.Total / uint64(k.players))
		}
		return k
	}, l.renderGame)
}

// roughly is a number with two digits that are not 0, so that it seldom changes.
func roughly(n uint64) uint64 {
	unit := uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}

func (l *look) renderGame(k gameKey) []string {
	strong, dim, rate := &l.Styles.Strong, &l.Styles.Dim, text.Rate(k.rate)
	pace := func(unit string) []span {
		return []span{{strong, text.Grouped(k.online)}, {dim, " online  "}, {strong, rate}, {dim, unit}}
	}
	switch l.variant {
	case compact:
		return []string{l.spreadOut([]span{{&l.Styles.Title, gameName}}, pace("/s"))}
	case mini:
		return []string{l.centred(pace(" a second")...)}
	}
	own, gap, w := l.panelWidths()
	x := l.X + own + gap
	lines := slices.Clone(l.others)
	for i, fact := range [...]string{
		l.fact(x, w, "speed", span{strong, rate}, text.First(w-6-labelWidth-len(rate), " clicks a second", " a second"), span{}),
		l.fact(x, w, "online", span{strong, text.Grouped(k.online)}, text.Plural(k.online, " player"), span{}),
		l.fact(x, w, "players", span{strong, text.Grouped(k.players)}, " so far", span{}),
		l.fact(x, w, "average", span{strong, text.Grouped(k.average)}, " clicks each", span{}),
	} {
		if y := l.factLine(0, i); y >= 0 {
			lines[y] = fact
		}
	}
	return lines
}

// labelWidth is the column of the labels in a panel.
const labelWidth = 9

// fact is a line of a panel from column x on: a label, a value with its unit, and what stands at
// the right, if there is room.
func (l *look) fact(x, w int, label string, value span, unit string, right span) string {
	label += text.Blanks(labelWidth - len(label))
	var b strings.Builder
	b.Grow(x + 4*w)
	l.openFrame(&b, x, 2)
	spread(&b, w-6, []span{{&l.Styles.Dim, label}, value, {&l.Styles.Dim, unit}}, []span{right})
	l.closeFrame(&b, 2)
	return b.String()
}

// panel is a frame with a title from column x on, with nothing in it.
func (l *look) panel(x int, title string) []string {
	w, _, everybody := l.panelWidths()
	if x > l.X {
		w = everybody
	}
	indent, h := text.Blanks(x), l.rows[rowOwn]
	side := l.Styles.Frame.Render("│")
	lines := slices.Repeat([]string{indent + side + text.Blanks(w-2) + side}, h)
	lines[0] = indent + l.Edge(screen.Upper, w, lipgloss.Left, l.Styles.Dim.Render(title))
	lines[h-1] = indent + l.Edge(screen.Lower, w, lipgloss.Left, "")
	return lines
}

// factLine is the line on which a fact of a panel stands that begins at line y; -1 where there is no
// room for it.
func (l *look) factLine(y, i int) int {
	const facts = 4 // of each panel
	room := l.rows[rowOwn] - 2
	if i >= room {
		return -1
	}
	return y + 1 + max(room-facts, 0)/2 + i
}
