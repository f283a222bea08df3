package screen

import (
	"strings"

	"clickky/tui/text"
	"clickky/tui/theme"
)

// Chart draws columns from 0 to top into rows lines, each column cells wide. Columns of 0 are a
// thin line at the bottom.
func Chart(s *theme.Styles, columns []uint32, top uint32, rows, cells int) [][]theme.Span {
	chart := make([][]theme.Span, rows)
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
			style := s.GradientAt(row+1, rows+1)
			if idle {
				style = foot
			}
			chart[row] = append(chart[row], style.Span(run.String()))
		}
	}
	return chart
}
