// Package termtype says what a terminal can do, by its type and the client's environment.
package termtype

import (
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// CanQueryBackground reports whether a terminal may be asked for its background color: it shows
// colors, and is of a kind that understands the query (see HasTitle), even if it doesn't answer.
func CanQueryBackground(term string, profile colorprofile.Profile) bool {
	return profile >= colorprofile.ANSI && HasTitle(term)
}

// HasTitle reports whether a terminal is of a kind that understands operating system commands (OSC),
// such as those for the title of the window, even if it ignores them. Others, such as the Linux
// console and Emacs, print part of them.
func HasTitle(term string) bool {
	kind, _, _ := strings.Cut(term, "-")
	kind, _, _ = strings.Cut(kind, ".")
	switch kind {
	case "xterm", "rxvt", "screen", "tmux", "alacritty", "contour", "foot", "ghostty", "gnome", "iTerm2", "kitty",
		"konsole", "mintty", "mlterm", "nsterm", "putty", "rio", "st", "vte", "wezterm":
		return true
	}
	return false
}
