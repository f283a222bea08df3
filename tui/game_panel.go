package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// gameKey is what gamePanel shows.
type gameKey struct {
	players, online int
	rate            float64
	average         uint64 // rounded
}

// gamePanel shows the game's activity: a panel if there is room, else a line, which is the first
// line of the compact variant.
func (a *appearance) gamePanel() panel {
	y := map[variant]int{full: a.rows.start(rowOwn), compact: a.Header, mini: a.rows.start(rowGame)}[a.variant]
	return newPanel(y, func(now *sharedKey) gameKey {
		k := gameKey{players: now.snap.Players, online: now.snap.Online, rate: now.snap.Rate}
		if a.Full && k.players > 0 {
			k.average = roundedDown(now.snap.Total / uint64(k.players))
		}
		return k
	}, a.renderGame)
}

// roundedDown keeps the first two digits, so that the number rarely changes.
func roundedDown(n uint64) uint64 {
	unit := uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}

func (a *appearance) renderGame(k gameKey) []string {
	strong, dim, rate := &a.Styles.Strong, &a.Styles.Dim, text.Rate(k.rate)
	pace := func(unit string) []span {
		return []span{{strong, text.Grouped(k.online)}, {dim, " online  "}, {strong, rate}, {dim, unit}}
	}
	switch a.variant {
	case compact:
		return []string{a.justified([]span{{&a.Styles.Title, gameName}}, pace("/s"))}
	case mini:
		return []string{a.centred(pace(" a second")...)}
	}
	own, gap, w := a.panelWidths()
	x := a.X + own + gap
	lines := slices.Clone(a.gameFrame)
	for i, fact := range [...]string{
		a.labelledLine(x, w, "speed", span{strong, rate}, text.FirstFit(w-6-labelWidth-len(rate), " clicks a second", " a second"), span{}),
		a.labelledLine(x, w, "online", span{strong, text.Grouped(k.online)}, text.Plural(k.online, " player"), span{}),
		a.labelledLine(x, w, "players", span{strong, text.Grouped(k.players)}, " so far", span{}),
		a.labelledLine(x, w, "average", span{strong, text.Grouped(k.average)}, " clicks each", span{}),
	} {
		if y := a.factRow(0, i); y >= 0 {
			lines[y] = fact
		}
	}
	return lines
}

// labelWidth is the width of the labels in a panel.
const labelWidth = 9

// labelledLine is a line of a panel that starts at column x: a label, a value with its unit, and
// right-aligned text if there is room.
func (a *appearance) labelledLine(x, w int, label string, value span, unit string, right span) string {
	label += text.Spaces(labelWidth - len(label))
	var b strings.Builder
	b.Grow(x + 4*w)
	a.openFrame(&b, x, 2)
	writeJustified(&b, w-6, []span{{&a.Styles.Dim, label}, value, {&a.Styles.Dim, unit}}, []span{right})
	a.closeFrame(&b, 2)
	return b.String()
}

// emptyPanel is the border of a panel at column x, with its title.
func (a *appearance) emptyPanel(x int, title string) []string {
	w, _, everybody := a.panelWidths()
	if x > a.X {
		w = everybody
	}
	indent, h := text.Spaces(x), a.rows[rowOwn]
	side := a.Styles.Frame.Render("│")
	lines := slices.Repeat([]string{indent + side + text.Spaces(w-2) + side}, h)
	lines[0] = indent + a.Border(screen.TopCorners, w, lipgloss.Left, a.Styles.Dim.Render(title))
	lines[h-1] = indent + a.Border(screen.BottomCorners, w, lipgloss.Left, "")
	return lines
}

// factRow returns the line of the i-th fact of a panel that starts at line y, or -1 without room
// for it.
func (a *appearance) factRow(y, i int) int {
	const facts = 4
	visible := a.rows[rowOwn] - 2
	if i >= visible {
		return -1
	}
	return y + 1 + max(visible-facts, 0)/2 + i
}
