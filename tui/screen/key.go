package screen

import (
	"unicode"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Keys are the key bindings that several screens use.
type Keys struct {
	Click, Quit, Board, Dashboard key.Binding
	Theme, Motion, Input, Charset key.Binding
	Bell, Hide, News, Help        key.Binding

	Up, Down, PageUp, PageDown, Home, End key.Binding

	Scroll key.Binding // represents the scrolling keys in help lines
}

// Permissions are the screens that only some players may open.
type Permissions struct{ Board, Dashboard bool }

// Bind returns a key binding with its text for the help line.
func Bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// NewKeys returns a player's bindings. A screen without permission has a binding without keys.
func NewKeys(r Permissions) *Keys {
	k := &Keys{
		Click: Bind("space", "click", "space", "enter"),
		Quit:  Bind("q", "leave", "q", "ctrl+c", "ctrl+d"),

		Theme:  Bind("t", "colours", "t"),
		Motion: Bind("m", "motion", "m"),
		Input:  Bind("i", "input", "i"),
		Bell:   Bind("b", "bell", "b"),
		Hide:   Bind("h", "hide", "h"),
		News:   Bind("n", "news", "n"),
		Help:   Bind("?", "help", "?"),

		Charset: Bind("a", "ascii", "a"),

		Up:       Bind("↑", "up", "up", "k"),
		Down:     Bind("↓", "down", "down", "j"),
		PageUp:   Bind("pgup", "page up", "pgup"),
		PageDown: Bind("pgdn", "page down", "pgdown"),
		Home:     Bind("home", "first", "home"),
		End:      Bind("end", "last", "end"),
		Scroll:   Bind("↑↓", "scroll", "up", "down"),
	}
	switch {
	case r.Dashboard:
		k.Board = Bind("l", "leaderboard", "l")
		k.Dashboard = Bind("d", "dashboard", "d", "tab")
	case r.Board:
		k.Board = Bind("l", "leaderboard", "l", "tab")
	}
	return k
}

// Key is a key press with the name that bindings use.
type Key struct {
	tea.KeyPressMsg
	name string
}

// KeyOf names a key press. A key with more than one character gets no name, because the client
// chooses its text: "space" may be five letters. A letter gets the name of its command key; typed
// text is in Text.
func KeyOf(msg tea.KeyPressMsg) Key {
	switch r, n := utf8.DecodeRuneInString(msg.Text); {
	case n < len(msg.Text):
		return Key{msg, ""}
	case n > 0 && r != ' ':
		return Key{msg, string(commandLetter(r, msg.BaseCode))}
	default:
		return Key{msg, tea.Key(msg).Keystroke()}
	}
}

// String returns the name, for key.Matches.
func (k Key) String() string { return k.name }

// SplitEscape reports whether a key press may be two: GNU screen holds Esc back until the next key,
// and both arrive as Alt and that key. It returns the second key.
func (k Key) SplitEscape() (second Key, ok bool) {
	if k.Mod&^tea.ModShift != tea.ModAlt || k.Code > unicode.MaxRune {
		return k, false
	}
	without := tea.Key(k.KeyPressMsg)
	without.Mod &^= tea.ModAlt
	if unicode.IsPrint(without.Code) {
		without.Text = string(without.Code)
		if without.Mod == tea.ModShift && without.ShiftedCode != 0 {
			without.Text = string(without.ShiftedCode)
		}
	}
	return KeyOf(tea.KeyPressMsg(without)), true
}

// Escape returns the Esc before a key that SplitEscape split.
func (k Key) Escape() Key {
	return KeyOf(tea.KeyPressMsg{Code: tea.KeyEscape, IsRepeat: k.IsRepeat})
}

// ScrollDistance returns how many lines a key scrolls, given the length of a page and of the whole.
func (k *Keys) ScrollDistance(pressed Key, page, all int) (by int, ok bool) {
	page = max(page-1, 1) // one line stays visible
	for _, binding := range []struct {
		key key.Binding
		by  int
	}{{k.Up, -1}, {k.Down, 1}, {k.PageUp, -page}, {k.PageDown, page}, {k.Home, -all}, {k.End, all}} {
		if key.Matches(pressed, binding.key) {
			return binding.by, true
		}
	}
	return 0, false
}

// WheelDistance returns how many lines a step of the mouse wheel scrolls.
func WheelDistance(msg tea.MouseWheelMsg) int {
	const lines = 3
	switch msg.Button {
	case tea.MouseWheelUp:
		return -lines
	case tea.MouseWheelDown:
		return lines
	default:
		return 0
	}
}
