package admin

import (
	"math"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"clickky/sync/live"
	"clickky/tui/text"
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
	title      string // empty: no table with this column has titles
	width, gap int    // the gap is behind it
	right      bool   // aligned to the right
	sorted     bool   // the table goes by it
	cell       func(row) (string, lipgloss.Style)
}

// table draws so many lines of the list, w cells wide, below the titles of the columns if they have
// any.
func (l *list) table(w, lines int, columns func(w, lines int) []column) string {
	if l.len() == 0 {
		return lipgloss.Place(w, lines, lipgloss.Center, lipgloss.Center, l.Styles.Dim.Render(text.First(w, l.why(), "")))
	}
	cols := slices.DeleteFunc(columns(w, lines), func(c column) bool { return c.width <= 0 })
	t := table.New().BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderHeader(false).
		BorderColumn(false).Wrap(false)
	n := min(lines, l.len()-l.top)
	styles := make([][]lipgloss.Style, n+1) // the titles' first
	for _, c := range cols {
		style := l.Styles.Dim
		if c.sorted {
			style = l.Styles.Strong
		}
		styles[0] = append(styles[0], c.wear(style))
	}
	for i := range n {
		r := row{Row: l.at(l.top + i), line: i, selected: l.selects && l.top+i == l.cursor}
		if r.own = r.Name == l.Standing.Name; r.own {
			r.Name, r.Clicks = l.Marked(r.Name), max(r.Clicks, l.Own) // the board may be a little late
		}
		cells := make([]string, len(cols))
		for j, c := range cols {
			shown, style := c.cell(r)
			cells[j], _ = text.Clean(shown, c.width)
			styles[i+1] = append(styles[i+1], c.wear(style))
		}
		t.Row(cells...)
	}
	if titles := l.titles(cols); strings.Join(titles, "") != "" {
		t.Headers(titles...)
	}
	return t.StyleFunc(func(i, j int) lipgloss.Style { return styles[i-table.HeaderRow][j] }).Render()
}

// wear gives a style the width of the column.
func (c *column) wear(style lipgloss.Style) lipgloss.Style {
	if c.right {
		style = style.AlignHorizontal(lipgloss.Right)
	}
	return style.Width(c.width + c.gap).PaddingRight(c.gap)
}

// titles are those of the columns; a mark says which of them the table goes by.
func (l *list) titles(cols []column) []string {
	var titles []string
	for _, c := range cols {
		title := text.First(c.width-1, strings.Split(c.title, "|")...)
		switch {
		case c.sorted && c.right:
			title = "▾" + title
		case c.sorted:
			title += "▾"
		}
		titles = append(titles, title)
	}
	return titles
}

// share divides what other columns leave among name, clicks, and a bar if there is room for one,
// with gaps between them.
func (l *list) share(rest, gap int) (name, clicks, bar int) {
	const leastName, enoughName, leastBar = 6, 24, 12
	clicks = max(min(max(text.GroupedWidth(l.most), len("clicks")), rest-gap-leastName), 0)
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
// thousand are still half of a bar. It is drawn in halves of a cell, which bubbles' progress can't.
func bars(n, most uint64, w int) string {
	if n == 0 || most == 0 {
		return ""
	}
	share := math.Log1p(float64(n)) / math.Log1p(float64(most))
	halves := max(int(math.Round(min(share, 1)*float64(2*w))), 1)
	return strings.Repeat("━", halves/2) + strings.Repeat("╸", halves%2)
}
