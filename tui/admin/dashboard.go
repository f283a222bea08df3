package admin

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// dashboard is the game in figures, above a table of the players.
type dashboard struct{ list }

// Dashboard opens the dashboard; its lines come with a message.
func (a *Admin) Dashboard() (screen.Screen, tea.Cmd) {
	d := &dashboard{list{Admin: a, selects: true, wanted: query{order: a.order}}}
	return d, d.refresh()
}

// Update implements screen.Screen.
func (d *dashboard) Update(msg tea.Msg) (screen.Screen, tea.Cmd) {
	_, h := d.Room()
	rows := d.rows(h)
	switch msg := msg.(type) {
	case foundMsg:
		if f, ok := d.Admin.found(&d.list, msg).(found); ok {
			d.take(f, rows)
			d.machine = f.server
			return d, d.tick()
		}
		return d, nil
	case SecondMsg:
		const snapshotsASecond = 10 // in a game in which something happens
		switch {
		case d.looking != nil: // another second begins when that has come
			return d, nil
		case d.rest > 0:
			d.rest -= snapshotsASecond
			return d, d.tick()
		}
		return d, d.refresh()
	case tea.MouseWheelMsg:
		d.scroll(screen.Wheel(msg), rows)
		return d, nil
	case screen.Key:
		return d.pressed(msg, rows)
	}
	return nil, nil
}

// pressed acts on a key.
func (d *dashboard) pressed(k screen.Key, rows int) (screen.Screen, tea.Cmd) {
	if cmd, ok := d.press(k, rows); ok {
		return d, cmd
	}
	switch {
	case k.IsRepeat:
	case key.Matches(k, d.keys.enter) && d.cursor < d.len():
		return d.player(d, d.at(d.cursor).Name)
	case key.Matches(k, d.keys.order):
		d.order = (d.order + 1) % (live.BySeen + 1)
		d.wanted.order = d.order
		if !d.Framed {
			d.Say(screen.NewOrder, orderName(d.order)) // it stands nowhere else
		}
		return d, d.refresh()
	}
	return d.Admin.press(d, k)
}

// orderName is what a table goes by.
func orderName(o live.Order) string {
	return [...]string{live.ByRank: "rank", live.ByName: "name", live.ByRate: "rate", live.BySeen: "last seen"}[o]
}

// Hints implements screen.Screen.
func (d *dashboard) Hints() [][]key.Binding {
	k, find, help := d.keys, d.keys.find, d.Keys.Help
	switch {
	case d.input != nil:
		return d.searchKeys()
	case d.wanted.filter != "":
		return [][]key.Binding{{k.pick, k.enter, k.order, find, k.all, help}, {k.enter, find, k.all}, {k.enter, k.all}, {k.all}}
	default:
		return [][]key.Binding{
			{k.pick, k.enter, k.order, find, k.message, k.undo, k.audit, k.command, k.leave, help},
			{k.enter, k.order, find, k.message, k.undo, k.audit, k.leave, help},
			{k.enter, k.order, find, k.leave, help},
			{k.order, find, k.leave, help},
			{k.enter, k.leave, help},
			{k.leave, help},
		}
	}
}

// searchKeys are those that do something else than to type while a search is typed.
func (l *list) searchKeys() [][]key.Binding {
	return [][]key.Binding{{l.keys.keep, l.keys.cancel, l.keys.abort}, {l.keys.keep, l.keys.cancel}}
}

// Title implements screen.Page.
func (d *dashboard) Title() string { return "dashboard" }

// spare is how many lines stay empty above the keys.
func (a *Admin) spare() int {
	if _, h := a.Room(); a.Full && h >= 23 {
		return 1
	}
	return 0
}

// headed reports whether a line above the players says what is in the columns. What is typed below
// does not change that.
func (d *dashboard) headed() bool {
	w, h := d.Room()
	return h-d.spare()-d.figureLines()-d.serverLines() >= 11 && d.inner(w) >= narrow
}

// rows is how many players are in sight.
func (d *dashboard) rows(h int) int {
	h -= d.spare() + d.figureLines() + d.serverLines()
	if d.Framed {
		h -= 2
	}
	if d.headed() {
		h--
	}
	return max(h, 0)
}

// Body implements screen.Page.
func (d *dashboard) Body(w, h int) string {
	rows := d.rows(h)
	d.scroll(0, rows) // what is typed below may have taken some of them
	by := d.Styles.Dim.Render("players by " + orderName(d.wanted.order))
	if found := d.searched(w - 12 - lipgloss.Width(by)); found != "" {
		by = found + "  " + by
	}
	height := rows
	if d.headed() {
		height++
	}
	if d.Framed {
		height += 2
	}
	return stack(d.figures(w), d.servers(w), d.panel(by, d.inSight(rows), w, height, d.table(d.inner(w), rows, d.columns)))
}

// narrow is below how many cells the table has only the columns that matter most.
const narrow = 34

// widths are those of the columns: cells before the rank, between columns, of the rank, rate and when
// the player was seen. 0 is for what there is no room for.
func (d *dashboard) widths(w int) (marks, gap, rank, rate, seen int) {
	marks, gap, rank, rate, seen = 2, 2, 5, 6, 10
	switch bySeen := d.wanted.order == live.BySeen; {
	case w >= 60:
	case w >= 48:
		seen = 6
	case bySeen:
		marks, rate, seen = 1, 0, 6
	case w >= narrow || d.wanted.order == live.ByRate:
		marks, seen = 1, 0
	default:
		marks, rate, seen = 1, 0, 0
	}
	if w < narrow {
		gap, rank = 1, 1
	}
	return marks, gap, max(rank, len(text.Grouped(d.players.Len()))), rate, seen
}

// columns are whether the player is selected and is online, rank, name, clicks as a number and as a
// bar, rate, and when the player was seen.
func (d *dashboard) columns(w, rows int) []column {
	marks, gap, rank, rate, seen := d.widths(w)
	rest := w - marks - 2 - rank - gap
	for _, width := range []int{rate, seen} {
		if width > 0 {
			rest -= width + gap
		}
	}
	name, clicks, bar := d.share(rest, gap)
	s, plain := d.Styles, lipgloss.NewStyle()
	strong := func(r row) lipgloss.Style {
		if r.selected {
			return s.Strong
		}
		return plain
	}
	cols := []column{
		{width: 1, gap: marks - 1, cell: func(r row) (string, lipgloss.Style) { return mark(r.selected, "▸"), s.Own }},
		{width: 1, gap: 1, cell: func(r row) (string, lipgloss.Style) { return mark(r.Online, "●"), s.Fine }},
		{title: "rank", width: rank, gap: gap, right: true, sorted: d.order == live.ByRank, cell: func(r row) (string, lipgloss.Style) {
			return text.Grouped(r.Rank), s.Dim
		}},
		{title: "name", width: name, gap: gap, sorted: d.order == live.ByName, cell: func(r row) (string, lipgloss.Style) {
			if r.own {
				return r.Name, s.Own
			}
			return r.Name, strong(r)
		}},
		{title: "clicks", width: clicks, gap: gap, right: true, cell: func(r row) (string, lipgloss.Style) {
			return text.Number(r.Clicks, clicks), strong(r)
		}},
		{width: bar, gap: gap, cell: func(r row) (string, lipgloss.Style) { return bars(r.Clicks, d.most, bar), s.GlowAt(r.line, rows) }},
		{title: "rate", width: rate, gap: gap, right: true, sorted: d.order == live.ByRate, cell: func(r row) (string, lipgloss.Style) {
			if r.Rate == 0 {
				return "", plain
			}
			return text.First(rate, text.Rate(r.Rate), text.More), plain
		}},
		{title: "last seen|seen", width: seen, sorted: d.order == live.BySeen, cell: func(r row) (string, lipgloss.Style) {
			return seenText(r.Online, r.Seen, d.machine.Now, seen), s.Dim
		}},
	}
	if !d.headed() {
		for i := range cols {
			cols[i].title, cols[i].sorted = "", false
		}
	}
	return cols
}
