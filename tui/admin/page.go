package admin

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// textPage is what a command has printed.
type textPage struct {
	*Admin
	under   page
	command string
	printed []string
	view    viewport.Model
}

// Update implements screen.Screen.
func (p *textPage) Update(msg tea.Msg) (screen.Screen, tea.Cmd) {
	switch msg := msg.(type) {
	case screen.Key:
		switch {
		case screen.ScrollText(p.Env, p, &p.view, msg):
			return p, nil
		case !msg.IsRepeat && key.Matches(msg, p.keys.back):
			return p.under, nil
		}
		return p.press(p, msg)
	case tea.MouseWheelMsg:
		screen.ScrollText(p.Env, p, &p.view, msg)
		return p, nil
	}
	return screen.Beneath(p, &p.under, msg)
}

// refresh implements page.
func (p *textPage) refresh() tea.Cmd { return p.under.refresh() }

// Hints implements screen.Screen.
func (p *textPage) Hints() [][]key.Binding {
	k, scroll := p.keys, p.Keys.Scroll
	return [][]key.Binding{{scroll, k.undo, k.command, k.back, p.Keys.Help}, {scroll, k.back}, {k.back}}
}

// Title implements screen.Page.
func (p *textPage) Title() string { return "answer" }

// Body implements screen.Page.
func (p *textPage) Body(w, h int) string {
	h -= p.spare()
	rows := h
	if p.Framed {
		rows -= 2
	}
	const indent = "  " // of what did not fit into the line above
	var lines []string
	for _, line := range p.printed {
		lines = append(lines, strings.Split(strings.Join(folded(line, p.inner(w)-len(indent)), "\n"+indent), "\n")...)
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
func folded(s string, w int) []string {
	const most = 20_000
	s, _ = text.Clean(s, most)
	return strings.Split(ansi.Wrap(s, max(w, 2), ""), "\n")
}
