package terminal

import (
	"bytes"
	imagecolor "image/color"
	"strings"

	"github.com/charmbracelet/colorprofile"
)

// queryBackground asks a terminal for its background color.
const queryBackground = "\x1b]11;?\x1b\\"

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

// parseBackground returns the color in an answer without its terminator. Terminals write each
// component with one to four hexadecimal digits, and some add an alpha.
func parseBackground(answer []byte) (c imagecolor.RGBA64, ok bool) {
	answer, ok = bytes.CutPrefix(answer, []byte("\x1b]11;rgb"))
	if !ok {
		return c, false
	}
	answer, alpha := bytes.CutPrefix(answer, []byte("a"))
	if answer, ok = bytes.CutPrefix(answer, []byte(":")); !ok {
		return c, false
	}
	parts := []*uint16{&c.R, &c.G, &c.B}
	if alpha {
		parts = append(parts, &c.A)
	}
	for i, part := range parts {
		digits, rest, more := bytes.Cut(answer, []byte("/"))
		if *part, ok = parseHex(digits); !ok || more != (i < len(parts)-1) {
			return c, false
		}
		answer = rest
	}
	c.A = 0xffff // what is behind a transparent background is unknown
	return c, true
}

// parseHex scales a hexadecimal fraction to 16 bits: all digits f are 65535.
func parseHex(digits []byte) (uint16, bool) {
	if len(digits) < 1 || len(digits) > 4 {
		return 0, false
	}
	var n, limit uint32
	for _, d := range digits {
		v := strings.IndexByte("0123456789abcdef", d|0x20)
		if v < 0 || d < '0' {
			return 0, false
		}
		n, limit = n<<4|uint32(v), limit<<4|0xf
	}
	return uint16(n * 0xffff / limit), true
}
