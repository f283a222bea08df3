package tui

import (
	"github.com/charmbracelet/colorprofile"

	"clickky/tui/screen"
	"clickky/tui/theme"
)

// Preferences are the screen settings that a player has chosen. The zero value means that the
// player has chosen nothing.
type Preferences struct {
	Theme theme.Theme
	// ReducedMotion follows other players' clicks at most once a second.
	ReducedMotion bool
	// PlainKeys turns the kitty keyboard protocol off, which conflicts with some input methods.
	PlainKeys bool
	// Bell rings when another player passes this one, and when a milestone is near.
	Bell bool
	// Hidden leaves the player out of the list of people on other screens.
	Hidden bool
	// Charset is the characters of the screen.
	Charset Charset
}

// Charset is what a player has chosen about the characters of the screen.
type Charset uint8

// The charsets.
const (
	AutoCharset Charset = iota // what the terminal can show
	ASCII
	Unicode
)

// toggle switches a preference, tells the player and saves it.
func (m *gameScreen) toggle(pref *bool, on, off string) {
	if *pref = !*pref; *pref {
		off = on
	}
	m.changePreferences(off)
}

// changePreferences applies and saves changed preferences, and tells the player.
func (m *gameScreen) changePreferences(notice string) {
	m.restyle()
	m.ShowNotice(screen.Info, notice)
	if m.options.SavePreferences != nil {
		m.options.SavePreferences(m.options.Preferences)
	}
}

// switchCharset switches between ASCII and Unicode. Going back to what the terminal can show clears
// the choice, so that the next terminal gets what it can show.
func (m *gameScreen) switchCharset() {
	chosen, notice := ASCII, "plain characters: only ASCII|only ASCII"
	if m.isASCII() {
		chosen, notice = Unicode, "all characters"
	}
	if m.options.NeedsASCII == (chosen == ASCII) {
		chosen = AutoCharset
	}
	m.options.Preferences.Charset = chosen
	m.changePreferences(notice)
}

// isASCII reports whether the player has chosen ASCII, or nothing and the terminal needs it.
func (m *gameScreen) isASCII() bool {
	chosen := m.options.Preferences.Charset
	return chosen == ASCII || chosen == AutoCharset && m.options.NeedsASCII
}

func (m *gameScreen) nextTheme() {
	if m.options.Profile < colorprofile.ANSI {
		m.ShowNotice(screen.Info, "this terminal has no colours|no colours here")
		return
	}
	next := m.appearance.scheme.Theme().Next()
	m.options.Preferences.Theme = next
	m.changePreferences("colours: " + next.String())
}

// restyle applies a change of size, colour profile, background, permissions or preferences.
func (m *gameScreen) restyle() {
	o := &m.options
	m.appearance = o.Cache.appearance(appearanceKey{
		w: o.Width, h: o.Height, profile: o.Profile, scheme: o.Preferences.Theme.Scheme(m.background, o.Profile),
		permissions: m.permissions(), hasPeople: o.HasPeople, ascii: m.isASCII(),
	})
	m.Appearance = &m.appearance.Appearance
}

func (m *gameScreen) permissions() screen.Permissions {
	return screen.Permissions{Board: m.options.Board != nil, Dashboard: m.options.Board != nil && m.options.Dashboard != nil}
}

// setPermissions applies an AdminMsg and tells the player. If the player lost a screen, the game
// comes to the front and results of pending lookups are dropped.
func (m *gameScreen) setPermissions(msg AdminMsg) {
	before := m.permissions()
	m.options.Admin, m.options.Board, m.options.Dashboard = msg.Admin, msg.Board, msg.Dashboard
	m.openAdmin()
	if now := m.permissions(); before.Dashboard && !now.Dashboard || before.Board && !now.Board {
		m.Screens = nil
	}
	m.restyle()
	m.ShowMessage(msg.text())
}
