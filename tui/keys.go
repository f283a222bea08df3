package tui

import (
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// keyMap is every key that does something. The help at the foot of the screen
// is made from the same bindings that act.
type keyMap struct {
	rights rights

	click, quit, open   key.Binding // the game
	theme, motion, help key.Binding // everywhere
	input               key.Binding

	up, down, pageUp, pageDown, home, end key.Binding // the leaderboard
	find, back, clear                     key.Binding

	keep, cancel, abort, shut key.Binding // while a search is typed

	desk deskKeys

	shutHelp key.Binding // while the help is open

	// arrows and scrollHelp stand in the footer for the keys that scroll.
	arrows, scrollHelp key.Binding
}

// deskKeys are the keys of the dashboard and of what it leads to.
type deskKeys struct {
	open, leave, pick, order, enter   key.Binding // the dashboard
	message, undo, audit, command     key.Binding // everywhere in it
	rename, count, remove, free, kick key.Binding // a player's page
	ban, write, back                  key.Binding

	run, drop, other key.Binding // while a command is typed
	sure, unsure     key.Binding // when it was asked whether it is meant
}

// rights are the screens that a player has and others have not.
type rights struct{ board, desk bool }

func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// newKeyMap returns the bindings of a player. Without a right to a screen none
// leads to it: the binding has no keys at all.
func newKeyMap(r rights) *keyMap {
	k := &keyMap{
		rights: r,

		click: bind("space", "click", "space", "enter"),
		quit:  bind("q", "leave", "q", "ctrl+c", "ctrl+d"),

		theme:  bind("t", "colours", "t"),
		motion: bind("m", "motion", "m"),
		input:  bind("i", "input", "i"),
		help:   bind("?", "help", "?"),

		shutHelp:   bind("esc", "back", "esc", "?"),
		scrollHelp: bind("↑↓", "scroll", "up", "down"),
	}
	k.up = bind("↑", "up", "up", "k")
	k.down = bind("↓", "down", "down", "j")
	k.pageUp = bind("pgup", "page up", "pgup")
	k.pageDown = bind("pgdn", "page down", "pgdown")
	k.home = bind("home", "first", "home")
	k.end = bind("end", "last", "end")
	if !r.board {
		return k
	}
	k.open = bind("l", "leaderboard", "l", "tab")
	if r.desk {
		k.open = bind("l", "leaderboard", "l")
		k.desk = newDeskKeys()
	}
	k.arrows = bind("↑↓", "scroll", "up", "down")
	k.find = bind("/", "search", "/")
	k.back = bind("l", "back", "l", "tab", "esc")
	k.clear = bind("esc", "all players", "esc")
	k.keep = bind("enter", "keep", "enter")
	k.cancel = bind("esc", "cancel", "esc")
	k.abort = bind("ctrl+c", "leave", "ctrl+c", "ctrl+d")
	k.shut = bind("tab", "back", "tab")
	return k
}

// newDeskKeys returns the bindings of somebody with a dashboard.
func newDeskKeys() deskKeys {
	return deskKeys{
		open:    bind("d", "dashboard", "d", "tab"),
		leave:   bind("d", "back", "d", "tab", "esc"),
		pick:    bind("↑↓", "select", "up", "down"),
		order:   bind("s", "order", "s"),
		enter:   bind("enter", "open", "enter"),
		message: bind("g", "message", "g"),
		undo:    bind("u", "undo", "u"),
		audit:   bind("a", "audit", "a"),
		command: bind(":", "command", ":"),

		back:   bind("esc", "back", "esc"),
		rename: bind("r", "rename", "r"),
		count:  bind("c", "clicks", "c"),
		remove: bind("x", "delete", "x"),
		free:   bind("f", "free", "f"),
		kick:   bind("k", "kick", "k"),
		ban:    bind("b", "ban", "b"),
		write:  bind("g", "message", "g"),

		run:    bind("enter", "run", "enter"),
		drop:   bind("esc", "cancel", "esc"),
		other:  bind("↑↓", "another", "up", "down"),
		sure:   bind("y", "confirm", "y"),
		unsure: bind("any other key", "cancel", "n", "esc"),
	}
}

// stroke is a key as bindings name it.
type stroke string

// strokeOf names a key press. A key that brings more than one character names
// nothing, for its text is the client's to choose: "space" may be five letters. A letter
// names the command key that it stands for; what is typed is never a stroke.
func strokeOf(msg tea.KeyPressMsg) stroke {
	switch r, n := utf8.DecodeRuneInString(msg.Text); {
	case n < len(msg.Text):
		return ""
	case n > 0 && r != ' ':
		return stroke(commandLetter(r, msg.BaseCode))
	default:
		return stroke(tea.Key(msg).Keystroke())
	}
}

// String makes a stroke comparable to bindings.
func (s stroke) String() string { return string(s) }

// is tells whether the stroke is one of a binding's keys.
func (s stroke) is(b key.Binding) bool { return s != "" && key.Matches(s, b) }
