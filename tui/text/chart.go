package text

import "strings"

// Ceiling is a round number that a peak stays below, so that the chart seldom
// changes its scale.
func Ceiling(peak uint32) uint32 {
	for power := uint32(1); power < 1e9; power *= 10 {
		for _, n := range [...]uint32{4, 6, 8, 10, 15, 20, 30} {
			if peak <= n*power {
				return n * power
			}
		}
	}
	return peak
}

// eighths are a column of a cell, by how much of it is full.
var eighths = [...]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// ChartCell is the cell of a column in a row. What is not 0 is seen.
func ChartCell(clicks, top uint32, row, rows int) string {
	below := 8 * (rows - 1 - row)
	if clicks == 0 {
		return eighths[min(1, max(1-below, 0))]
	}
	level := max(int(uint64(clicks)*uint64(8*rows)/uint64(top)), 2)
	return eighths[min(max(level-below, 0), 8)]
}

// Bar is a line that fills so many halves of a cell, which bubbles' progress can't.
func Bar(halves int) string {
	return strings.Repeat("━", halves/2) + strings.Repeat("╸", halves%2)
}
