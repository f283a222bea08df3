package tui

import "strings"

// Farewell is what stays in the terminal after the game: the figures as they
// were last shown, in lines of plain text with no escape sequence in them.
func (m Model) Farewell() string {
	var b strings.Builder
	if m.reason != "" {
		reason, _ := clean(m.reason, 200)
		b.WriteString(reason + "\n")
	}
	name, _ := clean(m.name, 64)
	b.WriteString("Thanks for playing " + gameName + ", " + name + "!\n")
	b.WriteString("  everybody     " + grouped(m.total) + "\n")
	b.WriteString("  you           " + grouped(m.own) + "\n")
	b.WriteString("  this session  " + grouped(m.session) + "\n")
	b.WriteString("  your rank     " + standingText(m.standing.Rank, m.standing.Of))
	return b.String()
}
