package server

import (
	"strings"

	"clickky/tui"
	"clickky/tui/theme"
)

// A choice, as the ledger remembers it, is words with commas between them: the
// theme, whether there is to be less motion, and whether keys are to be plain, such as
// "theme=light,calm,plainkeys". They
// stay as they are for good, because databases have them.
const (
	themeWord = "theme="
	calmWord  = "calm"
	keysWord  = "plainkeys"
	bellWord  = "bell"
)

var themeWords = map[theme.Theme]string{
	theme.Auto: "auto", theme.Dark: "dark", theme.Light: "light", theme.Contrast: "contrast", theme.Mono: "mono",
}

// choiceOf is what a player has chosen for the screen, as a choice.
func choiceOf(p tui.Prefs) string {
	words := []string{themeWord + themeWords[p.Theme]}
	if p.Calm {
		words = append(words, calmWord)
	}
	if p.PlainKeys {
		words = append(words, keysWord)
	}
	if p.Bell {
		words = append(words, bellWord)
	}
	return strings.Join(words, ",")
}

// prefsOf is the opposite of choiceOf. Words that it does not know, of a later
// version for example, are ignored.
func prefsOf(choice string) (p tui.Prefs) {
	for word := range strings.SplitSeq(choice, ",") {
		p.Calm = p.Calm || word == calmWord
		p.PlainKeys = p.PlainKeys || word == keysWord
		p.Bell = p.Bell || word == bellWord
		for theme, name := range themeWords {
			if word == themeWord+name {
				p.Theme = theme
			}
		}
	}
	return p
}
