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

// row is a line of a list.
type row struct {
	live.Row
	line     int // among those in sight
	own      bool
	selected bool
}

// column is a column of a table. Its width does not depend on the lines in sight, so that nothing
// shifts while one scrolls; 0 is for those that there is no room for.
type column struct {
	title      string // and a shorter one
	width, gap int    // the gap is behind it
	right      bool   // aligned to the right
	sorted     bool   // the table goes by it
	cell       func(row) (string, *theme.Style)
}

// tableKey is all that the table depends on. To draw it for each click of others would cost more than
// all else that players can look at.
type tableKey struct {
	players   *live.Listing
	query     query
	top       int
	cursor    int
	w, rows   int
	name      string // as it is marked
	own       uint64
	look      *screen.Appearance
	now       int64
	dashboard bool
	headed    bool
}

// lines are so many rows of the list, w cells wide, below the titles of the columns if they have any.
func (l *players) lines(w, rows int) string {
	key := tableKey{l.players, l.query, l.top, l.cursor, w, rows, l.MarkIfGuest(l.Standing.Name), l.Clicks, l.Appearance, l.machine.Now.UnixNano(), l.dashboard, l.headed()}
	if key != l.drawn {
		l.drawn, l.table = key, l.drawTable(w, rows)
	}
	return l.table
}

func (l *players) drawTable(w, rows int) string {
	if l.len() == 0 {
		return lipgloss.Place(w, rows, lipgloss.Center, lipgloss.Center, l.Styles.Dim.Render(text.FirstFit(w, l.why(), "")))
	}
	columns := slices.DeleteFunc(l.columns(w, rows), func(c column) bool { return c.width <= 0 })
	t := table.New().BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderHeader(false).
		BorderColumn(false).Wrap(false)
	styles := make([][]lipgloss.Style, 1, rows+1) // the titles' first
	var titles []string
	for _, c := range columns {
		title, style := c.head(l.Styles)
		titles, styles[0] = append(titles, title), append(styles[0], c.wear(style))
	}
	for i := range min(rows, l.len()-l.top) {
		r := row{Row: l.at(l.top + i), line: i, selected: l.dashboard && l.top+i == l.cursor}
		if r.own = r.Name == l.Standing.Name; r.own {
			r.Name, r.Clicks = l.MarkIfGuest(r.Name), max(r.Clicks, l.Clicks) // the board may be a little late
		}
		var cells []string
		var worn []lipgloss.Style
		for _, c := range columns {
			shown, style := c.cell(r)
			shown, _ = text.Clean(shown, c.width)
			cells, worn = append(cells, shown), append(worn, c.wear(style))
		}
		t.Row(cells...)
		styles = append(styles, worn)
	}
	if l.headed() {
		t.Headers(titles...)
	}
	return t.StyleFunc(func(i, j int) lipgloss.Style { return styles[i-table.HeaderRow][j] }).Render()
}

// why says why there are no lines.
func (l *players) why() string {
	switch {
	case l.players == nil:
		return "one moment"
	case l.filter != "":
		return "no name contains that"
	default:
		return "nobody has clicked yet"
	}
}

// wear gives a style the width of the column.
func (c *column) wear(style *theme.Style) lipgloss.Style {
	is := style.Width(c.width + c.gap).PaddingRight(c.gap)
	if c.right {
		return is.AlignHorizontal(lipgloss.Right)
	}
	return is
}

// head is the title of a column; a mark says which of them the table goes by.
func (c *column) head(s *theme.Styles) (string, *theme.Style) {
	title := text.FirstFit(c.width-1, strings.Split(c.title, "|")...)
	switch {
	case c.sorted && c.right:
		return "▾" + title, &s.Strong
	case c.sorted:
		return title + "▾", &s.Strong
	default:
		return title, &s.Dim
	}
}

// narrow is below how many cells the table has only the columns that matter most.
const narrow = 34

// columns are two marks, rank, name, clicks as a number and as a bar; in the dashboard also the rate,
// and when the player was seen.
func (l *players) columns(w, rows int) []column {
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
	name, clicks, bar := l.share(rest, gap)
	style := func(r row) *theme.Style {
		switch {
		case r.own:
			return &s.Accent
		case r.selected, !d && r.medal():
			return &s.Strong
		default:
			return &s.Plain
		}
	}
	by := func(o live.Order) bool { return d && l.order == o }
	return []column{
		{width: 1, gap: marks, cell: func(r row) (string, *theme.Style) { return mark(r.selected || !d && r.own, "▸"), &s.Accent }},
		{width: 1, gap: 1, cell: func(r row) (string, *theme.Style) {
			if d {
				return mark(r.Online, "●"), &s.Good
			}
			return mark(r.medal(), "★"), r.rankStyle(s, false)
		}},
		{title: "rank", width: rank, gap: gap, right: true, sorted: by(live.ByRank), cell: func(r row) (string, *theme.Style) {
			if d {
				return text.Grouped(r.Rank), &s.Dim
			}
			return text.Grouped(r.Rank), r.rankStyle(s, r.own)
		}},
		{title: "name", width: name, gap: gap, sorted: by(live.ByName), cell: func(r row) (string, *theme.Style) { return r.Name, style(r) }},
		{title: "clicks", width: clicks, gap: gap, right: true, cell: func(r row) (string, *theme.Style) {
			return text.Number(r.Clicks, clicks), style(r)
		}},
		{width: bar, gap: min(rate+seen, gap), cell: func(r row) (string, *theme.Style) { return bars(r.Clicks, l.most, bar), s.GradientAt(r.line, rows) }},
		{title: "rate", width: rate, gap: gap, right: true, sorted: by(live.ByRate), cell: func(r row) (string, *theme.Style) {
			if r.Rate == 0 {
				return "", &s.Plain
			}
			return text.FirstFit(rate, text.Rate(r.Rate), text.Ellipsis), &s.Plain
		}},
		{title: "last seen|seen", width: seen, sorted: by(live.BySeen), cell: func(r row) (string, *theme.Style) {
			return seenText(r.Online, r.Seen, l.machine.Now, seen), &s.Dim
		}},
	}
}

// medal reports whether the player is one of the first three.
func (r *row) medal() bool { return r.Rank <= len(theme.Styles{}.Medals) }

// rankStyle is how a rank is written.
func (r *row) rankStyle(s *theme.Styles, own bool) *theme.Style {
	switch {
	case own:
		return &s.Accent
	case r.medal():
		return &s.Medals[max(r.Rank, 1)-1]
	default:
		return &s.Dim
	}
}

// dashboardWidths are those of the dashboard's columns: between columns, between the marks, of the
// rank, rate and when the player was seen. 0 is for what there is no room for.
func (l *players) dashboardWidths(w int) (gap, marks, rank, rate, seen int) {
	gap, rank = 2, 5
	if w < narrow {
		gap, rank = 1, 1
	}
	switch bySeen := l.wanted.order == live.BySeen; {
	case w >= 60:
		return gap, 1, rank, 6, 10
	case w >= 48:
		return gap, 1, rank, 6, 6
	case bySeen:
		return gap, 0, rank, 0, 6
	case w >= narrow || l.wanted.order == live.ByRate:
		return gap, 0, rank, 6, 0
	default:
		return gap, 0, rank, 0, 0
	}
}

// share divides what other columns leave among name, clicks, and a bar if there is room for one,
// with gaps between them.
func (l *players) share(rest, gap int) (name, clicks, bar int) {
	const leastName, enoughName, leastBar = 6, 24, 12
	clicks = max(min(max(len(text.Grouped(l.most)), len("clicks")), rest-gap-leastName), 0)
	name = rest - gap - clicks
	if spare := name - enoughName - gap; spare >= leastBar {
		name, bar = enoughName, spare
	}
	return name, clicks, bar
}

// mark is a mark where there is one to set.
func mark(set bool, mark string) string {
	if set {
		return mark
	}
	return " "
}

// bars is a count on a logarithmic scale of w cells: next to somebody with a million clicks a
// thousand are still half of a bar.
func bars(n, most uint64, w int) string {
	if n == 0 || most == 0 {
		return ""
	}
	share := math.Log1p(float64(n)) / math.Log1p(float64(most))
	return text.Bar(max(int(math.Round(min(share, 1)*float64(2*w))), 1))
}
