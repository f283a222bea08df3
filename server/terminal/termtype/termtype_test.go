package termtype

import (
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestBackgroundQueryDependsOnTerminal(t *testing.T) {
	for term, want := range map[string]bool{
		"xterm": true, "xterm-256color": true, "xterm-kitty": true, "xterm-ghostty": true, "screen": true, "screen.xterm-256color": true,
		"tmux-256color": true, "rxvt-unicode-256color": true, "alacritty": true, "foot": true, "st-256color": true,
		"": false, "dumb": false, "linux": false, "linux-16color": false, "eterm-color": false, "vt100": false, "vt220": false,
		"ansi": false, "cygwin": false, "sun-color": false, "stupid": false, "xtermite": false, "\x1b]": false,
	} {
		if got := CanQueryBackground(term, colorprofile.TrueColor); got != want {
			t.Errorf("%q is asked: %v", term, got)
		}
	}
	for _, profile := range []colorprofile.Profile{colorprofile.NoTTY, colorprofile.ASCII} {
		if CanQueryBackground("xterm", profile) {
			t.Errorf("a terminal that shows no colors (%v) is asked for them", profile)
		}
	}
}

func TestHasTitleDependsOnTerminal(t *testing.T) {
	for term, want := range map[string]bool{"xterm-256color": true, "screen.xterm": true, "linux": false, "dumb": false, "": false} {
		if HasTitle(term) != want {
			t.Errorf("HasTitle(%q) = %v", term, !want)
		}
	}
}
