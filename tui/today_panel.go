package tui

import (
	"clickky/tui/screen"
	"clickky/tui/text"
)

// todayKey is what the panel of the player's day shows.
type todayKey struct {
	clicks   uint64
	standing shownStanding
	streak   int
	first    string // who clicked most on the day before
}

// todayKey returns the player's current UTC day. How far the next player is ahead follows others once
// a second.
func (m *gameScreen) todayKey() todayKey {
	t := m.Standing.Today
	k := todayKey{clicks: t.Clicks, standing: shownStanding{ahead: m.aheadToday, gap: m.gapToday}, streak: t.Streak, first: m.Snap.Today.First}
	if t.Clicks > 0 {
		k.standing.rank, k.standing.of = t.Rank, t.Of
	}
	return k
}

// renderStreak says on how many days in a row the player clicked.
func (a *appearance) renderStreak(streak int) string {
	switch streak {
	case 0:
		return a.panelFact(todayPanel, "streak", span{&a.Styles.Dim, "starts with a click"}, "", span{})
	case 1:
		return a.panelFact(todayPanel, "streak", span{&a.Styles.Strong, "1"}, " day", span{})
	default:
		return a.panelFact(todayPanel, "streak", span{&a.Styles.Strong, text.Grouped(streak)}, " days in a row", span{})
	}
}

// renderTodayClicks shows the player's clicks since midnight.
func (a *appearance) renderTodayClicks(clicks uint64) string {
	return a.panelFact(todayPanel, "clicks", span{&a.Styles.Strong, text.Grouped(clicks)}, "", span{})
}

// renderFirst names who clicked most on the day before.
func (a *appearance) renderFirst(first string) string {
	if first == "" {
		return a.panelFact(todayPanel, "first", span{&a.Styles.Dim, "nobody yesterday"}, "", span{})
	}
	const when = "yesterday"
	name, _ := text.Clean(first, a.factWidth(todayPanel)-len(when)-3)
	return a.panelFact(todayPanel, "first", span{&a.Styles.Accent, screen.Crown + " "}, name, span{&a.Styles.Dim, when})
}
