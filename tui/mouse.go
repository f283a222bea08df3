package tui

import tea "charm.land/bubbletea/v2"

// mouseClick clicks when the left button went down on the counter.
func (m Model) mouseClick(at tea.Mouse) Model {
	if at.Button == tea.MouseLeft && m.lead == nil && m.dash == nil && m.help == nil && m.look.lay.counter.holds(at.X, at.Y) {
		m.click()
	}
	return m
}

// wheelLines is how far one notch of the mouse wheel scrolls.
const wheelLines = 3

// wheel scrolls what is open.
func (m Model) wheel(at tea.Mouse) Model {
	by := 0
	switch at.Button {
	case tea.MouseWheelUp:
		by = -wheelLines
	case tea.MouseWheelDown:
		by = wheelLines
	}
	switch {
	case by == 0 || m.help != nil:
	case m.dash != nil:
		m.scrollDash(by)
	case m.lead != nil:
		m.lead.scroll(by, m.listRows())
	}
	return m
}
