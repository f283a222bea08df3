package tui

import (
	"clickky/tui/text"
)

type todayKey struct {
	clicks          uint64
	standing        shownStanding
	streak          int
	yesterdayLeader string // who clicked most on the day before
}

// todayKey returns what the panel shows now. The distance to the next player changes once a second.
func (m *gameScreen) todayKey() todayKey {
	t := m.Standing.Today
	k := todayKey{clicks: t.Clicks, standing: shownStanding{ahead: m.aheadToday, gap: m.gapToday}, streak: t.Streak, yesterdayLeader: m.Snap.Today.YesterdayLeader}
	if t.Clicks > 0 {
		k.standing.rank, k.standing.of, k.standing.isTied = t.Rank, t.Of, t.Rank == 1 && t.Ties > 0
	}
	return k
}

// renderToday renders the player's day as one line of the player's panel.
func (a *appearance) renderToday(k todayKey) []string {
	clicks, rank := text.Grouped(k.clicks), ""
	if k.standing.rank > 0 {
		rank = k.standing.text()
	}
	unit := text.FirstFit(a.factWidth(youPanel)-len(clicks)-len(rank)-2, text.Plural(k.clicks, " click"), "")
	return []string{a.panelFact(youPanel, fact{"today", a.Styles.Strong.Span(clicks), unit, a.Styles.Dim.Span(rank)})}
}
