package tui

import (
	"strings"

	"clickky/tui/text"
)

// farewell is the receipt that stays in the terminal after the game: the
// figures as they were last shown, in lines of plain text with no escape
// sequence in them.
func (m *gameScreen) farewell() string {
	var b strings.Builder
	if m.reason != "" {
		reason, _ := text.Clean(m.reason, 200)
		b.WriteString(reason + "\n")
	}
	session := text.Grouped(m.session)
	if m.speed.best > 0 {
		session += ", peak " + text.Rate(m.speed.best) + " a second"
	}
	b.WriteString("Thanks for playing " + gameName + ", " + m.OwnName(64) + "!\n")
	b.WriteString("  everybody     " + text.Grouped(m.Total) + "\n")
	b.WriteString("  you           " + text.Grouped(m.Own) + "\n")
	b.WriteString("  this session  " + session + "\n")
	b.WriteString("  your rank     " + m.rankAtTheEnd())
	if m.comeBack != "" {
		command, _ := text.Clean(m.comeBack, 200)
		b.WriteString("\n  come back     " + command)
	}
	// Where the server had a reason, that says what to do next.
	if m.guest != NoGuest && m.reason == "" {
		if words := m.advised().words(m.Name, max(m.look.Width, 40)); words != "" {
			b.WriteString("\n" + words)
		}
	}
	return b.String()
}

// rankAtTheEnd is the rank, whether others share the first one, and how it has changed.
func (m *gameScreen) rankAtTheEnd() string {
	switch place := m.place(); {
	case place.rank == 0:
		return "none yet"
	case place.tied:
		return place.text() + ", tied" + m.climbed()
	default:
		return place.text() + m.climbed()
	}
}

// climbed is how the rank has changed in this session. Who had none before has
// not climbed: everybody who begins comes from below.
func (m *gameScreen) climbed() string {
	switch up := m.came - m.Standing.Rank; {
	case m.fresh:
		return ""
	case up > 0:
		return ", up " + text.Grouped(up)
	case up < 0:
		return ", down " + text.Grouped(-up)
	default:
		return ""
	}
}
