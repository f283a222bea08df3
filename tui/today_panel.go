package tui

import (
	"clickky/tui/screen"
	"clickky/tui/text"
)

// todayKey is what the panel of the player's day shows.
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

// renderStreak shows on how many days in a row the player clicked.
func (r *lineRenderer) renderStreak(streak int) string {
	switch streak {
	case 0:
		return r.panelFact(todayPanel, "streak", span{&r.Styles.Dim, "starts with a click"}, "", span{})
	case 1:
		return r.panelFact(todayPanel, "streak", span{&r.Styles.Strong, "1"}, " day", span{})
	default:
		return r.panelFact(todayPanel, "streak", span{&r.Styles.Strong, text.Grouped(streak)}, " days in a row", span{})
	}
}

// renderToday renders the player's day as one line of the player's panel.
func (r *lineRenderer) renderToday(k todayKey) []string {
	clicks, rank := text.Grouped(k.clicks), ""
	if k.standing.rank > 0 {
		rank = k.standing.text()
	}
	unit := text.FirstFit(r.factWidth(youPanel)-len(clicks)-len(rank)-2, text.Plural(k.clicks, " click"), "")
	return []string{r.panelFact(youPanel, "today", span{&r.Styles.Strong, clicks}, unit, span{&r.Styles.Dim, rank})}
}

// renderTodayClicks shows the player's clicks since midnight.
func (r *lineRenderer) renderTodayClicks(clicks uint64) string {
	return r.panelFact(todayPanel, "clicks", span{&r.Styles.Strong, text.Grouped(clicks)}, "", span{})
}

// renderYesterdayLeader names who clicked most on the day before.
func (r *lineRenderer) renderYesterdayLeader(first string) string {
	if first == "" {
		return r.panelFact(todayPanel, "leader", span{&r.Styles.Dim, "nobody yesterday"}, "", span{})
	}
	const when = "yesterday"
	name, _ := text.Clean(first, r.factWidth(todayPanel)-len(when)-3)
	return r.panelFact(todayPanel, "leader", span{&r.Styles.Accent, screen.Crown + " "}, name, span{&r.Styles.Dim, when})
}
