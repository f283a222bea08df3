package tui

import (
	"strings"

	"clickky/tui/text"
)

// farewell returns the summary that stays in the terminal, in plain text without escape sequences.
func (m *gameScreen) farewell() string {
	var b strings.Builder
	if m.endReason != "" {
		b.WriteString(text.Clean(m.endReason, 200) + "\n")
	}
	session := text.Grouped(m.sessionClicks)
	if m.speed.best > 0 {
		session += ", peak " + text.Rate(m.speed.best) + " a second"
	}
	b.WriteString("Thanks for playing " + gameName + ", " + m.DisplayName(64) + "!\n")
	b.WriteString("  everybody     " + text.Grouped(m.Total) + "\n")
	b.WriteString("  you           " + text.Grouped(m.Clicks) + "\n")
	b.WriteString("  this session  " + session + "\n")
	if today := m.Standing.Today; today.Streak > 1 {
		b.WriteString("  today         " + text.Grouped(today.Clicks) + ", day " + text.Grouped(today.Streak) + " in a row\n")
	}
	b.WriteString("  your rank     " + m.finalRank())
	if m.options.Reconnect != "" {
		b.WriteString("\n  come back     " + text.Clean(m.options.Reconnect, 200))
	}
	// The server's reason already says what to do next.
	if m.options.Guest != NoGuest && m.endReason == "" {
		if words := m.currentAdvice().text(m.Name, max(m.appearance.Width, 40)); words != "" {
			b.WriteString("\n" + words)
		}
	}
	return b.String()
}

// finalRank returns the rank, whether it is tied for the first, and how it changed.
func (m *gameScreen) finalRank() string {
	switch place := m.shownStanding(); {
	case place.rank == 0:
		return "none yet"
	case place.isTied:
		return place.text() + ", tied" + m.rankChange()
	default:
		return place.text() + m.rankChange()
	}
}

// rankChange says how the rank changed in this session. It is empty for players who started without
// clicks, since they all come from below.
func (m *gameScreen) rankChange() string {
	switch up := m.startRank - m.Standing.Rank; {
	case m.startedWithoutClicks:
		return ""
	case up > 0:
		return ", up " + text.Grouped(up)
	case up < 0:
		return ", down " + text.Grouped(-up)
	default:
		return ""
	}
}
