package tui

import (
	tea "charm.land/bubbletea/v2"
)

// page is an open page of text: what a command has printed.
type page struct {
	title string   // the command
	text  []string // as it was printed
	top   int      // the first line in sight

	width int      // for which the text was folded
	lines []string // as which it is shown
}

// pageLines is the page as it is shown, folded to the width of the screen.
func (m *Model) pageLines() []string {
	p, w := m.dash.page, m.dashWidth()
	if p.width == w {
		return p.lines
	}
	p.width, p.lines = w, nil
	const indent = 2 // of what did not fit into the line above
	for _, text := range p.text {
		for i, line := range folded(text, w-indent) {
			if i > 0 {
				line = blanks(indent) + line
			}
			p.lines = append(p.lines, line)
		}
	}
	p.top = m.scrolled(p.top, 0, len(p.lines))
	return p.lines
}

// pressOnPage acts on a key while a page of text is open.
func (m Model) pressOnPage(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	k, p := strokeOf(msg), m.dash.page
	lines := len(m.pageLines())
	if by, ok := m.scrollKey(k, max(m.textRows()-1, 1), lines); ok {
		p.top = m.scrolled(p.top, by, lines)
		return m, nil
	}
	if !msg.IsRepeat && k.is(m.keys.desk.back) {
		m.dash.page = nil
		return m, nil
	}
	return m.pressOnDesk(msg)
}
