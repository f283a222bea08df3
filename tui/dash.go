package tui

import tea "charm.land/bubbletea/v2"

// dashboard is the open dashboard: the table of the players, on which a player's
// page or a page of text may lie, and below them a command that is typed. Of
// several the last one of these has the keys.
type dashboard struct {
	list

	machine Machine // as of the last look
	sheet   *sheet
	page    *page
	prompt  *prompt
}

// openDash opens the dashboard; its lines come with a listMsg.
func (m Model) openDash() (Model, tea.Cmd) {
	m.dash = &dashboard{list: list{picks: true, order: m.order}}
	return m.lookUp()
}

// closeDash closes it with all that lies on it. A command that is under way goes
// on, and what has come of it is told; all that is looked up gives up.
func (m Model) closeDash() Model {
	m.search.Add(1)
	m.dash = nil
	return m
}

// pressOnDash acts on a key while the dashboard is open.
func (m Model) pressOnDash(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	switch d := m.dash; {
	case d.prompt != nil:
		return m.pressOnPrompt(msg)
	case d.page != nil:
		return m.pressOnPage(msg)
	case d.sheet != nil:
		return m.pressOnSheet(msg)
	case d.input != nil:
		return m.pressOnSearch(msg)
	default:
		return m.pressOnTable(msg)
	}
}

// pressOnTable acts on a key while nothing lies on the table.
func (m Model) pressOnTable(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	k, d := strokeOf(msg), m.dash
	if by, ok := m.scrollKey(k, m.listPage(), d.len()); ok {
		d.scroll(by, m.listRows())
		return m, nil
	}
	switch {
	case msg.IsRepeat:
	case k.is(m.keys.desk.enter):
		if d.picked < d.len() {
			return m.openSheet(d.at(d.picked).Name)
		}
		return m, nil
	case k.is(m.keys.desk.order):
		m.order = nextOrder(d.order)
		d.order = m.order
		if !m.look.lay.framed() {
			m.say(newOrder) // it stands nowhere else
		}
		return m.lookUp()
	case k.is(m.keys.find):
		d.input = newInput(d.wanted, maxFilter)
		return m, nil
	case k.is(m.keys.clear) && d.wanted != "":
		return m.want("")
	}
	return m.pressOnDesk(msg)
}

// pressOnDesk acts on a key that does the same wherever one is in the dashboard.
func (m Model) pressOnDesk(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	k, keys := strokeOf(msg), &m.keys.desk
	switch {
	case k.is(keys.enter):
		return m, nil // it opens, here or elsewhere, and so it does not click
	case msg.IsRepeat:
	case k.is(keys.message):
		return m.ask(quotes, len(`"`), "players message "), nil
	case k.is(keys.undo):
		return m.ask("", 0, "undo "), nil
	case k.is(keys.command):
		return m.ask("", 0, ""), nil
	case k.is(keys.audit):
		return m.ask("", 0, "audit").runTyped(false)
	case k.is(keys.leave):
		return m.closeDash(), nil
	}
	return m.pressAnywhere(msg)
}

// scrollDash moves what has the keys by some lines.
func (m *Model) scrollDash(by int) {
	switch d := m.dash; {
	case d.page != nil:
		d.page.top = m.scrolled(d.page.top, by, len(m.pageLines()))
	case d.sheet != nil:
		d.sheet.top = m.scrolled(d.sheet.top, by, len(m.sheetLines()))
	default:
		d.scroll(by, m.listRows())
	}
}

// scrolled is the first line in sight of so many, after moving.
func (m *Model) scrolled(top, by, all int) int {
	return max(min(top+by, all-m.textRows()), 0)
}

// tick returns what waits for the second after which the dashboard looks again;
// nil if one is under way.
func (m *Model) tick() tea.Cmd {
	if m.ticking || m.dash == nil || m.desk.Second == nil {
		return nil
	}
	m.ticking = true
	second := m.desk.Second
	return func() tea.Msg {
		second()
		return SecondMsg{}
	}
}

// secondPassed looks again, unless a look-up is still under way: another second
// begins when that has come.
func (m Model) secondPassed() (Model, tea.Cmd) {
	m.ticking = false
	switch d := m.dash; {
	case d == nil:
		return m, nil
	case d.sheet != nil && d.sheet.asked != 0, d.sheet == nil && d.asked != 0:
		return m, nil
	case d.sheet == nil && d.rest > 0:
		d.rest -= snapshotsASecond
		return m, m.tick()
	}
	return m.lookAgain()
}

// snapshotsASecond is how many there are in a game in which something happens.
const snapshotsASecond = 10

// lookAgain looks up anew what is shown.
func (m Model) lookAgain() (Model, tea.Cmd) {
	if m.dash.sheet != nil {
		return m.lookUpSheet()
	}
	return m.lookUp()
}
