package tui

import (
	"slices"
	"strings"

	"clickky/sync/live"
	"clickky/tui/text"
)

const (
	// labelCells are for what stands right of the last minute, the space
	// before it included.
	labelCells = 11
	// minuteWide is how wide the last minute is with a cell for each second.
	minuteWide = len(live.History{}.Seconds) + labelCells
)

// minuteChart is how the last minute is drawn into some cells. The columns do
// not run past once a second, for that would change all of them: a new one comes
// at the right, and when there is no room for another, all move on by a sixth of
// the width.
type minuteChart struct {
	seconds int // for each column
	columns int
	cells   int // for each column
}

// chartFor is the chart that fits into w cells with its label.
func chartFor(w int) minuteChart {
	const all = minuteWide - labelCells
	w -= labelCells
	if w >= 2*all {
		return minuteChart{1, all, 2}
	}
	for _, seconds := range [...]int{1, 2, 3, 4, 6} {
		if all/seconds <= w {
			return minuteChart{seconds, all / seconds, 1}
		}
	}
	return minuteChart{}
}

// columnsOf are the clicks a second in each column, from the left; those at the
// right that are yet to come are missing.
func (c minuteChart) columnsOf(h *live.History) []uint32 {
	step := max(c.columns/6, 1)
	newest := h.End / c.seconds // columns that are complete by now, since the beginning
	first := (newest+step-1)/step*step - c.columns
	columns := make([]uint32, 0, c.columns)
	for column := first; column < newest; column++ {
		var sum uint64
		for s := range c.seconds {
			if at := column*c.seconds + s - h.End + len(h.Seconds); at >= 0 {
				sum += uint64(h.Seconds[at])
			}
		}
		columns = append(columns, uint32((sum+uint64(c.seconds)/2)/uint64(c.seconds)))
	}
	return columns
}

// renderMinute draws the clicks a second of the last minute, with their peak.
func (l *look) renderMinute(f minuteFacts) []string {
	rows, w := l.lay.hero.minuteH, l.counterRoom()
	if rows == 0 || l.lay.hero.minute < 0 {
		return nil
	}
	h := f.history
	if h == nil {
		h = &live.History{}
	}
	chart := chartFor(w)
	if f.calm || chart.columns == 0 {
		return l.minuteWords(h, rows)
	}
	columns, top := chart.columnsOf(h), text.Ceiling(h.Peak)
	lines := make([]string, 0, rows)
	for row := range rows {
		lines = append(lines, l.counterLine(func(b *strings.Builder) {
			before := (w - chart.columns*chart.cells - labelCells) / 2
			b.WriteString(blanks(before))
			l.minuteRow(b, chart, columns, top, row, rows)
			b.WriteByte(' ')
			rest := w - before - chart.columns*chart.cells - 1
			b.WriteString(blanks(rest - put(b, rest, l.minuteLabel(h.Peak, row, rows))))
		}))
	}
	return lines
}

// minuteLabel is what stands right of a row.
func (l *look) minuteLabel(peak uint32, row, rows int) []span {
	switch row {
	case 0:
		return []span{{l.pal.dim, "peak "}, {l.pal.strong, text.Number(uint64(peak), labelCells-6)}}
	case rows - 1:
		return []span{{l.pal.dim, "a second"}}
	default:
		return nil
	}
}

// minuteWords are the last minute without a chart.
func (l *look) minuteWords(h *live.History, rows int) []string {
	w := l.counterRoom()
	lines := slices.Repeat([]string{l.hollow}, rows)
	lines[rows/2] = l.counterLine(func(b *strings.Builder) {
		centre(b, w, []span{
			{l.pal.dim, text.First(w-8, "peak of the last minute: ", "peak ")},
			{l.pal.strong, text.Grouped(uint64(h.Peak))},
			{l.pal.dim, " a second"},
		})
	})
	return lines
}

// minuteRow draws one row of the chart. A second without a click is a thin line
// at the foot, one that is yet to come is empty.
func (l *look) minuteRow(b *strings.Builder, chart minuteChart, columns []uint32, top uint32, row, rows int) {
	for i := 0; i < len(columns); {
		idle, from := columns[i] == 0, i
		for i < len(columns) && (columns[i] == 0) == idle {
			i++
		}
		style := l.pal.glowAt(row+1, rows+1)
		switch {
		case idle && row < rows-1:
			style = ""
		case idle:
			style = l.pal.frame
		}
		b.WriteString(string(style))
		for _, clicks := range columns[from:i] {
			cell := text.ChartCell(clicks, top, row, rows)
			for range chart.cells {
				b.WriteString(cell)
			}
		}
		if style != "" {
			b.WriteString(reset)
		}
	}
	b.WriteString(blanks((chart.columns - len(columns)) * chart.cells))
}
