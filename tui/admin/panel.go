package admin

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// panel is a body in a frame, w by h cells, with a title in its upper side and a label in its lower
// one. Where there are no frames it is the body beside a margin.
func (a *Admin) panel(title, label string, w, h int, body string) string {
	if !a.Framed {
		return a.sides(w, h, body)
	}
	return stack(a.upper(title, w), a.sides(w, h-2, body), a.lower(label, w))
}

// stack joins blocks, of which some may be empty.
func stack(blocks ...string) string {
	var some []string
	for _, b := range blocks {
		if b != "" {
			some = append(some, b)
		}
	}
	return lipgloss.JoinVertical(lipgloss.Left, some...)
}

// inner is how many cells a line has within a panel.
func (a *Admin) inner(w int) int {
	if a.Framed {
		return w - 4
	}
	return w - 2
}

// sides is a body between the sides of a panel, h lines of it; all of it with 0.
func (a *Admin) sides(w, h int, body string) string {
	if h < 0 {
		return ""
	}
	style := lipgloss.NewStyle().Padding(0, 1)
	if a.Framed {
		style = a.Styles.Panel.BorderTop(false).BorderBottom(false)
	}
	return style.Width(w).Height(h).MaxHeight(h).Render(body)
}

// upper is the upper side of a panel; without frames a line that says as much.
func (a *Admin) upper(title string, w int) string {
	title = ansi.Truncate(title, max(w-6, 0), text.More)
	if !a.Framed {
		return a.sides(w, 1, title)
	}
	frame, n := a.Styles.Frame, w-5-lipgloss.Width(title)
	if title == "" || n < 0 {
		return frame.Render("╭" + strings.Repeat("─", max(w-2, 0)) + "╮")
	}
	return frame.Render("╭─ ") + title + frame.Render(" "+strings.Repeat("─", n)+"╮")
}

// lower is the lower side of a panel, with a label at its right: a notice while there is one.
func (a *Admin) lower(label string, w int) string {
	label = a.Styles.Dim.Render(label)
	if a.Notice.Kind != screen.Quiet {
		label = a.NoticeIn(w - 8)
	}
	frame, n := a.Styles.Frame, w-5-lipgloss.Width(label)
	if lipgloss.Width(label) == 0 || n < 0 {
		return frame.Render("╰" + strings.Repeat("─", max(w-2, 0)) + "╯")
	}
	return frame.Render("╰"+strings.Repeat("─", n)+" ") + label + frame.Render(" ─╯")
}
