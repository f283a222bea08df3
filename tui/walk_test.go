package tui_test

import (
	"slices"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// everyKey is all that a keyboard has, and more.
func everyKey() []tea.KeyPressMsg {
	var keys []tea.KeyPressMsg
	for r := rune(1); r < 0x82; r++ {
		for _, mod := range []tea.KeyMod{0, tea.ModShift, tea.ModAlt, tea.ModCtrl} {
			k := tea.KeyPressMsg{Code: r, Mod: mod}
			if mod <= tea.ModShift && unicode.IsPrint(r) {
				k.Text = string(r)
			}
			keys = append(keys, k)
		}
	}
	for r := tea.KeyUp; r < tea.KeyUp+64; r++ {
		keys = append(keys, tea.KeyPressMsg{Code: r})
	}
	return keys
}

// TestEveryKeyOfEveryScreen walks all keys: whatever is pressed, the frame
// fits, only the keys that leave do, and only those that click do.
func TestEveryKeyOfEveryScreen(t *testing.T) {
	for name, before := range map[string][]string{
		"game": nil, "leaderboard": {"l"}, "filtered": {"l", "/", "a", "enter"}, "help": {"?"}, "help on leaderboard": {"l", "?"}, "search": {"l", "/"},
	} {
		leave, click := []string{"q", "ctrl+c", "ctrl+d"}, []string{"space", "enter"}
		if name == "search" {
			leave, click = leave[1:], nil // all others are text, or edit it
		}
		for _, size := range [][2]int{{80, 24}, {40, 12}, {30, 8}, {20, 4}} {
			s := open(t, size[0], size[1], colorprofile.TrueColor).press(before...)
			for _, k := range everyKey() {
				s.quit = false
				was := s.model.Farewell()
				s.send(k)
				requireFits(t, s, size[0], size[1])
				if want := slices.Contains(leave, k.String()); s.quit != want && k.Mod&tea.ModShift == 0 {
					t.Fatalf("%s, %v: %q leaves: %v", name, size, k.String(), s.quit)
				}
				if want := slices.Contains(click, k.String()); (s.model.Farewell() != was) != want && k.Mod == 0 {
					t.Fatalf("%s, %v: %q clicks: %v", name, size, k.String(), !want)
				}
				s.press("esc", "esc", "esc").press(before...) // back to where it was
			}
		}
	}
}
