package admin

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/tui/screen"
	"clickky/tui/text"
)

const (
	partsPerDay  = len(game.Last24Hours{}.Clicks)
	partLength   = 10 * time.Minute
	partsPerHour = int(time.Hour / partLength) // in parts
)

// dayChart describes how a day is drawn: how many parts of it each column covers. Columns start at
// full hours or divide them.
type dayChart struct {
	parts, columns int
	cells          int // per column
	first          int // the first part of the first column, counted from 1970
}

// endPart returns the part in which a day ends, counted from 1970.
func endPart(day *game.Last24Hours) int { return int(day.Until.Unix() / int64(partLength/time.Second)) }

// dayChartFor returns the chart that fits into w cells.
func dayChartFor(day *game.Last24Hours, w int) dayChart {
	for _, parts := range [...]int{1, 2, 3, 6, 12, 18, 24, 36} {
		if columns := partsPerDay / parts; columns <= w {
			return dayChart{parts, columns, min(w/columns, 2), ((endPart(day)+parts-1)/parts - columns) * parts}
		}
	}
	return dayChart{}
}

// columnsOf returns the clicks in each column. The parts before the first column are left out.
func (c dayChart) columnsOf(day *game.Last24Hours) []uint32 {
	columns := make([]uint32, c.columns)
	oldest := endPart(day) - partsPerDay
	for i, clicks := range day.Clicks[c.first-oldest:] {
		column := &columns[i/c.parts]
		*column += min(clicks, math.MaxUint32-*column)
	}
	return columns
}

// hourLabels returns the line of hours below the columns, as many as fit.
func (c dayChart) hourLabels() string {
	line := []byte(strings.Repeat(" ", c.columns*c.cells))
	step := c.parts
	for step%partsPerHour != 0 || step/c.parts*c.cells < 4 {
		step += c.parts
	}
	for i := range c.columns {
		part := c.first + i*c.parts
		if at := i * c.cells; part%step == 0 && at+2 <= len(line) {
			copy(line[at:], fmt.Sprintf("%02d", part/partsPerHour%24))
		}
	}
	return string(line)
}

// renderDay renders a player's last 24 hours as a chart in about the given number of lines, with
// its scale at the left and the hours below. It lacks the panel's bottom border.
func (p *playerPage) renderDay(w, lines int) string {
	const leastRows, mostRows, scale = 3, 14, 6 // scale is in cells, at the left
	day, dim, inner := &p.details.Last24Hours, &p.Styles.Dim, p.innerWidth(w)
	var total uint64
	for _, clicks := range day.Clicks {
		total += uint64(clicks)
	}
	title := text.FirstFit(inner, "clicks of the last 24 hours", "last 24 hours")
	if total == 0 {
		return joinBlocks(p.topBorder(dim.Render(title), w), p.renderBody(w, 1, dim.Render("none")))
	}
	c := dayChartFor(day, inner-scale)
	if c.columns == 0 {
		return ""
	}
	columns := c.columnsOf(day)
	peak := slices.Max(columns)
	top, rows := text.Ceiling(peak), min(max(lines-2, leastRows), mostRows)
	title += text.FirstFit(inner-2-len(title), ": "+text.Grouped(total)+", at most "+text.Grouped(uint64(peak))+" in "+text.Duration(time.Duration(c.parts)*partLength), ": "+text.Grouped(total), "")
	axis := text.Number(uint64(top), scale-1) + strings.Repeat("\n", rows-1) + "0\nUTC"
	bars := ""
	for _, runs := range screen.Chart(p.Styles, columns, top, rows, c.cells) {
		for _, run := range runs {
			bars += run.Style.Render(run.Text)
		}
		bars += "\n"
	}
	body := lipgloss.JoinHorizontal(lipgloss.Top, dim.Width(scale).Align(lipgloss.Right).PaddingRight(1).Render(axis), bars+dim.Render(c.hourLabels()))
	return joinBlocks(p.topBorder(dim.Render(title), w), p.renderBody(w, rows+1, lipgloss.PlaceHorizontal(inner, lipgloss.Center, body)))
}
