package tui

import (
	"slices"

	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

type gameKey struct {
	online int
	rate   float64
}

// gamePanel shows the game's activity in one line: the first one, except in the mini variant.
func (a *appearance) gamePanel() panel {
	y := a.Header
	if a.Variant == layout.Mini {
		y = a.Rows.Start(layout.RowGame)
	}
	return newPanel(y, func(now *sharedKey) gameKey { return gameKey{now.snap.Online, now.snap.Rate} }, a.renderGame)
}

func (a *appearance) renderGame(k gameKey) []string {
	here, unit := " here · ", " clicks a second"
	switch a.Variant {
	case layout.Mini:
		here, unit = " online  ", " a second"
	case layout.Compact:
		here, unit = " online  ", "/s"
	}
	strong, dim := &a.Styles.Strong, &a.Styles.Dim
	pace := []theme.Span{strong.Span(text.Grouped(k.online)), dim.Span(here), strong.Span(text.Rate(k.rate)), dim.Span(unit)}
	if a.Variant == layout.Mini {
		return []string{a.centred(pace...)}
	}
	return []string{a.justified([]theme.Span{a.Styles.Title.Span(gameName)}, pace)}
}

type everybodyKey struct {
	clicks  uint64 // today, rounded
	players int    // today
	average uint64 // of all time, rounded
	best    uint32
	leaders [game.DayLeaders]game.DayLeader // empty if the player may not see the leaderboard
}

// hasLeaders reports whether the panel names leaders, who take the room of the average and the best.
func (k *everybodyKey) hasLeaders() bool { return k.leaders[0].Name != "" }

// everybodyPanel is the third panel of the wall: everybody's day, and its leaders if the player may
// see them.
func (a *appearance) everybodyPanel() panel {
	if a.Variant < layout.Wall {
		return staticPanel(0)
	}
	p := newPanel(a.Rows.Start(layout.RowOwn), func(now *sharedKey) everybodyKey {
		t := &now.snap.Today
		k := everybodyKey{clicks: roundedDown(t.Clicks), players: t.Players}
		if a.permissions.Board {
			k.leaders = t.Leaders
		}
		if !k.hasLeaders() {
			k.average, k.best = roundedDown(now.snap.Total/uint64(max(now.snap.Players, 1))), now.snap.Best
		}
		return k
	}, a.renderEverybody)
	p.column = a.X + a.W - a.everybody.w
	return p
}

func (a *appearance) renderEverybody(k everybodyKey) []string {
	s, clicks := a.Styles, text.Grouped(k.clicks)
	facts := []fact{{label: "today", value: s.Strong.Span(clicks), unit: text.Plural(k.clicks, " click") + " by " + text.Count(k.players, "player")}}
	for i, leader := range k.leaders {
		if leader.Name == "" {
			continue
		}
		number := text.Grouped(leader.Clicks)
		name := s.Medals[i].Span(text.Clean(leader.Name, a.everybody.factWidth()-len(number)-1))
		facts = append(facts, fact{"#" + text.Grouped(i+1), name, "", s.Strong.Span(number)})
	}
	if !k.hasLeaders() {
		facts = append(facts,
			fact{label: "average", value: s.Strong.Span(text.Grouped(k.average)), unit: " clicks each, all time"},
			fact{label: "best", value: s.Strong.Span(text.Grouped(uint64(k.best))), unit: " in a second"})
	}
	lines := canvas(a.emptyPanel(&a.everybody))
	for i, f := range facts {
		lines.put(a.factRow(0, i), a.panelFact(&a.everybody, f))
	}
	return lines
}

// roundedDown keeps the first two digits, so that the number rarely changes.
func roundedDown(n uint64) uint64 {
	unit := uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}

// factPanel is a panel of facts below the counter.
type factPanel struct {
	title  string
	indent int // the space before it in its layer
	w      int
}

const labelWidth = 9

// fact is a line of a panel: a label, a value with its unit, and right-aligned text if there is room.
type fact struct {
	label string
	value theme.Span
	unit  string
	right theme.Span
}

// panelFact returns a fact in a panel. It begins where the panel to the left ends.
func (r *lineRenderer) panelFact(p *factPanel, f fact) string {
	label := f.label + text.Spaces(labelWidth-len(f.label))
	return r.panelLine(p.indent, p.w, 2, []theme.Span{r.Styles.Dim.Span(label), f.value, r.Styles.Dim.Span(f.unit)}, []theme.Span{f.right})
}

// factWidth returns the width of a panelFact without its label.
func (p *factPanel) factWidth() int { return p.w - 6 - labelWidth }

// emptyPanel returns the border of a panel with its title.
func (r *lineRenderer) emptyPanel(p *factPanel) []string {
	indent, h := text.Spaces(p.indent), r.Rows[layout.RowOwn]
	side := r.Styles.Frame.Render("│")
	lines := slices.Repeat([]string{indent + side + text.Spaces(p.w-2) + side}, h)
	lines[0] = indent + r.Border(screen.TopCorners, p.w, lipgloss.Left, r.Styles.Dim.Render(p.title))
	lines[h-1] = indent + r.Border(screen.BottomCorners, p.w, lipgloss.Left, "")
	return lines
}

// factRow returns the line of the i-th fact of a panel that starts at line y, or -1 without room
// for it.
func (r *lineRenderer) factRow(y, i int) int {
	facts := 4
	if !r.Full {
		facts = 5 // with one about the player's day
	}
	visible := r.Rows[layout.RowOwn] - 2
	if i >= visible {
		return -1
	}
	return y + 1 + max(visible-facts, 0)/2 + i
}
