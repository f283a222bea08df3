// Package text writes names, numbers and words into a limited number of cells. What it returns
// is as wide as it says on every terminal, and free of control sequences.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	// More stands for what did not fit.
	More = "…"

	hole = "·" // stands for what cannot be shown

	// maxCluster is how many bytes one character may have with all its marks;
	// a stack of a hundred accents would otherwise be sent with every frame.
	maxCluster = 16
)

// Clean makes text of any origin fit to be shown in at most w cells, and
// returns how many it takes. What is not printable becomes a dot: control
// bytes, escape sequences, line ends, invisible and direction-changing
// characters. A character stays whole only if terminals agree on its width,
// those that know grapheme clusters and those that add up code points.
func Clean(text string, w int) (string, int) {
	if w <= 0 || text == "" {
		return "", 0
	}
	if plain(text) {
		if len(text) <= w {
			return text, len(text)
		}
		return text[:w-1] + More, w
	}
	var b strings.Builder
	width, atMore, lenMore := 0, 0, 0
	for len(text) > 0 {
		cluster, _ := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		text = text[len(cluster):]
		shown, n := visible(cluster)
		if width+n > w {
			return confirm(b.String()[:lenMore]+More, atMore+1, w)
		}
		b.WriteString(shown)
		if width += n; width < w { // up to here there is room for the ellipsis
			atMore, lenMore = width, b.Len()
		}
	}
	return confirm(b.String(), width, w)
}

// Width is how many cells text takes that is fit to be shown.
func Width(s string) int {
	if plain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// First is the first of several texts that fits, and else the last.
func First(w int, texts ...string) string {
	for _, t := range texts {
		if Width(t) <= w {
			return t
		}
	}
	return texts[len(texts)-1]
}

// plain tells whether text is printable ASCII and nothing else.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// visible is how a grapheme cluster is shown, and how wide that is.
func visible(cluster string) (string, int) {
	if w, ok := agreed(cluster); ok && len(cluster) <= maxCluster {
		return cluster, w
	}
	_, size := utf8.DecodeRuneInString(cluster)
	if w, ok := agreed(cluster[:size]); ok {
		return cluster[:size], w
	}
	return hole, 1
}

// agreed is the width of a cluster of printable characters, if there is but
// one way to see it.
func agreed(cluster string) (int, bool) {
	for _, r := range cluster {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return 0, false
		}
	}
	w := ansi.StringWidth(cluster)
	return w, w > 0 && w == ansi.StringWidthWc(cluster)
}

// confirm measures the whole once more: shortened clusters that came to stand
// side by side may join. Then everything that is not ASCII becomes a dot.
func confirm(text string, width, w int) (string, int) {
	if ansi.StringWidth(text) == width && ansi.StringWidthWc(text) == width {
		return text, width
	}
	return Clean(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '.'
		}
		return r
	}, text), w)
}

// Blanks are n empty cells; none if n is negative.
func Blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }
