package admin

import (
	"context"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// players is the leaderboard, and the table of the dashboard: players that one scrolls through and
// searches. It shows one immutable listing at a time, and of that only the lines in sight are looked
// up.
type players struct {
	*Admin
	found
	dashboard bool // one line is selected, and what scrolls moves that
	top       int  // the first line in sight
	cursor    int  // the selected line

	wanted query
	input  *textinput.Model // where the filter is typed; nil when it is not

	again bool // the game went on while it was looked up
	rest  int  // for how many snapshots not to search again

	drawn tableKey // what the table was drawn of last
	table string
}

// OpenLeaderboard opens the players by rank; the lines come with a message.
func (a *Admin) OpenLeaderboard() tea.Cmd {
	l := &players{Admin: a}
	a.Open(l)
	return l.refresh()
}

// OpenDashboard opens the game in figures, above a table of the players.
func (a *Admin) OpenDashboard() tea.Cmd {
	l := &players{Admin: a, dashboard: true, wanted: query{order: a.order}}
	a.Open(l)
	return l.refresh()
}

// refresh looks up the newest board and searches it.
func (l *players) refresh() tea.Cmd {
	l.again = false
	board, wanted, machine := l.board, l.wanted, func() Machine { return Machine{} }
	if l.dashboard {
		machine = l.desk.Machine
	}
	return l.lookUp(l, func(ctx context.Context) tea.Msg {
		b := board()
		if b == nil {
			b = &live.Board{}
		}
		f := found{query: wanted, players: b.In(wanted.order)}
		if b.Len() > 0 {
			f.most = b.At(0).Clicks
		}
		if wanted.filter != "" {
			f.search(ctx)
		}
		f.server = machine()
		return f
	})
}

// Update implements screen.Screen.
func (l *players) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case foundMsg:
		f, ok := l.Admin.found(l, msg).(found)
		if !ok {
			return nil, false
		}
		l.take(f)
		switch {
		case l.dashboard:
			l.machine = f.server
			return l.tick(), true
		case l.again && l.rest == 0:
			return l.refresh(), true
		}
		return nil, true
	case screen.NewSnapshotMsg:
		return l.follow(), true
	case SecondMsg:
		if l.dashboard {
			return l.lookAgain(), true
		}
	case refreshMsg:
		return l.refresh(), true
	case tea.MouseWheelMsg:
		l.scroll(screen.WheelDistance(msg))
		return nil, true
	case screen.Key:
		return l.pressed(msg)
	}
	return nil, false
}

// follow has the leaderboard look up again after a snapshot: one look-up at a time, however slow it is.
func (l *players) follow() tea.Cmd {
	switch {
	case l.dashboard:
	case l.looking != nil:
		l.again = true
	case l.rest > 0:
		l.rest--
	default:
		return l.refresh()
	}
	return nil
}

// lookAgain has the dashboard look up again after a second.
func (l *players) lookAgain() tea.Cmd {
	const snapshotsASecond = 10 // in a game in which something happens
	l.ticking = false
	switch {
	case l.looking != nil: // another second begins when that has come
		return nil
	case l.rest > 0:
		l.rest -= snapshotsASecond
		return l.tick()
	}
	return l.refresh()
}

// take shows what a look-up found. The player who is selected stays so if that one is still among
// the lines in sight, wherever the line has moved.
func (l *players) take(f found) {
	name, same := "", f.query == l.query
	if l.dashboard && same && l.cursor < l.len() {
		name = l.at(l.cursor).Name
	}
	l.found, l.rest = f, 0
	if f.filter != "" {
		l.rest = f.players.Len() / searchedASnapshot
	}
	if !same {
		l.top, l.cursor = 0, 0
	}
	for i := l.top; name != "" && i < min(l.top+l.rows(), l.len()); i++ {
		if l.at(i).Name == name {
			l.cursor = i
			break
		}
	}
	l.scroll(0)
}

// scroll moves the lines in sight, or the selected one, as far as there are any.
func (l *players) scroll(by int) { l.scrollIn(by, l.rows()) }

// scrollIn is scroll while so many lines are in sight.
func (l *players) scrollIn(by, rows int) {
	rows = max(rows, 1)
	if !l.dashboard {
		l.top = max(min(l.top+by, l.len()-rows), 0)
		return
	}
	l.cursor = max(min(l.cursor+by, l.len()-1), 0)
	l.top = max(min(l.top, l.len()-rows, l.cursor), l.cursor-rows+1, 0)
}

// pressed acts on a key.
func (l *players) pressed(k screen.Key) (tea.Cmd, bool) {
	if l.input != nil {
		return l.typed(k)
	}
	if by, ok := l.Keys.ScrollDistance(k, l.rows(), l.len()); ok {
		l.scroll(by)
		return nil, true
	}
	switch {
	case k.IsRepeat:
	case key.Matches(k, l.keys.find):
		l.input = newInput(l.wanted.filter, maxFilter)
		return nil, true
	case key.Matches(k, l.keys.all) && l.wanted.filter != "":
		return l.filterBy(""), true
	case !l.dashboard && key.Matches(k, l.keys.backBoard):
		l.leave()
		return nil, true
	case l.dashboard && key.Matches(k, l.keys.enter) && l.cursor < l.len():
		return l.openPlayer(l.at(l.cursor).Name), true
	case l.dashboard && key.Matches(k, l.keys.order):
		l.order = (l.order + 1) % (live.BySeen + 1)
		l.wanted.order = l.order
		if !l.Framed {
			l.ShowNotice(screen.OrderChanged, orderName(l.order)) // it stands nowhere else
		}
		return l.refresh(), true
	}
	if !l.dashboard {
		return nil, false
	}
	return l.press(k)
}

// typed acts on a key while a search is typed. What scrolls without being text still does, and
// some keys lead out of here; all others are for the field.
func (l *players) typed(k screen.Key) (tea.Cmd, bool) {
	switch {
	case k.IsRepeat && key.Matches(k, l.keys.keep, l.keys.cancel, l.keys.shut): // it was held on the way here
		return nil, true
	case key.Matches(k, l.keys.keep):
		l.input = nil
		return nil, true
	case key.Matches(k, l.keys.cancel):
		l.input = nil
		return l.filterBy(""), true
	case key.Matches(k, l.keys.shut):
		l.leave()
		return nil, true
	case k.Text == "" && !key.Matches(k, l.Keys.Home, l.Keys.End):
		if by, ok := l.Keys.ScrollDistance(k, l.rows(), l.len()); ok {
			l.scroll(by)
			return nil, true
		}
	}
	ok := typeInto(l.input, k)
	return l.filterBy(l.input.Value()), ok
}

// filterBy filters the list by part of a name.
func (l *players) filterBy(part string) tea.Cmd {
	if part == l.wanted.filter {
		return nil
	}
	l.wanted.filter = part
	return l.refresh()
}

// Title implements screen.Screen.
func (l *players) Title() string {
	if l.dashboard {
		return "dashboard"
	}
	return "leaderboard"
}

// Hints implements screen.Screen.
func (l *players) Hints() []screen.Hint {
	k, own, filtered := l.keys, l.Keys, l.wanted.filter != ""
	switch {
	case l.input != nil:
		return []screen.Hint{{Binding: k.keep}, {Binding: k.cancel}, {Binding: k.abort, Priority: 1}}
	case l.dashboard && filtered:
		return []screen.Hint{{Binding: k.pick, Priority: 4}, {Binding: k.enter, Priority: 1}, {Binding: k.order, Priority: 3}, {Binding: k.find, Priority: 2}, {Binding: k.all}, {Binding: own.Help, Priority: 5}}
	case l.dashboard:
		return []screen.Hint{
			{Binding: k.pick, Priority: 8},
			{Binding: k.enter, Priority: 3},
			{Binding: k.order, Priority: 1},
			{Binding: k.find, Priority: 2},
			{Binding: k.message, Priority: 4},
			{Binding: k.undo, Priority: 5},
			{Binding: k.audit, Priority: 6},
			{Binding: k.command, Priority: 7},
			{Binding: k.leave},
			{Binding: own.Help},
		}
	case filtered:
		return []screen.Hint{{Binding: own.Scroll, Priority: 2}, {Binding: k.find, Priority: 3}, {Binding: own.Click, Priority: 4}, {Binding: k.all}, {Binding: own.Quit, Priority: 1}}
	default:
		return []screen.Hint{
			{Binding: own.Scroll, Priority: 1}, {Binding: k.find, Priority: 2}, {Binding: own.Click, Priority: 3}, {Binding: k.backBoard}, {Binding: own.Help, Priority: 4}, {Binding: own.Quit},
		}
	}
}

// headed reports whether a line above the players says what is in the columns. What is typed below
// does not change that.
func (l *players) headed() bool {
	w, h := l.BodySize()
	return l.dashboard && h-l.spare()-l.linesAbove() >= 11 && l.inner(w) >= narrow
}

// linesAbove is how many lines stand above the panel of the players.
func (l *players) linesAbove() int {
	if l.dashboard {
		return l.figureLines() + l.serverLines()
	}
	return 1
}

// rows is how many players are in sight.
func (l *players) rows() int {
	_, h := l.BodySize()
	return l.rowsIn(h)
}

// rowsIn is rows while the body has so many lines.
func (l *players) rowsIn(h int) int {
	h -= l.linesAbove() + l.spare()
	if !l.dashboard && l.Full && l.spare() == 0 && h >= 16 {
		h--
	}
	if l.Framed {
		h -= 2
	}
	if l.headed() {
		h--
	}
	return max(h, 0)
}

// Body implements screen.Screen.
func (l *players) Body(w, h int) string {
	rows := l.rowsIn(h)
	l.scrollIn(0, rows) // what is typed below may have taken some of them
	height := rows
	if l.headed() {
		height++
	}
	if l.Framed {
		height += 2
	}
	above, title := l.about(w), ""
	if l.dashboard {
		by := l.Styles.Dim.Render("players by " + orderName(l.wanted.order))
		if title = by; l.wanted.filter != "" || l.input != nil {
			title = l.searched(w-12-text.Width(by)) + "  " + by
		}
		if above = stack(l.figures(w), l.servers(w)); !l.Framed && l.input != nil {
			above = " " + l.searched(w-2) // there is no title to type in
		}
	}
	label := position(l.top, rows, l.len())
	if l.capped {
		label += "+"
	}
	return stack(above, l.panel(title, label, w, height, l.lines(l.inner(w), rows)))
}

// about is the line above the leaderboard: what is searched for, or how many players there are, and
// where the player is, who may be out of sight below.
func (l *players) about(w int) string {
	rank := l.RankText(l.Standing.Rank, l.Standing.Clicks)
	left := l.searched(w - 3 - len(rank))
	if left == "" {
		count := text.Count(l.Snap.Players, "player")
		left = l.Styles.Dim.Render(text.FirstFit(w-3-len(rank), count+", "+text.Grouped(l.Snap.Online)+" online", count, ""))
	}
	return " " + screen.Justify(w-2, left, l.Styles.Accent.Render(rank))
}

// searched is what the list is searched for, in at most w cells; empty when it is not.
func (l *players) searched(w int) string {
	const lead = "/"
	if l.input != nil {
		return l.field(l.input, lead, "", w)
	}
	if l.wanted.filter == "" {
		return ""
	}
	shown, _ := text.Clean(l.wanted.filter, w-1)
	return l.Styles.Title.Render(lead) + shown
}

// orderName is what a table goes by.
func orderName(o live.Order) string {
	return [...]string{live.ByRank: "rank", live.ByName: "name", live.ByRate: "rate", live.BySeen: "last seen"}[o]
}

// position says which of so many lines are in sight.
func position(top, rows, all int) string {
	if all == 0 {
		return ""
	}
	return text.Grouped(top+1) + "-" + text.Grouped(min(top+rows, all)) + " of " + text.Grouped(all)
}
