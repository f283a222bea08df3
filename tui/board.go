package tui

import tea "charm.land/bubbletea/v2"

// openBoard opens the leaderboard; its lines come with a listMsg.
func (m Model) openBoard() (Model, tea.Cmd) {
	m.lead = &list{}
	return m.lookUp()
}

// closeBoard closes it and lets a search that is still going on end.
func (m Model) closeBoard() Model {
	m.search.Add(1)
	m.lead = nil
	return m
}

// pressOnBoard acts on a key while the leaderboard is open.
func (m Model) pressOnBoard(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	if m.lead.input != nil {
		return m.pressOnSearch(msg)
	}
	k := strokeOf(msg)
	if by, ok := m.scrollKey(k, m.listPage(), m.lead.len()); ok {
		m.lead.scroll(by, m.listRows())
		return m, nil
	}
	switch {
	case msg.IsRepeat:
	case k.is(m.keys.find):
		m.lead.input = newInput(m.lead.wanted, maxFilter)
		return m, nil
	case k.is(m.keys.clear) && m.lead.wanted != "":
		return m.want("")
	case k.is(m.keys.back):
		return m.closeBoard(), nil
	}
	return m.pressAnywhere(msg)
}
