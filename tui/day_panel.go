package tui

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

const (
	hoursPerDay  = 24
	partsPerHour = game.DayParts / hoursPerDay
	// hourCells is the width of an hour in the chart of the day, which is as wide as the chart of the
	// last minute above it.
	hourCells = 2 * (minuteWidth - labelCells) / hoursPerDay
)

type dayKey struct {
	chart *game.DayChart
	hour  int
}

// dayPanel shows everybody's clicks in each hour since midnight UTC, on the wall.
func (a *appearance) dayPanel() panel {
	if a.Rows[layout.RowDay] == 0 {
		return staticPanel(0)
	}
	return newPanel(a.Rows.Start(layout.RowDay), func(now *sharedKey) dayKey {
		return dayKey{now.snap.Today.Chart, now.snap.Today.Hour}
	}, a.renderDay)
}

func (a *appearance) renderDay(k dayKey) []string {
	columns, peak := k.columns()
	rows := a.Rows[layout.RowDay] - 3 // without the borders and the hours
	lines := []string{text.Spaces(a.X) + a.Border(screen.TopCorners, a.W, lipgloss.Left, a.Styles.Dim.Render("today (UTC)"))}
	lines = append(lines, a.renderChart(columns, peak, "an hour", rows, hourCells, hoursPerDay)...)
	var hours []theme.Span
	for hour := range hoursPerDay {
		style := &a.Styles.Dim
		if hour == k.hour {
			style = &a.Styles.Strong
		}
		hours = append(hours, style.Span(fmt.Sprintf("%02d", hour)), a.Styles.Plain.Span(text.Spaces(hourCells-2)))
	}
	lines = append(lines, a.counterLine(append(hours, a.Styles.Plain.Span(text.Spaces(labelCells)))...))
	return append(lines, text.Spaces(a.X)+a.Border(screen.BottomCorners, a.W, lipgloss.Left, ""))
}

// columns returns the clicks of each hour until now, and their maximum.
func (k dayKey) columns() (columns []uint32, peak uint32) {
	columns = make([]uint32, min(k.hour, hoursPerDay-1)+1)
	if k.chart == nil {
		return columns, 0
	}
	for i := range columns {
		for _, n := range k.chart[i*partsPerHour : (i+1)*partsPerHour] {
			columns[i] += n
		}
		peak = max(peak, columns[i])
	}
	return columns, peak
}
