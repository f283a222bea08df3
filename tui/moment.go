package tui

import (
	"slices"
	"strings"

	"clickky/sync/game"
	"clickky/tui/layout"
	"clickky/tui/news"
)

// celebrate starts a moment if the click deserves one. milestone is the milestone of the player's own
// count that the click reached, or 0.
func (m *gameScreen) celebrate(score game.Score, milestone uint64) {
	var now *news.Moment
	switch {
	case m.startedWithoutClicks && m.sessionClicks == 1:
		now = &news.Moment{Kind: news.FirstClick, Name: m.Name, Guest: m.Guest, Total: score.Total, Of: m.Standing.Of}
	case milestone >= game.FirstMilestone:
		now = &news.Moment{Kind: news.OwnMilestone, Clicks: milestone, Total: score.Total}
	case score.Passed != nil:
		now = &news.Moment{Kind: news.Passing, Name: score.Passed.Name, Guest: score.Passed.Guest, Rank: m.Standing.Rank, Of: m.Standing.Of}
	default:
		return
	}
	m.moments.Start(now, m.speed.historyEnd)
}

// cover returns what this player sees in place of the last minute; nil: nothing.
func (m *gameScreen) cover() *news.Moment {
	if m.isNewcomer() {
		return news.Welcome
	}
	return m.moments.Now()
}

// renderCover renders a moment in place of the last minute.
func (a *appearance) renderCover(moment *news.Moment) []string {
	rows := a.CounterRows[layout.RowMinute]
	if moment == nil || rows == 0 {
		return nil
	}
	headline, below := moment.Words(a.counterWidth())
	lines := slices.Repeat([]string{a.counterLine()}, rows)
	above := max(rows-2, 0) / 2
	lines[above] = a.counterLine(a.Styles.Accent.Span(headline))
	if rows > 1 {
		lines[above+1] = a.counterLine(a.Styles.Dim.Span(below))
	}
	return lines
}

// accentSides accents the sides of the counter in the lines of a layer.
func (c canvas) accentSides(a *appearance) {
	frame, accent := a.Styles.Frame.Render("│"), a.Styles.Accent.Render("┃")
	for y := a.Counter.Min.Y + 1; a.Framed && y < min(a.Counter.Max.Y-1, len(c)); y++ {
		c[y] = strings.Replace(c[y], frame, accent, 2)
	}
}
