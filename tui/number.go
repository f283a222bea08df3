package tui

import (
	"strconv"
	"strings"
)

// grouped writes a number with thousands separators.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	if len(s) <= 3 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + (len(s)-1)/3)
	head := (len(s)-1)%3 + 1
	b.WriteString(s[:head])
	for i := head; i < len(s); i += 3 {
		b.WriteByte(',')
		b.WriteString(s[i : i+3])
	}
	return b.String()
}

// groupedWidth is how wide a number with thousands separators is.
func groupedWidth(n uint64) int {
	digits := 1
	for ; n >= 10; n /= 10 {
		digits++
	}
	return digits + (digits-1)/3
}

// groupedInt is grouped for what cannot be negative but has a sign.
func groupedInt(n int) string { return grouped(uint64(max(n, 0))) } //nolint:gosec // not negative

// numberIn writes a number into at most w cells: with separators, else without,
// else rounded, else not at all: half a number would be a wrong one.
func numberIn(n uint64, w int) string {
	if groupedWidth(n) <= w {
		return grouped(n)
	}
	for _, s := range []string{
		strconv.FormatUint(n, 10),
		strings.Replace(strconv.FormatFloat(float64(n), 'e', 1, 64), "e+", "e", 1),
	} {
		if len(s) <= w {
			return s
		}
	}
	return strings.Repeat(more, max(min(w, 1), 0))
}

// rated writes clicks a second.
func rated(rate float64) string { return strconv.FormatFloat(rate, 'f', 1, 64) }

// standingText is the player's rank, such as "#3 of 120".
func standingText(rank, of int) string { return "#" + groupedInt(rank) + " of " + groupedInt(of) }

// count writes a number with its noun, in the plural when it has to be.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return groupedInt(n) + " " + noun + "s"
}
