package tui

import (
	"strings"

	"clickky/sync/live"
)

// orderName is what a table goes by.
func orderName(o live.Order) string {
	return [...]string{live.ByRank: "rank", live.ByName: "name", live.ByRate: "rate", live.BySeen: "last seen"}[o]
}

// nextOrder is the order that follows when another one is asked for.
func nextOrder(o live.Order) live.Order { return (o + 1) % (live.BySeen + 1) }

// narrow is below how many cells a table has only the columns that matter most.
const narrow = 34

// headed tells whether a line above the players says what is in the columns. What
// is typed below does not change that.
func (m *Model) headed() bool {
	l := &m.look.lay
	return l.footer-l.airy-l.about-l.cardsH-m.serverRows() >= 11 && m.dashWidth() >= narrow
}

// tableRows is how many players are in sight in the table.
func (m *Model) tableRows() int {
	rows := m.dashEnd() - m.look.lay.about - m.look.lay.cardsH - m.serverRows()
	if m.look.lay.framed() {
		rows -= 2
	}
	if m.headed() {
		rows--
	}
	return max(rows, 0)
}

// tableFrame is the table of the players with its frame.
func (m *Model) tableFrame() []string {
	d, pal, rows := m.dash, &m.look.pal, m.tableRows()
	var out []string
	if m.look.lay.framed() {
		out = append(out, m.tableEdge())
	}
	cols := m.tableColumns()
	if m.headed() {
		out = append(out, m.framedLine(func(b *strings.Builder) { m.tableTitles(b, cols) }))
	}
	d.scroll(0, rows) // what is typed below may have taken some of them
	for i := range rows {
		switch n := d.top + i; {
		case n < d.len():
			out = append(out, m.framedLine(func(b *strings.Builder) { m.tableRow(b, cols, n, pal.glowAt(i, rows)) }))
		case d.len() == 0 && i == rows/2:
			out = append(out, m.framedLine(func(b *strings.Builder) { centre(b, m.dashWidth(), []span{{pal.dim, d.why()}}) }))
		default:
			out = append(out, m.framed())
		}
	}
	if m.look.lay.framed() {
		out = append(out, m.lowerEdge(d.inSight(rows)))
	}
	return out
}

// tableEdge is the upper side of the table: what it goes by, or what it is searched
// for.
func (m *Model) tableEdge() string {
	d, pal := m.dash, &m.look.pal
	by := span{pal.dim, "players by " + orderName(d.order)}
	if d.input == nil && d.wanted == "" {
		return m.upperEdge(by)
	}
	by.text = first(m.look.lay.cw/2, "  players by "+orderName(d.order), "  by "+orderName(d.order))
	return m.upperEdge(append(m.searched(&d.list, m.look.lay.cw-8-widthOf(by.text)), by)...)
}

// tableColumns is how wide the columns of the table are; 0 is for those that there
// is no room for.
type tableColumns struct {
	marks, gap             int // cells before the rank, and between columns
	rank, name, count, bar int
	rate, seen             int
	most                   uint64 // the count that fills the bar
}

// tableColumns divides a line. The longest rank and the largest count that can
// come decide, so that nothing shifts while one scrolls.
func (m *Model) tableColumns() tableColumns {
	const rate, seenShort, seenLong = 6, 6, 10
	w, d := m.dashWidth(), m.dash
	c := tableColumns{marks: 4, gap: 2, rank: 5, rate: rate, seen: seenLong}
	switch bySeen := d.order == live.BySeen; {
	case w >= 60:
	case w >= 48:
		c.seen = seenShort
	case bySeen:
		c.marks, c.rate, c.seen = 3, 0, seenShort
	case w >= narrow || d.order == live.ByRate:
		c.marks, c.seen = 3, 0
	default:
		c.marks, c.rate, c.seen = 3, 0, 0
	}
	if w < narrow {
		c.gap, c.rank = 1, 1
	}
	if d.players == nil || d.players.Len() == 0 {
		c.name = w
		return c
	}
	c.most = d.most
	c.rank = max(c.rank, len(groupedInt(d.players.Len())))
	rest := w - c.marks - c.rank - c.gap
	for _, column := range [...]int{c.rate, c.seen} {
		if column > 0 {
			rest -= column + c.gap
		}
	}
	const leastName, enoughName, leastBar = 6, 24, 12
	c.count = max(min(max(groupedWidth(c.most), len("clicks")), rest-c.gap-leastName), 0)
	c.name = rest - c.gap - c.count
	if spare := c.name - enoughName - c.gap; spare >= leastBar {
		c.name, c.bar = enoughName, spare
	}
	return c
}

// tableTitles writes the names of the columns, and which of them the table goes by.
func (m *Model) tableTitles(b *strings.Builder, c tableColumns) {
	pal := &m.look.pal
	title := func(text string, w int, left bool, by live.Order) {
		style, mark := pal.dim, ""
		if m.dash.order == by {
			style, mark = pal.strong, "▾"
		}
		room := blanks(w - len(text) - widthOf(mark))
		if left {
			style.put(b, text+mark)
			b.WriteString(room)
		} else {
			b.WriteString(room)
			style.put(b, mark+text)
		}
	}
	const none = live.BySeen + 1
	gap := blanks(c.gap)
	b.WriteString(blanks(c.marks))
	title("rank", c.rank, false, live.ByRank)
	b.WriteString(gap)
	title("name", c.name, true, live.ByName)
	b.WriteString(gap)
	title("clicks", c.count, false, none)
	if c.bar > 0 {
		b.WriteString(blanks(c.gap + c.bar))
	}
	if c.rate > 0 {
		b.WriteString(gap)
		title("rate", c.rate, false, live.ByRate)
	}
	if c.seen > 0 {
		b.WriteString(gap)
		title(first(c.seen-1, "last seen", "seen"), c.seen, true, live.BySeen)
	}
}

// tableRow is the player of a line: whether it is the selected one and whether the
// player is online, rank, name, clicks as a number and as a bar that glows, rate, and
// when the player was seen.
func (m *Model) tableRow(b *strings.Builder, c tableColumns, i int, glow style) {
	pal, row := &m.look.pal, m.dash.at(i)
	mark, online, name, number := span{"", " "}, span{"", " "}, style(""), style("")
	if i == m.dash.picked {
		mark, name, number = span{pal.own, "▸"}, pal.strong, pal.strong
	}
	if row.Online {
		online = span{pal.fine, "●"}
	}
	if row.Name == m.standing.Name {
		name = pal.own
		row.Name = m.marked(row.Name)
		row.Clicks = max(row.Clicks, m.own) // the board may be a little late
	}
	mark.style.put(b, mark.text)
	b.WriteString(blanks(c.marks - 3))
	online.style.put(b, online.text)
	b.WriteByte(' ')
	cell := func(s style, text string, w int, left bool) {
		text, n := clean(text, w)
		if !left {
			b.WriteString(blanks(w - n))
		}
		s.put(b, text)
		if left {
			b.WriteString(blanks(w - n))
		}
	}
	gap := func() { b.WriteString(blanks(c.gap)) }
	cell(pal.dim, groupedInt(row.Rank), c.rank, false)
	gap()
	cell(name, row.Name, c.name, true)
	gap()
	cell(number, numberIn(row.Clicks, c.count), c.count, false)
	if c.bar > 0 {
		gap()
		cell(glow, bar(row.Clicks, c.most, c.bar), c.bar, true)
	}
	if c.rate > 0 {
		rate := ""
		if row.Rate > 0 {
			rate = first(c.rate, rated(row.Rate), more)
		}
		gap()
		cell("", rate, c.rate, false)
	}
	if c.seen > 0 {
		gap()
		cell(pal.dim, seenText(row.Online, row.Seen, m.dash.machine.Now, c.seen), c.seen, true)
	}
}
