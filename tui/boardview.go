package tui

import (
	"math"
	"strings"

	"clickky/sync/live"
)

// listRows is how many players are in sight.
func (l *layout) listRows() int {
	if l.framed() {
		return max(l.list.h-2, 0)
	}
	return max(l.list.h, 0)
}

// boardFrame is the screen of the leaderboard.
func (m *Model) boardFrame() canvas {
	l := &m.look.lay
	c := m.look.canvas()
	margin := blanks(l.x)
	c.put(l.header, margin+m.boardTitle())
	c.put(l.about, margin+m.boardAbout())
	for i, line := range m.boardLines() {
		c.put(l.list.y+i, margin+line)
	}
	switch {
	case m.lead.input != nil:
		c.put(l.footer, m.look.footerTyping)
	case m.lead.wanted != "":
		c.put(l.footer, m.look.footerFiltered)
	default:
		c.put(l.footer, m.look.footerBoard)
	}
	return c
}

// boardTitle says what this is, and the global count.
func (m *Model) boardTitle() string {
	pal, w := &m.look.pal, m.look.lay.cw-2
	number := numberIn(m.total, w)
	unit := first(w-len(number), " clicks", "")
	room := w - len(number) - len(unit) - 1
	title := first(room, gameName+"  leaderboard", "leaderboard", "")
	var b strings.Builder
	b.WriteByte(' ')
	name, rest, found := strings.Cut(title, "  ")
	if !found {
		name, rest = "", title
	}
	left := []span{{pal.title, name}, {pal.dim, rest}}
	if found {
		left[1].text = "  " + rest
	}
	spread(&b, w, left, []span{{pal.strong, number}, {pal.dim, unit}})
	return b.String()
}

// boardAbout is the line above the list: at its left what is searched for, or
// how many there are; at its right the player, who may be out of sight below.
func (m *Model) boardAbout() string {
	pal, w := &m.look.pal, m.look.lay.cw-2
	searching := m.lead.input != nil || m.lead.wanted != ""
	least := 0
	if searching {
		least = 12
	}
	own := grouped(m.own)
	rank := m.place().text()
	you := m.marked("you  ")
	right := first(w-least-1, you+own+"  "+rank, you+own, own, numberIn(m.own, w-least-1))
	if m.notice != quiet && !m.look.lay.framed() {
		right = strings.TrimRight(own+"  "+m.words(m.notice, w-least-1-len(own)-2), " ")
	}
	room := w - widthOf(right) - 1
	var b strings.Builder
	b.WriteByte(' ')
	if !searching {
		players := count(m.snap.Players, "player")
		left := first(room, players+", "+groupedInt(m.snap.Online)+" online", players, "")
		spread(&b, w, []span{{pal.dim, left}}, []span{{pal.own, right}})
		return b.String()
	}
	spread(&b, w, m.searched(m.lead, room), []span{{pal.own, right}})
	return b.String()
}

// boardLines is the list with its frame.
func (m *Model) boardLines() []string {
	l, pal := &m.look.lay, &m.look.pal
	rows := l.listRows()
	lines := make([]string, 0, rows+2)
	var b strings.Builder
	add := func() {
		lines = append(lines, b.String())
		b.Reset()
	}
	w := l.list.w
	if l.framed() {
		w -= 4
		upper().draw(&b, pal, l.list.w, 0, span{})
		add()
	}
	cols := m.columns(w)
	for i := range rows {
		m.look.wallAndSpace(&b, true)
		switch n := m.lead.top + i; {
		case n < m.lead.len():
			m.boardRow(&b, cols, m.lead.at(n), i, rows)
		case m.lead.len() == 0 && i == rows/2:
			centre(&b, w, []span{{pal.dim, m.lead.why()}})
		default:
			b.WriteString(blanks(w))
		}
		m.look.wallAndSpace(&b, false)
		add()
	}
	if l.framed() {
		m.boardFoot(&b)
		add()
	}
	return lines
}

// boardFoot is the lower side of the list: which lines are in sight, or that a
// click did not count.
func (m *Model) boardFoot(b *strings.Builder) {
	l, pal := &m.look.lay, &m.look.pal
	label := span{pal.dim, m.lead.inSight(l.listRows())}
	if m.notice != quiet {
		label = span{pal.noticed(m.notice), m.words(m.notice, l.list.w-8)}
	}
	lower().draw(b, pal, l.list.w, -2, label)
}

// columns is how wide the columns of the list are.
type columns struct {
	rank, name, count, bar int
	most                   uint64 // the count that fills the bar
}

// columns divides w cells. The longest rank and the largest count that can
// come decide, so that nothing shifts while one scrolls.
func (m *Model) columns(w int) columns {
	var c columns
	if m.lead.len() == 0 {
		return c
	}
	c.most = m.lead.most
	c.rank = len(groupedInt(m.lead.players.Len()))
	const marks, gaps, leastName, leastBar = 3, 4, 4, 6
	c.count = min(len(grouped(c.most)), w-marks-c.rank-gaps-leastName)
	c.name = w - marks - c.rank - gaps - c.count
	if name := max(min(c.name*2/5, 32), 12); c.name-name-2 >= leastBar {
		c.bar = c.name - name - 2
		c.name = name
	}
	return c
}

// boardRow is one player: rank, medal, name, count, and the count as a bar.
func (m *Model) boardRow(b *strings.Builder, c columns, row live.Row, line, lines int) {
	pal := &m.look.pal
	mark, medal, rank, name, count := " ", span{"", " "}, pal.dim, style(""), style("")
	if row.Rank <= len(pal.medals) {
		medal = span{pal.medals[row.Rank-1], "★"}
		rank, name = pal.medals[row.Rank-1], pal.strong
	}
	if row.Name == m.standing.Name {
		mark, rank, name, count = "▸", pal.own, pal.own, pal.own
		row.Name = m.marked(row.Name)
		row.Clicks = max(row.Clicks, m.own) // the board may be a little late
	}
	pal.own.put(b, mark)
	medal.style.put(b, medal.text)
	number := groupedInt(row.Rank)
	b.WriteString(blanks(1 + c.rank - len(number)))
	rank.put(b, number)
	b.WriteString("  ")
	shown, n := clean(row.Name, c.name)
	name.put(b, shown)
	clicks := numberIn(row.Clicks, c.count)
	b.WriteString(blanks(2 + c.name - n + c.count - widthOf(clicks)))
	count.put(b, clicks)
	if c.bar > 0 {
		b.WriteString("  ")
		bar := bar(row.Clicks, c.most, c.bar)
		pal.glowAt(line, lines).put(b, bar)
		b.WriteString(blanks(c.bar - widthOf(bar)))
	}
}

// bar is a count on a logarithmic scale of w cells, drawn in halves of a cell:
// next to somebody with a million clicks a thousand are still half of a bar.
func bar(n, most uint64, w int) string {
	if n == 0 || most == 0 {
		return ""
	}
	share := math.Log1p(float64(n)) / math.Log1p(float64(most))
	halves := max(int(math.Round(min(share, 1)*float64(2*w))), 1)
	return strings.Repeat("━", halves/2) + strings.Repeat("╸", halves%2)
}
