package admin

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// panel is a body in a border of w by h cells, with a title in the top border and a label in the
// bottom one. Where there are no borders, it is the body with a margin.
func (a *Admin) panel(title, label string, w, h int, body string) string {
	if !a.Framed {
		return a.renderBody(w, h, body)
	}
	return joinBlocks(a.topBorder(title, w), a.renderBody(w, h-2, body), a.bottomBorder(label, w))
}

// joinBlocks joins blocks, without the empty ones.
func joinBlocks(blocks ...string) string {
	return strings.Join(slices.DeleteFunc(blocks, func(b string) bool { return b == "" }), "\n")
}

// innerWidth returns the width of a line inside a panel.
func (a *Admin) innerWidth(w int) int {
	if a.Framed {
		return w - 4
	}
	return w - 2
}

// renderBody puts h lines of a body between the sides of a panel; all lines if h is 0.
func (a *Admin) renderBody(w, h int, body string) string {
	if h < 0 {
		return ""
	}
	style := lipgloss.NewStyle().Padding(0, 1)
	if a.Framed {
		style = style.Border(lipgloss.RoundedBorder(), false, true).BorderForeground(a.Styles.Frame.GetForeground())
	}
	return style.Width(w).Height(h).MaxHeight(h).Render(body)
}

// topBorder is the top border of a panel; without borders, a line with the title.
func (a *Admin) topBorder(title string, w int) string {
	title = ansi.Truncate(title, max(w-6, 0), text.Ellipsis)
	if !a.Framed {
		return a.renderBody(w, 1, title)
	}
	return a.Border(screen.TopCorners, w, lipgloss.Left, title)
}

// bottomBorder is the bottom border of a panel, with a notice or a label at its right.
func (a *Admin) bottomBorder(label string, w int) string {
	label = a.Styles.Dim.Render(label)
	if a.Notice().Kind != screen.NoNotice {
		label = a.RenderNotice(w - 8)
	}
	return a.Border(screen.BottomCorners, w, lipgloss.Right, label)
}

// spareLines returns how many lines stay empty above the keys.
func (a *Admin) spareLines() int {
	if _, h := a.BodySize(); a.Full && h >= 23 {
		return 1
	}
	return 0
}
