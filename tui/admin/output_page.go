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

type outputPage struct {
	*Admin
	command string
	output  []string
	view    viewport.Model
}

// Update implements screen.Screen.
func (p *outputPage) Update(msg tea.Msg) (tea.Cmd, bool) {
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
	return p.handleGlobalKey(k)
}

// Title implements screen.Screen.
func (p *outputPage) Title() string { return "answer" }

// Hints implements screen.Screen.
func (p *outputPage) Hints() []screen.Hint {
	k := p.keys
	return []screen.Hint{{Binding: p.Keys.Scroll, Priority: 1}, {Binding: k.undo, Priority: 3}, {Binding: k.command, Priority: 2}, {Binding: k.back}, {Binding: p.Keys.Help, Priority: 4}}
}

// Body implements screen.Screen.
func (p *outputPage) Body(w, h int) string {
	h -= p.spareLines()
	rows := h
	if p.Framed {
		rows -= 2
	}
	const indent = "  " // of continued lines
	var lines []string
	for _, line := range p.output {
		lines = append(lines, strings.Split(strings.ReplaceAll(wrapText(line, p.innerWidth(w)-len(indent)), "\n", "\n"+indent), "\n")...)
	}
	p.view.SetWidth(p.innerWidth(w))
	p.view.SetHeight(max(rows, 0))
	p.view.SetContentLines(lines)
	command := text.Clean(p.command, w)
	return p.panel(p.Styles.Dim.Render(command), scrollPosition(p.view), w, h, p.view.View())
}

// scrollPosition says which lines are visible, unless all are.
func scrollPosition(v viewport.Model) string {
	if v.TotalLineCount() <= v.Height() {
		return ""
	}
	return rangeText(v.YOffset(), v.Height(), v.TotalLineCount())
}

// wrapText breaks any text into lines of at most w cells, between words if possible.
func wrapText(s string, w int) string {
	const maxLength = 20_000
	s = text.Clean(s, maxLength)
	return ansi.Wrap(s, max(w, 2), "")
}
