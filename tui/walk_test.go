package tui_test

import (
	"slices"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/tui/admin"
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

// leaving are the keys that leave: two unless something is typed, two that may be an Esc
// that GNU screen has held back, unless a command is typed, and two everywhere.
var leaving = []string{"q", "Q", "alt+q", "alt+Q", "ctrl+c", "ctrl+d"}

// TestEveryKeyOfEveryScreen walks all keys: whatever is pressed, the frame
// fits, only the keys that leave do, and only those that click do.
func TestEveryKeyOfEveryScreen(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]string{
		"game": nil, "leaderboard": {"l"}, "filtered": {"l", "/", "a", "enter"}, "help": {"?"}, "help on leaderboard": {"l", "?"}, "search": {"l", "/"},
	} {
		leave, click := leaving, []string{"space", "enter"}
		if name == "search" {
			leave, click = leaving[2:], nil // all others are text, or edit it
		}
		for _, size := range [][2]int{{80, 24}, {40, 12}, {30, 8}, {20, 4}} {
			walk(t, name, open(t, size[0], size[1], colorprofile.TrueColor), size, before, leave, click)
		}
	}
}

// TestEveryKeyOfEveryScreenOfAnAdmin walks those of the dashboard: on none of them
// does enter click, and while something is typed no key does.
func TestEveryKeyOfEveryScreenOfAnAdmin(t *testing.T) {
	t.Parallel()
	leave, space := leaving, []string{"space"}
	d := newDesk(t)
	d.answer = func(string) admin.Output { return admin.Output{Question: "do as you say"} }
	for _, screen := range []struct {
		name         string
		before       []string
		leave, click []string
	}{
		{"game", nil, leave, []string{"space", "enter"}},
		{"dashboard", []string{"d"}, leave, space},
		{"filtered dashboard", []string{"d", "/", "a", "enter"}, leave, space},
		{"search", []string{"d", "/"}, leave[2:], nil},
		{"player", []string{"d", "down", "enter"}, leave, space},
		{"prompt", []string{"d", "enter", "r"}, leave[4:], nil},
		{"prompt of a ban", []string{"d", "down", "down", "enter", "b"}, leave[4:], nil},
		{"question", []string{"d", "u", "1", "enter"}, leave[4:], nil},
		{"audit", []string{"d", "enter", "a"}, leave, space},
		{"help", []string{"d", "enter", "?"}, leave, []string{"space", "enter"}},
	} {
		for _, size := range [][2]int{{80, 24}, {24, 6}} {
			s := newScreen(t, managing(d, size[0], size[1], colorprofile.TrueColor))
			walk(t, screen.name, s, size, screen.before, screen.leave, screen.click)
		}
	}
}

// walk presses every key on a screen that some keys lead to.
func walk(t *testing.T, name string, s *screen, size [2]int, before, leave, click []string) {
	t.Helper()
	opened := s.press(before...).view()
	for _, k := range everyKey() {
		s.quit = false
		was := s.model.Farewell()
		s.send(k)
		changed := s.view() != opened
		if changed {
			requireFits(t, s, size[0], size[1])
		}
		if want := slices.Contains(leave, k.String()); s.quit != want && k.Mod&tea.ModShift == 0 {
			t.Fatalf("%s, %v: %q leaves: %v", name, size, k.String(), s.quit)
		}
		if want := slices.Contains(click, k.String()); (s.model.Farewell() != was) != want && k.Mod == 0 {
			t.Fatalf("%s, %v: %q clicks: %v", name, size, k.String(), !want)
		}
		if changed {
			opened = s.press("esc", "esc", "esc", "esc", "esc").press(before...).view() // back to where it was
		}
	}
}
