package admin

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/tui/screen"
	"clickky/tui/text"
)

const (
	dayParts = len(game.Day{}.Clicks)
	dayPart  = 10 * time.Minute
	hour     = int(time.Hour / dayPart) // in parts
)

// dayChart is how a day is drawn into some cells, with so many parts of the day for each column.
// Columns begin at full hours, or divide them.
type dayChart struct {
	parts, columns int
	cells          int // for each column
	first          int // the first part of the first column, since 1970
}

// endOf is the part of time with which a day ends, since 1970.
func endOf(day *game.Day) int { return int(day.Until.Unix() / int64(dayPart/time.Second)) }

// dayChartFor is the chart that fits into w cells.
func dayChartFor(day *game.Day, w int) dayChart {
	for _, parts := range [...]int{1, 2, 3, 6, 12, 18, 24, 36} {
		if columns := dayParts / parts; columns <= w {
			return dayChart{parts, columns, min(w/columns, 2), ((endOf(day)+parts-1)/parts - columns) * parts}
		}
	}
	return dayChart{}
}

// columnsOf are the clicks in each column, and the most in one.
func (c dayChart) columnsOf(day *game.Day) (columns []uint32, peak uint32) {
	oldest := endOf(day) - dayParts
	for i := range c.columns {
		var sum uint64
		for part := range c.parts {
			if at := c.first + i*c.parts + part - oldest; at >= 0 && at < dayParts {
				sum += uint64(day.Clicks[at])
			}
		}
		columns = append(columns, uint32(min(sum, 1<<32-1)))
		peak = max(peak, columns[i])
	}
	return columns, peak
}

// hours are the hours of the columns, as many as there is room for.
func (c dayChart) hours() string {
	line := []byte(strings.Repeat(" ", c.columns*c.cells))
	step := c.parts
	for step%hour != 0 || step/c.parts*c.cells < 4 {
		step += c.parts
	}
	for i := range c.columns {
		part := c.first + i*c.parts
		if at := i * c.cells; part%step == 0 && at+2 <= len(line) {
			copy(line[at:], fmt.Sprintf("%02d", part/hour%24))
		}
	}
	return string(line)
}

// span is how long a column is, in words.
func (c dayChart) span() string {
	if c.parts%hour == 0 {
		return text.Count(c.parts/hour, "hour")
	}
	return text.Count(c.parts*int(dayPart/time.Minute), "minute")
}

// day is the clicks of the player in the last 24 hours as a chart, in about as many lines as there
// are: with its scale at the left and the hours below. The lower side of the panel is missing.
func (p *playerPage) day(w, lines int) string {
	const leastRows, mostRows, scale = 3, 14, 6 // scale is cells at the left
	day, dim, inner := &p.sheet.Day, &p.Styles.Dim, p.inner(w)
	var all uint64
	for _, clicks := range day.Clicks {
		all += uint64(clicks)
	}
	title := text.FirstFit(inner, "clicks of the last 24 hours", "last 24 hours")
	if all == 0 {
		return stack(p.upper(dim.Render(title), w), p.sides(w, 1, dim.Render("none")))
	}
	c := dayChartFor(day, inner-scale)
	if c.columns == 0 {
		return ""
	}
	columns, peak := c.columnsOf(day)
	top, rows := text.Ceiling(peak), min(max(lines-2, leastRows), mostRows)
	title += text.FirstFit(inner-2-len(title), ": "+text.Grouped(all)+", at most "+text.Grouped(uint64(peak))+" in "+c.span(), ": "+text.Grouped(all), "")
	axis := text.Number(uint64(top), scale-1) + strings.Repeat("\n", rows-1) + "0\nUTC"
	bars := ""
	for _, runs := range screen.Chart(p.Styles, columns, top, rows, c.cells) {
		for _, run := range runs {
			bars += run.Style.Render(run.Text)
		}
		bars += "\n"
	}
	body := lipgloss.JoinHorizontal(lipgloss.Top, dim.Width(scale).Align(lipgloss.Right).PaddingRight(1).Render(axis), bars+dim.Render(c.hours()))
	return stack(p.upper(dim.Render(title), w), p.sides(w, rows+1, lipgloss.PlaceHorizontal(inner, lipgloss.Center, body)))
}
