package tui

import tea "charm.land/bubbletea/v2"

// sheet is the open page of a player.
type sheet struct {
	name  string // whose, as the board has it
	is    *Sheet // nil until the first one has arrived
	top   int    // the first line in sight
	asked uint64 // the look-up that is under way; 0: none
}

// sheetMsg brings what is known of a player.
type sheetMsg struct {
	asked uint64
	sheet Sheet
}

// openSheet opens the page of a player; what is on it comes with a sheetMsg.
func (m Model) openSheet(name string) (Model, tea.Cmd) {
	m.dash.sheet = &sheet{name: name}
	return m.lookUpSheet()
}

// lookUpSheet fetches what is known of the player, outside of Update.
func (m Model) lookUpSheet() (Model, tea.Cmd) {
	number, s := m.search.Add(1), m.dash.sheet
	m.dash.asked, s.asked = 0, number
	look, name, newest := m.desk.Sheet, s.name, m.search
	return m, func() tea.Msg {
		if newest.Load() != number {
			return nil
		}
		return sheetMsg{number, look(name)}
	}
}

// sheetArrived shows what is known, unless somebody else is asked about since.
func (m Model) sheetArrived(msg sheetMsg) (Model, tea.Cmd) {
	if m.dash == nil || m.dash.sheet == nil || m.dash.sheet.asked != msg.asked {
		return m, nil
	}
	s := m.dash.sheet
	s.is, s.asked = &msg.sheet, 0
	if msg.sheet.Known {
		s.name = msg.sheet.Name
	}
	s.top = m.scrolled(s.top, 0, len(m.sheetLines()))
	return m, m.tick()
}

// pressOnSheet acts on a key while the page of a player is open.
func (m Model) pressOnSheet(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	k, s := strokeOf(msg), m.dash.sheet
	if msg.Text == "" {
		lines := len(m.sheetLines())
		if by, ok := m.scrollKey(k, max(m.textRows()-1, 1), lines); ok {
			s.top = m.scrolled(s.top, by, lines)
			return m, nil
		}
	}
	switch {
	case msg.IsRepeat:
	case k.is(m.keys.desk.back):
		m.dash.sheet = nil
		return m.lookUp()
	case actsOn(&m.keys.desk, k):
		return m.act(k), nil
	}
	return m.pressOnDesk(msg)
}
