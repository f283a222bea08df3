package admin

import (
	"math"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

type row struct {
	live.Row
	index      int // among the visible ones
	isOwn      bool
	isSelected bool
}

// column is a column of the table. Its width doesn't depend on the visible rows, so that nothing
// shifts while scrolling. Columns without room have width 0.
type column struct {
	title      string // long and short form
	width, gap int    // the gap follows the column
	alignRight bool
	isSorted   bool // the table is sorted by it
	cell       func(row) (string, *theme.Style)
}

// tableKey is everything that the table depends on. Rendering it for each click of others would
// cost more than everything else on the screens.
type tableKey struct {
	players    *live.SortedView
	query      query
	top        int
	cursor     int
	w, rows    int
	name       string // with the guest mark
	own        uint64
	appearance *screen.Appearance
	now        int64
	hasTitles  bool
}

// cachedTable returns the table in w cells, below its titles if it has any.
func (l *playerList) cachedTable(w int, a arrangement) string {
	key := tableKey{l.players, l.query, l.firstRow, l.cursor, w, a.rows, l.MarkIfGuest(l.Standing.Name), l.ownClicks(), l.Appearance, l.status.Now.UnixNano(), a.hasTitles}
	if key != l.tableKey {
		l.tableKey, l.table = key, l.renderTable(w, a.rows, a.hasTitles)
	}
	return l.table
}

func (l *playerList) renderTable(w, rows int, hasTitles bool) string {
	if l.len() == 0 {
		return lipgloss.Place(w, rows, lipgloss.Center, lipgloss.Center, l.Styles.Dim.Render(text.FirstFit(w, l.emptyText(), "")))
	}
	columns := slices.DeleteFunc(l.columns(w, rows), func(c column) bool { return c.width <= 0 })
	t := table.New().BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderHeader(false).
		BorderColumn(false).Wrap(false)
	styles := make([][]lipgloss.Style, 1, rows+1) // the titles come first
	var titles []string
	for _, c := range columns {
		title, style := c.heading(l.Styles)
		titles, styles[0] = append(titles, title), append(styles[0], c.sized(style))
	}
	for i := range min(rows, l.len()-l.firstRow) {
		r := row{Row: l.at(l.firstRow + i), index: i, isSelected: l.dashboard && l.firstRow+i == l.cursor}
		if r.isOwn = r.Name == l.Standing.Name; r.isOwn {
			r.Name, r.Clicks = l.MarkIfGuest(r.Name), max(r.Clicks, l.ownClicks()) // the leaderboard may lag
		}
		var cells []string
		var rowStyles []lipgloss.Style
		for _, c := range columns {
			shown, style := c.cell(r)
			shown = text.Clean(shown, c.width)
			cells, rowStyles = append(cells, shown), append(rowStyles, c.sized(style))
		}
		t.Row(cells...)
		styles = append(styles, rowStyles)
	}
	if hasTitles {
		t.Headers(titles...)
	}
	return t.StyleFunc(func(i, j int) lipgloss.Style { return styles[i-table.HeaderRow][j] }).Render()
}

// ownClicks returns the player's own clicks on the shown days, or 0 if only the leaderboard has them.
func (l *playerList) ownClicks() uint64 {
	switch l.days {
	case 0:
		return l.Clicks
	case 1:
		return l.Standing.Today.Clicks
	default:
		return 0
	}
}

func (l *playerList) emptyText() string {
	switch {
	case l.players == nil:
		return "one moment"
	case l.filter != "":
		return "no name contains that"
	case l.days == 1:
		return "nobody has clicked today"
	case l.days > 1:
		return "nobody has clicked on these days"
	default:
		return "nobody has clicked yet"
	}
}

// sized gives a style the column's width.
func (c *column) sized(style *theme.Style) lipgloss.Style {
	sized := style.Width(c.width + c.gap).PaddingRight(c.gap)
	if c.alignRight {
		return sized.AlignHorizontal(lipgloss.Right)
	}
	return sized
}

// heading returns the title of a column, with a mark if the table is sorted by it.
func (c *column) heading(s *theme.Styles) (string, *theme.Style) {
	title := text.FirstFit(c.width-1, strings.Split(c.title, "|")...)
	switch {
	case c.isSorted && c.alignRight:
		return "▾" + title, &s.Strong
	case c.isSorted:
		return title + "▾", &s.Strong
	default:
		return title, &s.Dim
	}
}

// minFullWidth is the width below which the table has only the most important columns.
const minFullWidth = 34

// columns returns two marks, rank, name, and clicks as a number and as a bar; in the dashboard also
// the rate and when the player was last online.
func (l *playerList) columns(w, rows int) []column {
	s, d := l.Styles, l.dashboard
	gap, marks, rank, rate, seen := 2, 0, 0, 0, 0
	if d {
		gap, marks, rank, rate, seen = l.dashboardWidths(w)
	}
	rank = max(rank, len(text.Grouped(l.players.Len())))
	rest := w - marks - 3 - rank - gap
	for _, width := range []int{rate, seen} {
		if width > 0 {
			rest -= width + gap
		}
	}
	name, clicks, bar := l.splitWidth(rest, gap)
	style := func(r row) *theme.Style {
		switch {
		case r.isOwn:
			return &s.Accent
		case r.isSelected, !d && r.hasMedal():
			return &s.Strong
		default:
			return &s.Plain
		}
	}
	by := func(o live.SortBy) bool { return d && l.requested.order == o }
	return []column{
		{width: 1, gap: marks, cell: func(r row) (string, *theme.Style) { return mark(r.isSelected || !d && r.isOwn, "▸"), &s.Accent }},
		{width: 1, gap: 1, cell: func(r row) (string, *theme.Style) {
			if d {
				return mark(r.Online, "●"), &s.Good
			}
			return mark(r.hasMedal(), "★"), r.rankStyle(s, false)
		}},
		{title: "rank", width: rank, gap: gap, alignRight: true, isSorted: by(live.ByRank), cell: func(r row) (string, *theme.Style) {
			if d {
				return text.Grouped(r.Rank), &s.Dim
			}
			return text.Grouped(r.Rank), r.rankStyle(s, r.isOwn)
		}},
		{title: "name", width: name, gap: gap, isSorted: by(live.ByName), cell: func(r row) (string, *theme.Style) { return r.Name, style(r) }},
		{title: "clicks", width: clicks, gap: gap, alignRight: true, cell: func(r row) (string, *theme.Style) {
			return text.Number(r.Clicks, clicks), style(r)
		}},
		{width: bar, gap: min(rate+seen, gap), cell: func(r row) (string, *theme.Style) {
			return clickBar(r.Clicks, l.barScale, bar), s.GradientAt(r.index, rows)
		}},
		{title: "rate", width: rate, gap: gap, alignRight: true, isSorted: by(live.ByRate), cell: func(r row) (string, *theme.Style) {
			if r.Rate == 0 {
				return "", &s.Plain
			}
			return text.FirstFit(rate, text.Rate(r.Rate), text.Ellipsis), &s.Plain
		}},
		{title: "last seen|seen", width: seen, isSorted: by(live.BySeen), cell: func(r row) (string, *theme.Style) {
			return seenText(r.Online, r.Seen, l.status.Now, seen), &s.Dim
		}},
	}
}

// hasMedal reports whether the player is among the first three.
func (r *row) hasMedal() bool { return r.Rank <= len(theme.Styles{}.Medals) }

func (r *row) rankStyle(s *theme.Styles, own bool) *theme.Style {
	switch {
	case own:
		return &s.Accent
	case r.hasMedal():
		return &s.Medals[max(r.Rank, 1)-1]
	default:
		return &s.Dim
	}
}

// dashboardWidths returns the widths of the dashboard's columns: the gap between columns and
// between the marks, rank, rate and last seen. Columns without room have width 0.
func (l *playerList) dashboardWidths(w int) (gap, marks, rank, rate, seen int) {
	gap, rank = 2, 5
	if w < minFullWidth {
		gap, rank = 1, 1
	}
	switch {
	case w >= 60:
		marks, rate, seen = 1, 6, 10
	case w >= 48:
		marks, rate, seen = 1, 6, 6
	case l.requested.order == live.BySeen:
		seen = 6
	case w >= minFullWidth || l.requested.order == live.ByRate:
		rate = 6
	}
	return gap, marks, rank, rate, seen
}

// splitWidth divides the remaining width among name, clicks, and a bar if there is room for one.
func (l *playerList) splitWidth(rest, gap int) (name, clicks, bar int) {
	const leastName, enoughName, leastBar = 6, 24, 12
	clicks = max(min(max(len(text.Grouped(l.maxClicks)), len("clicks")), rest-gap-leastName), 0)
	name = rest - gap - clicks
	if spare := name - enoughName - gap; spare >= leastBar {
		name, bar = enoughName, spare
	}
	return name, clicks, bar
}

// mark returns the mark if it is set, else a space.
func mark(set bool, mark string) string {
	if set {
		return mark
	}
	return " "
}

// breakFactor is how many times the second count the first must be to be drawn with a break.
const breakFactor = 3

// barScale returns the count whose bar is full, given the two largest: the first, or a third more
// than the second if the first would dwarf all other bars.
func barScale(first, second uint64) uint64 {
	if second > 0 && first/breakFactor > second {
		return second + second/3 + 1
	}
	return first
}

// clickBar renders a count in proportion to scale in w cells. A larger count is a full bar with a
// break.
func clickBar(n, scale uint64, w int) string {
	const gap = "╱╱"
	switch {
	case n == 0 || scale == 0:
		return ""
	case n > scale && w > 6:
		return text.Bar(2*w-8) + gap + text.Bar(4)
	}
	share := float64(n) / float64(scale)
	return text.Bar(max(int(math.Round(min(share, 1)*float64(2*w))), 1))
}
