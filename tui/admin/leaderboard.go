package admin

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// leaderboard is the players by rank.
type leaderboard struct {
	list
	drawn tableOf // what the table was drawn of last
	lines string
}

// tableOf is all that the table of a leaderboard depends on. To draw it for each click of others
// would cost more than all else that players can look at.
type tableOf struct {
	players   *live.Listing
	query     query
	top, w, h int
	name      string // as it is marked
	own       uint64
	look      *screen.Look
}

// Leaderboard opens the leaderboard; its lines come with a message.
func (a *Admin) Leaderboard() (screen.Screen, tea.Cmd) {
	b := &leaderboard{list: list{Admin: a}}
	return b, b.refresh()
}

// Update implements screen.Screen.
func (b *leaderboard) Update(msg tea.Msg) (screen.Screen, tea.Cmd) {
	_, h := b.Room()
	rows := b.rows(h)
	switch msg := msg.(type) {
	case foundMsg:
		f, ok := b.Admin.found(&b.list, msg).(found)
		if !ok {
			return b, nil
		}
		again := b.again
		b.take(f, rows)
		if again && b.rest == 0 {
			return b, b.refresh()
		}
		return b, nil
	case screen.NewsMsg:
		return b, b.follow()
	case tea.MouseWheelMsg:
		b.scroll(screen.Wheel(msg), rows)
		return b, nil
	case screen.Key:
		if cmd, ok := b.press(msg, rows); ok {
			return b, cmd
		}
		if !msg.IsRepeat && key.Matches(msg, b.keys.backBoard) {
			return b.leave()
		}
	}
	return nil, nil
}

// follow looks up again after a snapshot: one look-up at a time, however slow it is.
func (b *leaderboard) follow() tea.Cmd {
	switch {
	case b.looking != nil:
		b.again = true
		return nil
	case b.rest > 0:
		b.rest--
		return nil
	}
	return b.refresh()
}

// Hints implements screen.Screen.
func (b *leaderboard) Hints() [][]key.Binding {
	k, find, click, back := b.Keys, b.keys.find, b.Keys.Click, b.keys.backBoard
	switch {
	case b.input != nil:
		return b.searchKeys()
	case b.wanted.filter != "":
		return [][]key.Binding{{k.Scroll, find, click, b.keys.all, k.Quit}, {k.Scroll, b.keys.all, k.Quit}, {b.keys.all, k.Quit}, {b.keys.all}}
	default:
		return [][]key.Binding{
			{k.Scroll, find, click, back, k.Help, k.Quit},
			{k.Scroll, find, click, back, k.Quit},
			{k.Scroll, find, back, k.Quit},
			{k.Scroll, back, k.Quit},
			{back, k.Quit},
		}
	}
}

// Title implements screen.Page.
func (b *leaderboard) Title() string { return "leaderboard" }

// rows is how many players are in sight.
func (b *leaderboard) rows(h int) int {
	h-- // the line above the list
	if b.Framed {
		h -= 2
	}
	if b.Full && h >= 17 {
		h-- // the line above the keys
	}
	return max(h, 0)
}

// Body implements screen.Page. The line above the list says what is searched for, or how many
// players there are, and where the player is, who may be out of sight below.
func (b *leaderboard) Body(w, h int) string {
	rows := b.rows(h)
	s, rank := b.Styles, b.RankText(b.Standing.Rank, b.Standing.Clicks)
	left := b.searched(w - 3 - len(rank))
	if left == "" {
		players := text.Count(b.Snap.Players, "player")
		left = s.Dim.Render(text.First(w-3-len(rank), players+", "+text.Grouped(b.Snap.Online)+" online", players, ""))
	}
	about := " " + screen.Spread(w-2, left, s.Own.Render(rank))
	of := tableOf{b.players, b.query, b.top, w, rows, b.Marked(b.Standing.Name), b.Own, b.Look}
	if of != b.drawn {
		b.drawn, b.lines = of, b.table(b.inner(w), rows, b.columns)
	}
	height := rows
	if b.Framed {
		height += 2
	}
	return stack(about, b.panel("", b.inSight(rows), w, height, b.lines))
}

// columns are a mark at the player's own line, a medal, rank, name, clicks as a number and as a bar.
func (b *leaderboard) columns(w, rows int) []column {
	s, rank := b.Styles, len(text.Grouped(b.players.Len()))
	name, clicks, bar := b.share(w-5-rank, 2)
	style := func(r row, other, medal lipgloss.Style) lipgloss.Style {
		switch {
		case r.own:
			return s.Own
		case r.Rank <= len(s.Medals):
			return medal
		default:
			return other
		}
	}
	medal := func(r row) lipgloss.Style { return s.Medals[min(max(r.Rank, 1), len(s.Medals))-1] }
	plain := lipgloss.NewStyle()
	return []column{
		{width: 1, cell: func(r row) (string, lipgloss.Style) { return mark(r.own, "▸"), s.Own }},
		{width: 1, gap: 1, cell: func(r row) (string, lipgloss.Style) { return mark(r.Rank <= len(s.Medals), "★"), medal(r) }},
		{width: rank, gap: 2, right: true, cell: func(r row) (string, lipgloss.Style) {
			return text.Grouped(r.Rank), style(r, s.Dim, medal(r))
		}},
		{width: name, gap: 2, cell: func(r row) (string, lipgloss.Style) { return r.Name, style(r, plain, s.Strong) }},
		{width: clicks, gap: 2, right: true, cell: func(r row) (string, lipgloss.Style) {
			return text.Number(r.Clicks, clicks), style(r, plain, plain)
		}},
		{width: bar, cell: func(r row) (string, lipgloss.Style) { return bars(r.Clicks, b.most, bar), s.GlowAt(r.line, rows) }},
	}
}
