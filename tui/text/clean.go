// Package text fits names, numbers and words into a limited number of cells. Its results have the
// same width on every terminal and contain no control sequences.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	// Ellipsis replaces text that doesn't fit.
	Ellipsis = "…"

	replacement = "·" // replaces a character that can't be shown

	// maxCluster bounds the bytes of a character with its marks: a stack of a hundred accents would
	// be sent with every frame.
	maxCluster = 16
)

// Clean makes any text safe to show in at most w cells. It replaces what isn't printable with a dot:
// control bytes, escape sequences, line ends, invisible and bidirectional characters. A character is
// kept whole only if terminals agree on its width, whether they measure grapheme clusters or code
// points.
func Clean(text string, w int) string {
	switch {
	case w <= 0:
		return ""
	case isPrintableASCII(text) && len(text) <= w:
		return text
	case isPrintableASCII(text):
		return text[:w-1] + Ellipsis
	}
	var b strings.Builder
	width, atMore, lenMore := 0, 0, 0
	for len(text) > 0 {
		cluster, _ := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		text = text[len(cluster):]
		shown, n := shownCluster(cluster)
		if width+n > w {
			return verifyWidth(b.String()[:lenMore]+Ellipsis, atMore+1, w)
		}
		b.WriteString(shown)
		if width += n; width < w { // an ellipsis still fits here
			atMore, lenMore = width, b.Len()
		}
	}
	return verifyWidth(b.String(), width, w)
}

// Width returns the width of printable text in cells.
func Width(s string) int {
	if isPrintableASCII(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// FirstFit returns the first text that fits, or else the last.
func FirstFit(w int, texts ...string) string {
	for _, t := range texts {
		if Width(t) <= w {
			return t
		}
	}
	return texts[len(texts)-1]
}

func isPrintableASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

func shownCluster(cluster string) (string, int) {
	if w, ok := agreedWidth(cluster); ok && len(cluster) <= maxCluster {
		return cluster, w
	}
	_, size := utf8.DecodeRuneInString(cluster)
	if w, ok := agreedWidth(cluster[:size]); ok {
		return cluster[:size], w
	}
	return replacement, 1
}

// agreedWidth returns the width of a cluster of printable characters, if terminals agree on it.
func agreedWidth(cluster string) (int, bool) {
	for _, r := range cluster {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return 0, false
		}
	}
	w := ansi.StringWidth(cluster)
	return w, w > 0 && w == ansi.StringWidthWc(cluster)
}

// verifyWidth measures the whole text again, because shortened clusters may join with their
// neighbours. If the width is wrong, all non-ASCII characters become dots.
func verifyWidth(text string, width, w int) string {
	if ansi.StringWidth(text) == width && ansi.StringWidthWc(text) == width {
		return text
	}
	return Clean(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '.'
		}
		return r
	}, text), w)
}

// Spaces returns n spaces, or none if n is negative.
func Spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }
