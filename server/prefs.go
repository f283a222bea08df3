package server

import (
	"strings"

	"clickky/tui"
)

// A choice, as the ledger remembers it, is words with commas between them: the
// theme, and whether there is to be less motion, such as "theme=light,calm". They
// stay as they are for good, because databases have them.
const (
	themeWord = "theme="
	calmWord  = "calm"
)

var themeWords = map[tui.Theme]string{
	tui.Auto: "auto", tui.Dark: "dark", tui.Light: "light", tui.Contrast: "contrast", tui.Mono: "mono",
}

// choiceOf is what a player has chosen for the screen, as a choice.
func choiceOf(p tui.Prefs) string {
	words := []string{themeWord + themeWords[p.Theme]}
	if p.Calm {
		words = append(words, calmWord)
	}
	return strings.Join(words, ",")
}

// prefsOf is the opposite of choiceOf. Words that it does not know, of a later
// version for example, are ignored.
func prefsOf(choice string) (p tui.Prefs) {
	for word := range strings.SplitSeq(choice, ",") {
		if word == calmWord {
			p.Calm = true
		}
		for theme, name := range themeWords {
			if word == themeWord+name {
				p.Theme = theme
			}
		}
	}
	return p
}
