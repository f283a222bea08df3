package identity

import (
	"strings"
	"unicode"
)

// Printable makes a name from the old version, which may contain anything, safe to print in a
// terminal. Unprintable and bidirectional characters become dots.
func Printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, name)
}
