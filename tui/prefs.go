package tui

import "clickky/tui/theme"

// Prefs is what a player has chosen about the screen, to be remembered. The
// zero value is that of somebody who never chose.
type Prefs struct {
	Theme theme.Theme
	// Calm shows what others do once a second at most, and nothing that
	// swings.
	Calm bool
	// PlainKeys does without the kitty keyboard protocol, which gets in the way of
	// some input methods.
	PlainKeys bool
}
