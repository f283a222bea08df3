package tui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/ledger"
)

// leaderboard is the open leaderboard. It shows one immutable board at a time,
// and of that only the lines that are in sight are looked up.
type leaderboard struct {
	board   *ledger.Board // nil until the first one has arrived
	matches []int32       // lines of the board that the filter lets through
	capped  bool          // there are more matches than were kept
	filter  string        // the filter that matches was made with; empty: all
	top     int           // the first line in sight

	wanted string           // the filter that the player has typed
	input  *textinput.Model // where it is typed; nil when it is not

	asked uint64 // the look-up that is under way; 0: none
	again bool   // the game went on while it was
	rest  int    // for how many snapshots not to search again
}

// len is how many lines there are to scroll through.
func (l *leaderboard) len() int {
	switch {
	case l.board == nil:
		return 0
	case l.filter == "":
		return l.board.Len()
	default:
		return len(l.matches)
	}
}

// at is line i of those.
func (l *leaderboard) at(i int) ledger.Row {
	if l.filter == "" {
		return l.board.At(i)
	}
	return l.board.At(int(l.matches[i]))
}

// scroll moves the lines in sight, as far as there are any.
func (l *leaderboard) scroll(by, rows int) {
	l.top = max(min(l.top+by, l.len()-rows), 0)
}

// openBoard opens the leaderboard; its lines come with a boardMsg.
func (m Model) openBoard() (Model, tea.Cmd) {
	m.lead = &leaderboard{}
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
	if by, ok := m.scrollKey(k, m.boardPage(), m.lead.len()); ok {
		m.scroll(by)
		return m, nil
	}
	switch {
	case msg.IsRepeat:
	case k.is(m.keys.find):
		m.lead.input = newInput(m.lead.wanted)
		return m, nil
	case k.is(m.keys.clear) && m.lead.wanted != "":
		return m.want("")
	case k.is(m.keys.back):
		return m.closeBoard(), nil
	}
	return m.pressAnywhere(msg)
}

// boardPage is how far a page of the list is.
func (m *Model) boardPage() int { return max(m.look.lay.listRows()-1, 1) }

// scrollKey is how far a key scrolls, by the length of a page and of it all.
func (m *Model) scrollKey(k stroke, page, all int) (by int, ok bool) {
	switch {
	case k.is(m.keys.up):
		return -1, true
	case k.is(m.keys.down):
		return 1, true
	case k.is(m.keys.pageUp):
		return -page, true
	case k.is(m.keys.pageDown):
		return page, true
	case k.is(m.keys.home):
		return -all, true
	case k.is(m.keys.end):
		return all, true
	}
	return 0, false
}

func (m *Model) scroll(by int) {
	m.lead.scroll(by, m.look.lay.listRows())
}

// wheelLines is how far one notch of the mouse wheel scrolls.
const wheelLines = 3

// wheel scrolls the leaderboard.
func (m Model) wheel(at tea.Mouse) Model {
	if m.lead == nil {
		return m
	}
	switch at.Button {
	case tea.MouseWheelUp:
		m.scroll(-wheelLines)
	case tea.MouseWheelDown:
		m.scroll(wheelLines)
	}
	return m
}

// boardMsg brings a board, and which of its lines the filter lets through.
type boardMsg struct {
	asked   uint64
	board   *ledger.Board
	filter  string
	matches []int32
	capped  bool
}

// lookUp fetches the newest board and searches it, outside of Update. An
// earlier look-up that is still under way gives up.
func (m Model) lookUp() (Model, tea.Cmd) {
	number := m.search.Add(1)
	m.lead.asked, m.lead.again = number, false
	board, filter, newest := m.board, m.lead.wanted, m.search
	return m, func() tea.Msg {
		b := board()
		if b == nil {
			b = &ledger.Board{}
		}
		msg := boardMsg{asked: number, board: b, filter: filter}
		var ok bool
		if msg.matches, msg.capped, ok = find(b, filter, number, newest); !ok {
			return nil
		}
		return msg
	}
}

// searchedASnapshot is how many lines may be searched again for each snapshot.
// A search among very many players is repeated more seldom than one among few.
const searchedASnapshot = 20_000

// boardArrived shows what a look-up found, unless another was asked for since.
func (m Model) boardArrived(msg boardMsg) (Model, tea.Cmd) {
	if m.lead == nil || msg.asked != m.lead.asked {
		return m, nil
	}
	again := m.lead.again
	l := m.lead
	if msg.filter != l.filter {
		l.top = 0
	}
	l.board, l.filter, l.matches, l.capped = msg.board, msg.filter, msg.matches, msg.capped
	l.asked, l.again, l.rest = 0, false, 0
	if msg.filter != "" {
		l.rest = msg.board.Len() / searchedASnapshot
	}
	l.scroll(0, m.look.lay.listRows())
	if again && m.lead.rest == 0 {
		return m.lookUp()
	}
	return m, nil
}

// refreshBoard looks the board up again after a snapshot: one look-up at a
// time, however slow it is.
func (m Model) refreshBoard() (Model, tea.Cmd) {
	switch {
	case m.lead == nil:
		return m, nil
	case m.lead.asked != 0:
		m.lead.again = true
		return m, nil
	case m.lead.rest > 0:
		m.lead.rest--
		return m, nil
	}
	return m.lookUp()
}
