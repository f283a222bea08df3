package text

import (
	"strconv"
	"strings"
	"time"
)

// number is a count. Negative values are shown as 0.
type number interface{ int | uint64 }

// Grouped writes a number with thousands separators.
func Grouped[N number](n N) string {
	var digits [20]byte
	all := strconv.AppendUint(digits[:0], uint64(max(n, 0)), 10)
	grouped := make([]byte, 0, len(digits)+6)
	for i, digit := range all {
		if i > 0 && (len(all)-i)%3 == 0 {
			grouped = append(grouped, ',')
		}
		grouped = append(grouped, digit)
	}
	return string(grouped)
}

// GroupedWidth returns the width of a number with thousands separators.
func GroupedWidth(n uint64) int {
	digits := 1
	for ; n >= 10; n /= 10 {
		digits++
	}
	return digits + (digits-1)/3
}

// Number writes a number into at most w cells: with separators, else without, else rounded, else as
// an ellipsis. It never shows only a part of the digits.
func Number[N number](n N, w int) string {
	if s := Grouped(n); len(s) <= w {
		return s
	}
	for _, s := range []string{
		strconv.FormatUint(uint64(max(n, 0)), 10),
		strings.Replace(strconv.FormatFloat(float64(n), 'e', 1, 64), "e+", "e", 1),
	} {
		if len(s) <= w {
			return s
		}
	}
	return strings.Repeat(Ellipsis, max(min(w, 1), 0))
}

// Rate writes clicks per second.
func Rate(rate float64) string { return strconv.FormatFloat(rate, 'f', 1, 64) }

// Rank writes a rank among players, such as "#3 of 120". A rank of 0 is none.
func Rank(rank, of int) string {
	if rank == 0 {
		return "no rank yet"
	}
	return "#" + Grouped(rank) + " of " + Grouped(of)
}

// Plural returns the plural of a noun unless n is 1.
func Plural[N number](n N, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// Count writes a number with its noun.
func Count[N number](n N, noun string) string { return Grouped(n) + " " + Plural(n, noun) }

// Duration formats a duration in words, rounded down to one unit.
func Duration(d time.Duration) string {
	n, unit, _ := inUnit(d)
	return Count(max(n, 1), unit)
}

// Ago writes a rounded age.
func Ago(age time.Duration) string {
	if age < 10*time.Second {
		return "just now"
	}
	n, _, short := inUnit(age)
	return strconv.Itoa(n) + " " + short + " ago"
}

// inUnit returns a duration in the unit that suits it, rounded down, and the unit's long and short
// name.
func inUnit(d time.Duration) (n int, unit, short string) {
	switch {
	case d < time.Minute:
		return int(d / time.Second), "second", "s"
	case d < time.Hour:
		return int(d / time.Minute), "minute", "min"
	case d < 48*time.Hour:
		return int(d / time.Hour), "hour", "h"
	default:
		return int(d / (24 * time.Hour)), "day", "days"
	}
}
