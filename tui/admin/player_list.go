package admin

import (
	"context"
	"slices"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// playerList is a scrollable list of players with a search: the leaderboard, and the table of the
// dashboard. It shows one immutable listing at a time, and looks up only its visible rows.
type playerList struct {
	*Admin
	searchResult
	dashboard bool // one row is selected, and scrolling moves the selection
	firstRow  int  // the first visible row
	cursor    int  // the selected row

	input *textinput.Model // the search field; nil while it is closed

	missedSnapshot bool // a snapshot arrived during the lookup
	pauseSnapshots int  // snapshots to skip before the next search

	tableKey tableKey // of the cached table
	table    string
}

// OpenLeaderboard opens the players by rank. Its rows arrive with a message.
func (a *Admin) OpenLeaderboard() tea.Cmd { return a.openList(&playerList{Admin: a}) }

// OpenDashboard opens the game's figures above a table of players.
func (a *Admin) OpenDashboard() tea.Cmd { return a.openList(&playerList{Admin: a, dashboard: true}) }

func (a *Admin) openList(l *playerList) tea.Cmd {
	a.requested.filter = ""
	a.Open(l)
	return l.refresh()
}

// refresh looks up the newest leaderboard and searches it.
func (l *playerList) refresh() tea.Cmd {
	l.missedSnapshot = false
	wanted := l.requested
	if !l.dashboard {
		wanted.order = live.ByRank
	}
	return lookUp(l.Admin, func(ctx context.Context) searchResult {
		b := l.board(wanted.days)
		if b == nil {
			b = &live.Leaderboard{}
		}
		f := searchResult{query: wanted, players: b.SortedBy(wanted.order)}
		if b.Len() > 0 {
			f.maxClicks = b.At(0).Clicks
			f.barScale = barScale(f.maxClicks, b.At(min(1, b.Len()-1)).Clicks)
		}
		if wanted.filter != "" {
			f.search(ctx)
		}
		if l.dashboard {
			f.serverStatus = l.backend.Status()
		}
		return f
	}, l.setResult)
}

// Update implements screen.Screen.
func (l *playerList) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case screen.NewSnapshotMsg:
		if !l.dashboard {
			return l.refreshIfDue(1), true
		}
	case SecondMsg:
		if l.dashboard {
			const snapshotsASecond = 10 // in an active game
			l.ticking = false
			return l.refreshIfDue(snapshotsASecond), true
		}
	case tea.MouseWheelMsg:
		l.scroll(screen.WheelDistance(msg))
		return nil, true
	case screen.Key:
		return l.handleKey(msg)
	}
	return l.Admin.Update(msg)
}

// refreshIfDue refreshes the list, one lookup at a time, now that some snapshots have passed.
func (l *playerList) refreshIfDue(snapshots int) tea.Cmd {
	switch {
	case l.lookup != nil: // its result leads to the next refresh
		l.missedSnapshot = true
		return nil
	case l.pauseSnapshots > 0:
		l.pauseSnapshots -= snapshots
		if l.dashboard {
			return l.tick()
		}
		return nil
	}
	return l.refresh()
}

// setResult shows the result of a lookup. The selected player stays selected if still visible.
func (l *playerList) setResult(f searchResult) tea.Cmd {
	name, same := "", f.query == l.query
	if l.dashboard && same && l.cursor < l.len() {
		name = l.at(l.cursor).Name
	}
	l.searchResult, l.pauseSnapshots = f, 0
	if f.filter != "" {
		l.pauseSnapshots = f.players.Len() / rowsPerSnapshot
	}
	if !same {
		l.firstRow, l.cursor = 0, 0
	}
	last := min(l.firstRow+l.pageRows(), l.len())
	for i := l.firstRow; name != "" && i < last; i++ {
		if l.at(i).Name == name {
			l.cursor = i
			break
		}
	}
	l.scroll(0)
	switch {
	case l.dashboard:
		l.status = f.serverStatus
		return l.tick()
	case l.missedSnapshot && l.pauseSnapshots == 0:
		return l.refresh()
	}
	return nil
}

// pageRows returns the number of visible rows without a prompt.
func (l *playerList) pageRows() int {
	_, h := l.BodySize()
	return l.arrange(h).rows
}

// scroll moves the visible rows, or the selection.
func (l *playerList) scroll(by int) { l.scrollIn(by, l.pageRows()) }

// scrollIn is scroll for a given number of visible rows.
func (l *playerList) scrollIn(by, rows int) {
	rows = max(rows, 1)
	if !l.dashboard {
		l.firstRow = max(min(l.firstRow+by, l.len()-rows), 0)
		return
	}
	l.cursor = max(min(l.cursor+by, l.len()-1), 0)
	l.firstRow = max(min(l.firstRow, l.len()-rows, l.cursor), l.cursor-rows+1, 0)
}

func (l *playerList) handleKey(k screen.Key) (tea.Cmd, bool) {
	if l.input != nil {
		return l.handleSearchKey(k)
	}
	if by, ok := l.Keys.ScrollDistance(k, l.pageRows(), l.len()); ok {
		l.scroll(by)
		return nil, true
	}
	switch {
	case k.IsRepeat:
	case key.Matches(k, l.keys.search):
		l.input = newInput(l.requested.filter, maxFilter)
		return nil, true
	case key.Matches(k, l.keys.period):
		l.requested.days = periods[(slices.Index(periods, l.requested.days)+1)%len(periods)]
		if period := periodText(l.requested.days); !l.Framed {
			l.ShowNotice(screen.Info, "clicks of "+period+"|"+period) // nothing else shows it
		}
		return l.refresh(), true
	case key.Matches(k, l.keys.showAll) && l.requested.filter != "":
		return l.setFilter(""), true
	case !l.dashboard && key.Matches(k, l.keys.closeBoard):
		l.closeAll()
		return nil, true
	case l.dashboard && key.Matches(k, l.keys.enter) && l.cursor < l.len() && l.query == l.requested: // not a row of the previous search
		return l.openPlayer(l.at(l.cursor).Name), true
	case l.dashboard && key.Matches(k, l.keys.order):
		l.requested.order = (l.requested.order + 1) % (live.BySeen + 1)
		if !l.Framed {
			l.ShowNotice(screen.Info, "players by "+orderName(l.requested.order)) // nothing else shows it
		}
		return l.refresh(), true
	}
	if !l.dashboard {
		return nil, false
	}
	return l.handleGlobalKey(k)
}

// handleSearchKey handles a key while the search field is open. Keys without text still scroll,
// some close the field, and all others go to it.
func (l *playerList) handleSearchKey(k screen.Key) (tea.Cmd, bool) {
	switch {
	case k.IsRepeat && key.Matches(k, l.keys.keepFilter, l.keys.cancel, l.keys.closeTab): // held since before the field opened
		return nil, true
	case key.Matches(k, l.keys.keepFilter):
		l.input = nil
		return nil, true
	case key.Matches(k, l.keys.cancel):
		l.input = nil
		return l.setFilter(""), true
	case key.Matches(k, l.keys.closeTab):
		l.closeAll()
		return nil, true
	case k.Text == "" && !key.Matches(k, l.Keys.Home, l.Keys.End):
		if by, ok := l.Keys.ScrollDistance(k, l.pageRows(), l.len()); ok {
			l.scroll(by)
			return nil, true
		}
	}
	ok := updateInput(l.input, k)
	return l.setFilter(l.input.Value()), ok
}

func (l *playerList) setFilter(part string) tea.Cmd {
	if part == l.requested.filter {
		return nil
	}
	l.requested.filter = part
	return l.refresh()
}

// Title implements screen.Screen.
func (l *playerList) Title() string {
	if l.dashboard {
		return "dashboard"
	}
	return "leaderboard"
}

// Hints implements screen.Screen.
func (l *playerList) Hints() []screen.Hint {
	k, own, filtered := l.keys, l.Keys, l.requested.filter != ""
	switch {
	case l.input != nil:
		return []screen.Hint{{Binding: k.keepFilter}, {Binding: k.cancel}, {Binding: k.quit, Priority: 1}}
	case l.dashboard && filtered:
		return []screen.Hint{{Binding: k.selectRow, Priority: 4}, {Binding: k.enter, Priority: 1}, {Binding: k.order, Priority: 3}, {Binding: k.search, Priority: 2}, {Binding: k.showAll}, {Binding: own.Help, Priority: 5}}
	case l.dashboard:
		return []screen.Hint{
			{Binding: k.selectRow, Priority: 8},
			{Binding: k.enter, Priority: 3},
			{Binding: k.order, Priority: 1},
			{Binding: k.period, Priority: 9},
			{Binding: k.search, Priority: 2},
			{Binding: k.message, Priority: 4},
			{Binding: k.undo, Priority: 5},
			{Binding: k.audit, Priority: 6},
			{Binding: k.command, Priority: 7},
			{Binding: k.closeDashboard},
			{Binding: own.Help},
		}
	case filtered:
		return []screen.Hint{{Binding: own.Scroll, Priority: 2}, {Binding: k.search, Priority: 3}, {Binding: own.Click, Priority: 4}, {Binding: k.showAll}, {Binding: own.Quit, Priority: 1}}
	default:
		return []screen.Hint{
			{Binding: own.Scroll, Priority: 1}, {Binding: k.period, Priority: 5}, {Binding: k.search, Priority: 2}, {Binding: own.Click, Priority: 3}, {Binding: k.closeBoard}, {Binding: own.Help, Priority: 4}, {Binding: own.Quit},
		}
	}
}

// arrangement is where everything is in the body of a list.
type arrangement struct {
	above       string // the panel
	panelHeight int
	hasTitles   bool // above the columns
	rows        int  // of the table
}

// arrange divides a body of h lines. A prompt that takes some of them doesn't take the titles.
func (l *playerList) arrange(h int) arrangement {
	above := l.renderAbove()
	w, fullHeight := l.BodySize()
	spare := l.spareLines()
	if !l.dashboard && l.Full && fullHeight >= 17 {
		spare = 1
	}
	others := lipgloss.Height(above) + spare
	a := arrangement{above: above, panelHeight: h - others, rows: h - others}
	a.hasTitles = l.dashboard && fullHeight-others >= 11 && l.innerWidth(w) >= minFullWidth
	if l.Framed {
		a.rows -= 2
	}
	if a.hasTitles {
		a.rows--
	}
	a.rows = max(a.rows, 0)
	return a
}

// Body implements screen.Screen.
func (l *playerList) Body(w, h int) string {
	a := l.arrange(h)
	l.scrollIn(0, a.rows) // a prompt may have taken some of them
	label := rangeText(l.firstRow, a.rows, l.len())
	if l.isTruncated {
		label += "+"
	}
	return joinBlocks(a.above, l.panel(l.renderTitle(w), label, w, a.panelHeight, l.cachedTable(l.innerWidth(w), a)))
}

func (l *playerList) renderAbove() string {
	switch w := l.W; {
	case !l.dashboard:
		return l.summaryLine(w)
	case !l.Framed && l.input != nil: // there is no border with a title for the field
		return " " + l.filterText(w-2)
	default:
		const minLines = 9 // lines of the table and the prompt below it
		figures, servers := l.renderFigures(w), ""
		if _, h := l.BodySize(); len(l.status.Servers) > 1 && h-l.spareLines()-lipgloss.Height(figures) >= minLines {
			servers = l.renderServers(w)
		}
		return joinBlocks(figures, servers)
	}
}

// renderTitle renders the title of the dashboard's table: its order and the search.
func (l *playerList) renderTitle(w int) string {
	if !l.dashboard {
		return ""
	}
	words := "players by " + orderName(l.requested.order)
	if l.requested.days > 0 {
		words += ", " + periodText(l.requested.days)
	}
	title := l.Styles.Dim.Render(words)
	if l.requested.filter != "" || l.input != nil {
		title = l.filterText(w-12-text.Width(title)) + "  " + title
	}
	return title
}

// summaryLine is the line above the leaderboard: the search or the number of players, and the
// player's own rank, since that row may not be visible.
func (l *playerList) summaryLine(w int) string {
	rank := l.RankText(l.Standing.Rank, l.Standing.Clicks)
	switch l.requested.days {
	case 0:
	case 1:
		rank = l.RankText(l.Standing.Today.Rank, l.Standing.Today.Clicks)
	default:
		rank = ""
	}
	left := l.filterText(w - 3 - len(rank))
	if left == "" {
		count := text.Count(l.Snap.Players, "player")
		if l.requested.days > 0 {
			count = periodText(l.requested.days) + ", " + text.Count(l.len(), "player")
		}
		left = l.Styles.Dim.Render(text.FirstFit(w-3-len(rank), count+", "+text.Grouped(l.Snap.Online)+" online", count, ""))
	}
	return " " + screen.Justify(w-2, left, l.Styles.Accent.Render(rank))
}

// filterText returns the search in at most w cells; empty without one.
func (l *playerList) filterText(w int) string {
	const lead = "/"
	if l.input != nil {
		return l.renderInput(l.input, lead, "", w)
	}
	if l.requested.filter == "" {
		return ""
	}
	shown := text.Clean(l.requested.filter, w-1)
	return l.Styles.Title.Render(lead) + shown
}

func orderName(o live.SortBy) string {
	return [...]string{live.ByRank: "rank", live.ByName: "name", live.ByRate: "rate", live.BySeen: "last seen"}[o]
}

// rangeText says which rows are visible.
func rangeText(top, rows, all int) string {
	if all == 0 {
		return ""
	}
	return text.Grouped(top+1) + "-" + text.Grouped(min(top+rows, all)) + " of " + text.Grouped(all)
}
