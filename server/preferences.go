package server

import (
	"strings"

	"clickky/sync/game"
	"clickky/tui"
	"clickky/tui/theme"
)

// Databases store a player's preferences as words separated by commas, such as
// "theme=light,calm,plainkeys". The words must not change.
const (
	themeWord   = "theme="
	calmWord    = "calm"
	keysWord    = "plainkeys"
	bellWord    = "bell"
	asciiWord   = "ascii"
	unicodeWord = "unicode"
	// game.HiddenWord hides the player, also on other servers.
)

var themeWords = map[theme.Theme]string{
	theme.Auto: "auto", theme.Dark: "dark", theme.Light: "light", theme.Contrast: "contrast", theme.Mono: "mono",
}

// encodePreferences returns preferences as words.
func encodePreferences(p tui.Preferences) string {
	words := []string{themeWord + themeWords[p.Theme]}
	if p.ReducedMotion {
		words = append(words, calmWord)
	}
	if p.PlainKeys {
		words = append(words, keysWord)
	}
	if p.Bell {
		words = append(words, bellWord)
	}
	switch p.Charset {
	case tui.ASCII:
		words = append(words, asciiWord)
	case tui.Unicode:
		words = append(words, unicodeWord)
	}
	if p.Hidden {
		words = append(words, game.HiddenWord)
	}
	return strings.Join(words, ",")
}

// decodePreferences is the inverse of encodePreferences. It ignores unknown words, for example
// those of a later version.
func decodePreferences(text string) (p tui.Preferences) {
	for word := range strings.SplitSeq(text, ",") {
		p.ReducedMotion = p.ReducedMotion || word == calmWord
		p.PlainKeys = p.PlainKeys || word == keysWord
		p.Bell = p.Bell || word == bellWord
		p.Hidden = p.Hidden || word == game.HiddenWord
		switch word {
		case asciiWord:
			p.Charset = tui.ASCII
		case unicodeWord:
			p.Charset = tui.Unicode
		}
		for theme, name := range themeWords {
			if word == themeWord+name {
				p.Theme = theme
			}
		}
	}
	return p
}
