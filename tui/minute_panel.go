package tui

import (
	"slices"

	"clickky/sync/live"
	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

const (
	// labelCells is the width of the label at the right of the chart, including the space before
	// it.
	labelCells = 11
	// minuteWidth is the chart's width with one cell per second.
	minuteWidth = len(live.History{}.Seconds) + labelCells
)

type minuteKey struct {
	history       *live.History
	reducedMotion bool
	isHidden      bool
}

// minutePanel shows the clicks per second of the last minute and their peak: as a chart, or in
// words if there is no room for a chart or motion is reduced.
func (a *appearance) minutePanel() panel {
	rows, w := a.CounterRows[layout.RowMinute], a.counterWidth()
	key := func(now *sharedKey) minuteKey { return minuteKey{now.snap.History, now.reducedMotion, now.isCovered} }
	return newPanel(a.CounterRow(layout.RowMinute), key, func(k minuteKey) []string {
		h, chart := k.history, chartFor(w)
		if h == nil {
			h = &live.History{}
		}
		switch {
		case k.isHidden || rows == 0:
			return make([]string, rows)
		case k.reducedMotion || chart.columns == 0:
			lines := slices.Repeat([]string{a.counterLine()}, rows)
			lines[rows/2] = a.counterLine(a.Styles.Dim.Span(text.FirstFit(w-8, "peak of the last minute: ", "peak ")),
				a.Styles.Strong.Span(text.Grouped(uint64(h.Peak))), a.Styles.Dim.Span(" a second"))
			return lines
		}
		return a.renderChart(chart.columnsOf(h), h.Peak, "a second", rows, chart.cells, chart.columns)
	})
}

// renderChart returns the lines of a chart in the counter, with the peak at its right. It has room for
// more columns, up to most, at the right of the newest.
func (r *lineRenderer) renderChart(columns []uint32, peak uint32, unit string, rows, cells, most int) []string {
	lines := make([]string, rows)
	for row, spans := range screen.Chart(r.Styles, columns, text.Ceiling(peak), rows, cells) {
		spans = append(spans, r.Styles.Plain.Span(text.Spaces((most-len(columns))*cells+1)))
		lines[row] = r.counterLine(append(spans, r.peakLabel(peak, unit, row, rows)...)...)
	}
	return lines
}

// peakLabel returns the label at the right of a row of a chart. unit is what the peak is measured per.
func (r *lineRenderer) peakLabel(peak uint32, unit string, row, rows int) []theme.Span {
	label := []theme.Span{}
	switch row {
	case 0:
		label = []theme.Span{r.Styles.Dim.Span("peak "), r.Styles.Strong.Span(text.Number(uint64(peak), labelCells-6))}
	case rows - 1:
		label = []theme.Span{r.Styles.Dim.Span(unit)}
	}
	return append(label, r.Styles.Plain.Span(text.Spaces(labelCells-1-spansWidth(label))))
}

// minuteChart describes how a history is drawn. Columns don't scroll once a second, which would
// change all of them: new ones are added at the right, and when there is no room, all move left by
// a sixth of the width.
type minuteChart struct {
	seconds int // per column
	columns int
	cells   int // per column
}

// chartFor returns the chart that fits into w cells with its label.
func chartFor(w int) minuteChart {
	w -= labelCells
	for _, seconds := range [...]int{1, 2, 3, 4, 6} {
		if columns := len(live.History{}.Seconds) / seconds; columns <= w {
			return minuteChart{seconds, columns, min(w/columns, 2)}
		}
	}
	return minuteChart{}
}

// columnsOf returns the clicks per second in each column, from the left, up to the newest complete
// one.
func (c minuteChart) columnsOf(h *live.History) []uint32 {
	step := max(c.columns/6, 1)
	newest := h.End / c.seconds // complete columns since the start of the game
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
