package text

import "strings"

// Ceiling returns a round number of at least peak, so that a chart rarely changes its scale.
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

// eighths are the block characters from empty to full.
var eighths = [...]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// Level returns a block that fills that many eighths of a cell; at most all.
func Level(eighth uint8) string { return eighths[min(int(eighth), len(eighths)-1)] }

// ChartCell returns one cell of a column. Counts above 0 are always visible.
func ChartCell(clicks, top uint32, row, rows int) string {
	below := 8 * (rows - 1 - row)
	if clicks == 0 {
		return eighths[min(1, max(1-below, 0))]
	}
	level := max(int(uint64(clicks)*uint64(8*rows)/uint64(top)), 2)
	return eighths[min(max(level-below, 0), 8)]
}

// Bar returns a line of half cells, which the progress bar of bubbles can't draw.
func Bar(halves int) string {
	return strings.Repeat("━", halves/2) + strings.Repeat("╸", halves%2)
}
