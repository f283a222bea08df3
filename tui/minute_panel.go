package tui

import (
	"slices"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

const (
	// labelCells are for what stands right of the last minute, the space before it included.
	labelCells = 11
	// minuteWidth is how wide the last minute is with a cell for each second.
	minuteWidth = len(live.History{}.Seconds) + labelCells
)

// minuteKey is the last minute as it is shown.
type minuteKey struct {
	history *live.History
	calm    bool
	hidden  bool
}

// minutePanel is the clicks a second of the last minute, with their peak: as a chart, or in words
// where there is no room for one or motion is reduced.
func (l *look) minutePanel() panel {
	rows, w := l.hero[rowMinute], l.counterWidth()
	key := func(now *moment) minuteKey { return minuteKey{now.snap.History, now.calm, now.newcomer} }
	return newPanel(l.line(rowMinute), key, func(k minuteKey) []string {
		h, chart := k.history, chartFor(w)
		if h == nil {
			h = &live.History{}
		}
		switch {
		case k.hidden || rows == 0:
			return make([]string, rows)
		case k.calm || chart.columns == 0:
			lines := slices.Repeat([]string{l.counterLine()}, rows)
			lines[rows/2] = l.counterLine(span{&l.Styles.Dim, text.First(w-8, "peak of the last minute: ", "peak ")},
				span{&l.Styles.Strong, text.Grouped(uint64(h.Peak))}, span{&l.Styles.Dim, " a second"})
			return lines
		}
		columns := chart.columnsOf(h)
		missing := text.Blanks((chart.columns - len(columns)) * chart.cells)
		lines := make([]string, rows)
		for row, runs := range screen.Chart(l.Styles, columns, text.Ceiling(h.Peak), rows, chart.cells) {
			spans := make([]span, 0, len(runs)+4) // with the label
			for _, run := range runs {
				spans = append(spans, span(run))
			}
			spans = append(spans, span{&l.Styles.Plain, missing + " "})
			lines[row] = l.counterLine(append(spans, l.minuteLabel(h.Peak, row, rows)...)...)
		}
		return lines
	})
}

// minuteLabel is what stands right of a row.
func (l *look) minuteLabel(peak uint32, row, rows int) []span {
	label := []span{}
	switch row {
	case 0:
		label = []span{{&l.Styles.Dim, "peak "}, {&l.Styles.Strong, text.Number(uint64(peak), labelCells-6)}}
	case rows - 1:
		label = []span{{&l.Styles.Dim, "a second"}}
	}
	return append(label, span{&l.Styles.Plain, text.Blanks(labelCells - 1 - widthOf(label))})
}

// minuteChart is how the last minute is drawn into some cells. The columns do not run past once a
// second, for that would change all of them: a new one comes at the right, and when there is no room
// for another, all move on by a sixth of the width.
type minuteChart struct {
	seconds int // for each column
	columns int
	cells   int // for each column
}

// chartFor is the chart that fits into w cells with its label.
func chartFor(w int) minuteChart {
	const all = minuteWidth - labelCells
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

// columnsOf are the clicks a second in each column, from the left; those at the right that are yet
// to come are missing.
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
