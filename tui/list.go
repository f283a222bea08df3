package tui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
)

// list is the players that a screen scrolls through: the leaderboard, or the
// dashboard's. It shows one immutable listing at a time, and of that only the lines
// that are in sight are looked up.
type list struct {
	players *live.Listing // nil until the first one has arrived
	shown   live.Order    // its order
	matches []int32       // lines of it that the filter lets through
	capped  bool          // there are more matches than were kept
	filter  string        // the filter that matches was made with; empty: all
	most    uint64        // the largest count of all
	top     int           // the first line in sight
	picks   bool          // one line is selected, and what scrolls moves that
	picked  int           // which one

	order  live.Order       // the order that the player has asked for
	wanted string           // the filter that the player has typed
	input  *textinput.Model // where it is typed; nil when it is not

	asked uint64 // the look-up that is under way; 0: none
	again bool   // the game went on while it was
	rest  int    // for how many snapshots not to search again
}

// len is how many lines there are to scroll through.
func (l *list) len() int {
	switch {
	case l.players == nil:
		return 0
	case l.filter == "":
		return l.players.Len()
	default:
		return len(l.matches)
	}
}

// at is line i of those.
func (l *list) at(i int) live.Row {
	if l.filter == "" {
		return l.players.At(i)
	}
	return l.players.At(int(l.matches[i]))
}

// scroll moves the lines in sight, or the selected one, as far as there are any.
func (l *list) scroll(by, rows int) {
	rows = max(rows, 1)
	if !l.picks {
		l.top = max(min(l.top+by, l.len()-rows), 0)
		return
	}
	l.picked = max(min(l.picked+by, l.len()-1), 0)
	l.top = max(min(l.top, l.len()-rows, l.picked), l.picked-rows+1, 0)
}

// take shows what a look-up found, in so many rows. The player who is selected stays
// so if that one is still among the lines in sight, wherever the line has moved.
func (l *list) take(msg listMsg, rows int) {
	name, same := "", msg.filter == l.filter && msg.order == l.shown
	if l.picks && same && l.picked < l.len() {
		name = l.at(l.picked).Name
	}
	l.players, l.shown, l.filter, l.matches, l.capped, l.most = msg.players, msg.order, msg.filter, msg.matches, msg.capped, msg.most
	l.asked, l.again, l.rest = 0, false, 0
	if msg.filter != "" {
		l.rest = msg.players.Len() / searchedASnapshot
	}
	if !same {
		l.top, l.picked = 0, 0
	}
	for i := l.top; name != "" && i < min(l.top+rows, l.len()); i++ {
		if l.at(i).Name == name {
			l.picked = i
			break
		}
	}
	l.scroll(0, rows)
}

// why says why there are no lines.
func (l *list) why() string {
	switch {
	case l.players == nil:
		return "one moment"
	case l.filter != "":
		return "no name contains that"
	default:
		return "nobody has clicked yet"
	}
}

// inSight says which of so many lines are in sight.
func (l *list) inSight(rows int) string {
	n := l.len()
	if n == 0 {
		return ""
	}
	text := groupedInt(l.top+1) + "-" + groupedInt(min(l.top+rows, n)) + " of " + groupedInt(n)
	if l.capped {
		text += "+"
	}
	return text
}

// searched is what the list is searched for, in at most w cells.
func (m *Model) searched(l *list, w int) []span {
	if l.input != nil {
		return m.look.pal.field("/", "", l.input, w)
	}
	wanted, _ := clean(l.wanted, w-1)
	return []span{{m.look.pal.title, "/"}, {"", wanted}}
}

// list is the one that is open; nil if none is.
func (m *Model) list() *list {
	if m.dash != nil {
		return &m.dash.list
	}
	return m.lead
}

// closeList closes the screen that the open one is on.
func (m Model) closeList() Model {
	if m.dash != nil {
		return m.closeDash()
	}
	return m.closeBoard()
}

// listPage is how far a page of the list is.
func (m *Model) listPage() int { return max(m.listRows()-1, 1) }

// listRows is how many players are in sight.
func (m *Model) listRows() int {
	if m.dash != nil {
		return m.tableRows()
	}
	return m.look.lay.listRows()
}

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

// listMsg brings a listing, and which of its lines the filter lets through.
type listMsg struct {
	asked   uint64
	players *live.Listing
	order   live.Order
	filter  string
	matches []int32
	capped  bool
	most    uint64
	machine Machine // for the dashboard
}

// lookUp fetches the newest board and searches it, outside of Update. An
// earlier look-up that is still under way gives up.
func (m Model) lookUp() (Model, tea.Cmd) {
	number, l := m.search.Add(1), m.list()
	l.asked, l.again = number, false
	board, order, filter, newest := m.board, l.order, l.wanted, m.search
	machine := func() Machine { return Machine{} }
	if m.dash != nil {
		machine = m.desk.Machine
	}
	return m, func() tea.Msg {
		b := board()
		if b == nil {
			b = &live.Board{}
		}
		msg := listMsg{asked: number, players: b.In(order), order: order, filter: filter}
		if b.Len() > 0 {
			msg.most = b.At(0).Clicks
		}
		var ok bool
		if msg.matches, msg.capped, ok = find(msg.players, filter, number, newest); !ok {
			return nil
		}
		msg.machine = machine()
		return msg
	}
}

// searchedASnapshot is how many lines may be searched again for each snapshot.
// A search among very many players is repeated more seldom than one among few.
const searchedASnapshot = 20_000

// listArrived shows what a look-up found, unless another was asked for since.
func (m Model) listArrived(msg listMsg) (Model, tea.Cmd) {
	l := m.list()
	if l == nil || msg.asked != l.asked {
		return m, nil
	}
	again := l.again
	l.take(msg, m.listRows())
	if m.dash != nil {
		m.dash.machine = msg.machine
		return m, m.tick()
	}
	if again && l.rest == 0 {
		return m.lookUp()
	}
	return m, nil
}

// refreshBoard looks the leaderboard up again after a snapshot: one look-up at a
// time, however slow it is.
func (m Model) refreshBoard() (Model, tea.Cmd) {
	switch l := m.lead; {
	case l == nil:
		return m, nil
	case l.asked != 0:
		l.again = true
		return m, nil
	case l.rest > 0:
		l.rest--
		return m, nil
	}
	return m.lookUp()
}
