package termtype

import (
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestProfile(t *testing.T) {
	// The server's own environment must not matter.
	t.Setenv("NO_COLOR", "1")
	t.Setenv("COLORTERM", "truecolor")
	for _, c := range []struct {
		term string
		env  []string
		want colorprofile.Profile
	}{
		{"", nil, colorprofile.NoTTY},
		{"dumb", nil, colorprofile.NoTTY},
		{"linux", nil, colorprofile.ANSI},
		{"vt220", nil, colorprofile.ANSI},
		{"xterm", nil, colorprofile.ANSI256},
		{"putty", nil, colorprofile.ANSI256},
		{"mlterm", nil, colorprofile.ANSI256},
		{"xterm-16color", nil, colorprofile.ANSI},
		{"xterm", []string{"COLORTERM=truecolor"}, colorprofile.TrueColor},
		{"xterm-256color", nil, colorprofile.ANSI256},
		{"screen", nil, colorprofile.ANSI256},
		{"tmux-256color", nil, colorprofile.ANSI256},
		{"xterm-ghostty", nil, colorprofile.TrueColor},
		{"xterm-kitty", nil, colorprofile.TrueColor},
		{"alacritty", nil, colorprofile.TrueColor},
		{"wezterm", nil, colorprofile.TrueColor},
		{"foot", nil, colorprofile.TrueColor},
		{"contour", nil, colorprofile.TrueColor},
		{"xterm-direct", nil, colorprofile.TrueColor},
		{"konsole-direct", nil, colorprofile.TrueColor},
		{"xterm-256color", []string{"COLORTERM=truecolor"}, colorprofile.TrueColor},
		{"xterm-256color", []string{"TERM=dumb"}, colorprofile.ANSI256},
		{"xterm-kitty", []string{"NO_COLOR=1"}, colorprofile.ASCII},
		{"xterm-kitty", []string{"NO_COLOR=no"}, colorprofile.ASCII},
		{"xterm-kitty", []string{"NO_COLOR=0"}, colorprofile.ASCII},
		{"xterm-kitty", []string{"NO_COLOR="}, colorprofile.TrueColor},
		{"xterm-kitty", []string{"NO_COLOR"}, colorprofile.TrueColor},
		{"xterm", []string{"NO_COLOR=1", "CLICOLOR_FORCE=1"}, colorprofile.ASCII},
		{"dumb", []string{"NO_COLOR=1"}, colorprofile.NoTTY},
	} {
		if got := Profile(c.term, c.env); got != c.want {
			t.Errorf("Profile(%q, %q) = %v, want %v", c.term, c.env, got, c.want)
		}
	}
}
