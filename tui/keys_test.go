package tui_test

import (
	"fmt"
	"testing"

	"clickky/tui/tuitest"

	"github.com/charmbracelet/colorprofile"
)

// TestKeysOnEveryScreen presses every key on every screen: the frame fits, only the keys to
// leave leave, and only those to click click.
func TestKeysOnEveryScreen(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]string{
		"game": nil, "leaderboard": {"l"}, "filtered": {"l", "/", "a", "enter"}, "help": {"?"}, "news": {"n"}, "help on leaderboard": {"l", "?"}, "search": {"l", "/"},
	} {
		leave, click := tuitest.QuitKeys, []string{"space", "enter"}
		if name == "search" {
			leave, click = tuitest.QuitKeys[2:], nil // all others are text, or edit it
		}
		for _, size := range [][2]int{{80, 24}, {40, 12}, {30, 8}, {20, 4}} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				t.Parallel()
				tuitest.PressEveryKey(t, name, tuitest.NewWithBoard(t, size[0], size[1], colorprofile.TrueColor), size, before, leave, click)
			})
		}
	}
}
