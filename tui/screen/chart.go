package screen

import (
	"strings"

	"clickky/tui/text"
	"clickky/tui/theme"
)

// Run is text in one style.
type Run struct {
	Style *theme.Style
	Text  string
}

// Chart draws columns up to a top value, each some cells wide, in so many rows. Where nothing was, a
// thin line is at the foot.
func Chart(s *theme.Styles, columns []uint32, top uint32, rows, cells int) [][]Run {
	chart := make([][]Run, rows)
	for row := range chart {
		foot := &s.Plain
		if row == rows-1 {
			foot = &s.Frame
		}
		for i := 0; i < len(columns); {
			run, idle := strings.Builder{}, columns[i] == 0
			run.Grow(len("█") * cells * (len(columns) - i))
			for ; i < len(columns) && (columns[i] == 0) == idle; i++ {
				run.WriteString(strings.Repeat(text.ChartCell(columns[i], top, row, rows), cells))
			}
			style := s.GlowAt(row+1, rows+1)
			if idle {
				style = foot
			}
			chart[row] = append(chart[row], Run{style, run.String()})
		}
	}
	return chart
}
