package identity

import (
	"strings"
	"unicode"
)

// Printable makes a name that the old version stored, and which may be
// anything, safe to print in a terminal: what is not printable, and what
// changes the direction of writing, becomes a dot.
func Printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, name)
}
