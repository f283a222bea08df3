package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// gameKey is what gamePanel shows.
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
	strong, dim := &a.Styles.Strong, &a.Styles.Dim
	pace := func(noun, unit string) []span {
		return []span{{strong, text.Grouped(k.online)}, {dim, noun}, {strong, text.Rate(k.rate)}, {dim, unit}}
	}
	switch a.Variant {
	case layout.Mini:
		return []string{a.centred(pace(" online  ", " a second")...)}
	case layout.Compact:
		return []string{a.justified([]span{{&a.Styles.Title, gameName}}, pace(" online  ", "/s"))}
	default:
		return []string{a.justified([]span{{&a.Styles.Title, gameName}}, pace(" here · ", " clicks a second"))}
	}
}

// everybodyKey is what everybodyPanel shows.
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
	p.column, _ = a.panelColumn(everybodyPanel)
	return p
}

func (a *appearance) renderEverybody(k everybodyKey) []string {
	s, clicks := a.Styles, text.Grouped(k.clicks)
	facts := []string{
		a.panelFact(everybodyPanel, "today", span{&s.Strong, clicks}, text.Plural(k.clicks, " click")+" by "+text.Count(k.players, "player"), span{}),
	}
	for i, leader := range k.leaders {
		if leader.Name == "" {
			continue
		}
		number := text.Grouped(leader.Clicks)
		name, _ := text.Clean(leader.Name, a.factWidth(everybodyPanel)-len(number)-1)
		facts = append(facts, a.panelFact(everybodyPanel, "#"+text.Grouped(i+1), span{&s.Medals[i], name}, "", span{&s.Strong, number}))
	}
	if !k.hasLeaders() {
		facts = append(facts,
			a.panelFact(everybodyPanel, "average", span{&s.Strong, text.Grouped(k.average)}, " clicks each, all time", span{}),
			a.panelFact(everybodyPanel, "best", span{&s.Strong, text.Grouped(uint64(k.best))}, " in a second", span{}))
	}
	lines := a.emptyPanel(everybodyPanel)
	for i, fact := range facts {
		if y := a.factRow(0, i); y >= 0 {
			lines[y] = fact
		}
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

// ownPanel is a panel below the counter, from the left.
type ownPanel int

const (
	youPanel       ownPanel = iota
	todayPanel              // from the full variant on
	everybodyPanel          // on the wall
)

// panelTitles are the titles of the panels.
var panelTitles = [...]string{youPanel: "you", todayPanel: "today", everybodyPanel: "everybody"}

// panelCount returns how many panels are below the counter.
func (r *lineRenderer) panelCount() int {
	switch {
	case r.Variant == layout.Wall:
		return 3
	case r.Full:
		return 2
	default:
		return 1
	}
}

// panelColumn returns the first column and the width of a panel.
func (r *lineRenderer) panelColumn(p ownPanel) (x, w int) {
	const gap = 2
	n := r.panelCount()
	w = (r.W - gap*(n-1)) / n
	x = r.X + int(p)*(w+gap)
	if int(p) == n-1 {
		w = r.X + r.W - x // the rest
	}
	return x, w
}

// labelWidth is the width of the labels in a panel.
const labelWidth = 9

// panelFact returns a line of a panel: a label, a value with its unit, and right-aligned text if there
// is room. It begins where the panel to the left ends.
func (r *lineRenderer) panelFact(p ownPanel, label string, value span, unit string, right span) string {
	_, w := r.panelColumn(p)
	label += text.Spaces(labelWidth - len(label))
	var b strings.Builder
	b.Grow(r.panelIndent(p) + 4*w)
	r.openFrame(&b, r.panelIndent(p), 2)
	writeJustified(&b, w-6, []span{{&r.Styles.Dim, label}, value, {&r.Styles.Dim, unit}}, []span{right})
	r.closeFrame(&b, 2)
	return b.String()
}

// panelIndent returns the space before a panel. Only the third one is in the shared layer, which puts
// it into its column.
func (r *lineRenderer) panelIndent(p ownPanel) int {
	switch p {
	case youPanel:
		return r.X
	case todayPanel:
		return 2
	default:
		return 0
	}
}

// factWidth returns the width of a panelFact without its label.
func (r *lineRenderer) factWidth(p ownPanel) int {
	_, w := r.panelColumn(p)
	return w - 6 - labelWidth
}

// emptyPanel returns the border of a panel with its title.
func (r *lineRenderer) emptyPanel(p ownPanel) []string {
	_, w := r.panelColumn(p)
	indent, h := text.Spaces(r.panelIndent(p)), r.Rows[layout.RowOwn]
	side := r.Styles.Frame.Render("│")
	lines := slices.Repeat([]string{indent + side + text.Spaces(w-2) + side}, h)
	lines[0] = indent + r.Border(screen.TopCorners, w, lipgloss.Left, r.Styles.Dim.Render(panelTitles[p]))
	lines[h-1] = indent + r.Border(screen.BottomCorners, w, lipgloss.Left, "")
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
