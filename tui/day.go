package tui

import (
	"fmt"
	"strings"
	"time"

	"clickky/sync/game"
)

const (
	dayParts = len(game.Day{}.Clicks)
	dayPart  = 10 * time.Minute
	hour     = int(time.Hour / dayPart) // in parts
)

// dayChart is how a day is drawn into some cells: as a minute is, with so many
// parts of the day for each column. Columns begin at full hours, or divide them.
type dayChart struct {
	minuteChart

	first int // the first part of the first column, since 1970
}

// dayChartFor is the chart that fits into w cells.
func dayChartFor(day *game.Day, w int) dayChart {
	for _, parts := range [...]int{1, 2, 3, 6, 12, 18, 24, 36} {
		columns := dayParts / parts
		if columns > w {
			continue
		}
		c := dayChart{minuteChart: minuteChart{parts, columns, min(w/columns, 2)}}
		end := int(day.Until.Unix() / int64(dayPart/time.Second)) // of the newest part
		c.first = ((end+parts-1)/parts - columns) * parts
		return c
	}
	return dayChart{}
}

// columnsOf are the clicks in each column, and the most in one.
func (c dayChart) columnsOf(day *game.Day) (columns []uint32, peak uint32) {
	oldest := int(day.Until.Unix()/int64(dayPart/time.Second)) - dayParts
	columns = make([]uint32, c.columns)
	for i := range columns {
		var sum uint64
		for part := range c.seconds {
			if at := c.first + i*c.seconds + part - oldest; at >= 0 && at < dayParts {
				sum += uint64(day.Clicks[at])
			}
		}
		columns[i] = uint32(min(sum, 1<<32-1)) //nolint:gosec // bounded
		peak = max(peak, columns[i])
	}
	return columns, peak
}

// hours are the hours of the columns, as many as there is room for.
func (c dayChart) hours() string {
	line := []byte(blanks(c.columns * c.cells))
	for _, step := range [...]int{1, 2, 3, 6, 12} {
		if step*hour/c.seconds*c.cells < 4 || step*hour%c.seconds != 0 {
			continue
		}
		for i := range c.columns {
			part := c.first + i*c.seconds
			if at := i * c.cells; part%(step*hour) == 0 && at+2 <= len(line) {
				copy(line[at:], fmt.Sprintf("%02d", part/hour%24))
			}
		}
		return string(line)
	}
	return string(line)
}

// span is how long a column is, in words.
func (c dayChart) span() string {
	if c.seconds%hour == 0 {
		return count(c.seconds/hour, "hour")
	}
	return count(c.seconds*int(dayPart/time.Minute), "minute")
}

// dayLines are the clicks of a player in the last 24 hours as a chart, in about as
// many lines as there are: with its scale at the left and the hours below.
func (m *Model) dayLines(day *game.Day, lines int) []string {
	const leastRows, mostRows = 3, 14
	pal, l := &m.look.pal, m.look
	var all uint64
	for _, clicks := range day.Clicks {
		all += uint64(clicks)
	}
	title := span{pal.dim, first(m.dashWidth(), "clicks of the last 24 hours", "last 24 hours")}
	if all == 0 {
		return []string{m.upperEdge(title), m.framed(span{pal.dim, "none"})}
	}
	scale := 6 // cells at the left
	chart := dayChartFor(day, m.dashWidth()-scale)
	columns, peak := chart.columnsOf(day)
	if chart.columns == 0 {
		return nil
	}
	top := ceiling(peak)
	before := (m.dashWidth() - scale - chart.columns*chart.cells) / 2
	rows := min(max(lines-2, leastRows), mostRows)
	out := []string{m.upperEdge(title, span{pal.dim, first(m.dashWidth()-2-widthOf(title.text),
		": "+grouped(all)+", at most "+grouped(uint64(peak))+" in "+chart.span(), ": "+grouped(all), "")})}
	for row := range rows {
		label := ""
		switch row {
		case 0:
			label = numberIn(uint64(top), scale-1)
		case rows - 1:
			label = "0"
		}
		out = append(out, m.framedLine(func(b *strings.Builder) {
			b.WriteString(blanks(before + scale - 1 - widthOf(label)))
			pal.dim.put(b, label)
			b.WriteByte(' ')
			l.minuteRow(b, chart.minuteChart, columns, top, row, rows)
			b.WriteString(blanks(m.dashWidth() - before - scale - chart.columns*chart.cells))
		}))
	}
	return append(out, m.framed(span{pal.dim, blanks(before+2) + "UTC " + chart.hours()}))
}
