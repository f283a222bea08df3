package screen

import (
	"unicode"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Keys are the keys that several screens have.
type Keys struct {
	Click, Quit, Board, Dashboard key.Binding
	Theme, Motion, Input, Help    key.Binding

	Up, Down, PageUp, PageDown, Home, End key.Binding

	Scroll key.Binding // stands in help lines for the keys that scroll
}

// Rights are the screens that a player has and others have not.
type Rights struct{ Board, Dashboard bool }

// Bind returns a binding and what the help line says of it.
func Bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// NewKeys returns the bindings of a player. Without a right to a screen none leads to it: the
// binding has no keys at all.
func NewKeys(r Rights) *Keys {
	k := &Keys{
		Click: Bind("space", "click", "space", "enter"),
		Quit:  Bind("q", "leave", "q", "ctrl+c", "ctrl+d"),

		Theme:  Bind("t", "colours", "t"),
		Motion: Bind("m", "motion", "m"),
		Input:  Bind("i", "input", "i"),
		Help:   Bind("?", "help", "?"),

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

// Key is a key press under the name that bindings have for it.
type Key struct {
	tea.KeyPressMsg
	name string
}

// KeyOf names a key press. A key that brings more than one character names nothing, for its text
// is the client's to choose: "space" may be five letters. A letter names the command key that it
// stands for; what is typed is in Text.
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

// String makes a key comparable to bindings.
func (k Key) String() string { return k.name }

// EscapeHeldBack reports whether a key press may be two: Esc, which GNU screen holds back until
// the next key comes, and that key. Both look as if Alt was held. Then it returns the second one.
func (k Key) EscapeHeldBack() (second Key, ok bool) {
	if k.Mod&^tea.ModShift != tea.ModAlt || k.Code > unicode.MaxRune {
		return k, false
	}
	is := tea.Key(k.KeyPressMsg)
	is.Mod &^= tea.ModAlt
	if unicode.IsPrint(is.Code) {
		is.Text = string(is.Code)
		if is.Mod == tea.ModShift && is.ShiftedCode != 0 {
			is.Text = string(is.ShiftedCode)
		}
	}
	return KeyOf(tea.KeyPressMsg(is)), true
}

// Escape is Esc, as the key behind it came.
func (k Key) Escape() Key {
	return KeyOf(tea.KeyPressMsg{Code: tea.KeyEscape, IsRepeat: k.IsRepeat})
}

// Scrolls is how far a key scrolls, by the length of a page and of it all.
func (k *Keys) Scrolls(pressed Key, page, all int) (by int, ok bool) {
	page = max(page-1, 1) // one line stays in sight
	for _, way := range []struct {
		key key.Binding
		by  int
	}{{k.Up, -1}, {k.Down, 1}, {k.PageUp, -page}, {k.PageDown, page}, {k.Home, -all}, {k.End, all}} {
		if key.Matches(pressed, way.key) {
			return way.by, true
		}
	}
	return 0, false
}

// Wheel is how far a notch of the mouse wheel scrolls.
func Wheel(msg tea.MouseWheelMsg) int {
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
