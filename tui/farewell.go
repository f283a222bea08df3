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
	b.WriteString("Thanks for playing " + gameName + ", " + m.ownName(64) + "!\n")
	b.WriteString("  everybody     " + grouped(m.total) + "\n")
	b.WriteString("  you           " + grouped(m.own) + "\n")
	b.WriteString("  this session  " + grouped(m.session) + "\n")
	b.WriteString("  your rank     " + standingText(m.standing.Rank, m.standing.Of))
	// Where the server had a reason, that says what to do next.
	if m.guest != NoGuest && m.reason == "" {
		if words := m.advised().words(m.name, max(m.look.lay.w, 40)); words != "" {
			b.WriteString("\n" + words)
		}
	}
	return b.String()
}
