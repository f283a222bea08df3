package admin

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
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
	return strings.Join(some, "\n")
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
		style = style.Border(lipgloss.RoundedBorder(), false, true).BorderForeground(a.Styles.Frame.GetForeground())
	}
	return style.Width(w).Height(h).MaxHeight(h).Render(body)
}

// upper is the upper side of a panel; without frames a line that says as much.
func (a *Admin) upper(title string, w int) string {
	title = ansi.Truncate(title, max(w-6, 0), text.Ellipsis)
	if !a.Framed {
		return a.sides(w, 1, title)
	}
	return a.Border(screen.TopCorners, w, lipgloss.Left, title)
}

// lower is the lower side of a panel, with a label at its right: a notice while there is one.
func (a *Admin) lower(label string, w int) string {
	label = a.Styles.Dim.Render(label)
	if a.Notice.Kind != screen.NoNotice {
		label = a.RenderNotice(w - 8)
	}
	return a.Border(screen.BottomCorners, w, lipgloss.Right, label)
}

// spare is how many lines stay empty above the keys.
func (a *Admin) spare() int {
	if _, h := a.BodySize(); a.Full && h >= 23 {
		return 1
	}
	return 0
}

// textPage is what a command has printed.
type textPage struct {
	*Admin
	command string
	printed []string
	view    viewport.Model
}

// Update implements screen.Screen.
func (p *textPage) Update(msg tea.Msg) (tea.Cmd, bool) {
	if screen.ScrollText(p.Env, p, &p.view, msg) {
		return nil, true
	}
	k, ok := msg.(screen.Key)
	switch {
	case !ok:
		return nil, false
	case !k.IsRepeat && key.Matches(k, p.keys.back):
		p.Close()
		return nil, true
	}
	return p.press(k)
}

// Title implements screen.Screen.
func (p *textPage) Title() string { return "answer" }

// Hints implements screen.Screen.
func (p *textPage) Hints() []screen.Hint {
	k := p.keys
	return []screen.Hint{{Binding: p.Keys.Scroll, Priority: 1}, {Binding: k.undo, Priority: 3}, {Binding: k.command, Priority: 2}, {Binding: k.back}, {Binding: p.Keys.Help, Priority: 4}}
}

// Body implements screen.Screen.
func (p *textPage) Body(w, h int) string {
	h -= p.spare()
	rows := h
	if p.Framed {
		rows -= 2
	}
	const indent = "  " // of what did not fit into the line above
	var lines []string
	for _, line := range p.printed {
		lines = append(lines, strings.Split(strings.ReplaceAll(folded(line, p.inner(w)-len(indent)), "\n", "\n"+indent), "\n")...)
	}
	p.view.SetWidth(p.inner(w))
	p.view.SetHeight(max(rows, 0))
	p.view.SetContentLines(lines)
	command, _ := text.Clean(p.command, w)
	return p.panel(p.Styles.Dim.Render(command), partly(p.view), w, h, p.view.View())
}

// partly says which lines are in sight, unless all are.
func partly(v viewport.Model) string {
	if v.TotalLineCount() <= v.Height() {
		return ""
	}
	return position(v.YOffset(), v.Height(), v.TotalLineCount())
}

// folded breaks text of any origin into lines of at most w cells, between words where it can.
func folded(s string, w int) string {
	const most = 20_000
	s, _ = text.Clean(s, most)
	return ansi.Wrap(s, max(w, 2), "")
}
