package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"clickky/tui"
	"clickky/tui/admin"
	"clickky/tui/tuitest"
)

func TestDashboardFitsEverySize(t *testing.T) {
	for name, prepare := range map[string]func(*tuitest.Screen){
		"dashboard":       func(s *tuitest.Screen) { s.Press("d", "down", "space") },
		"dashboard, seen": func(s *tuitest.Screen) { s.Press("d", "s", "s", "s", "end") },
		"dashboard, down": func(s *tuitest.Screen) { s.Press("d").Send(tui.SnapshotMsg{Snapshot: tuitest.HugeSnapshot(true)}) },
		"dashboard, search": func(s *tuitest.Screen) {
			s.Press("d", "/").Type(strings.Repeat("界e\u0301👩‍🚀\u200b", 20)).Press("left")
		},
		"player": func(s *tuitest.Screen) { s.Press("d", "down", "down", "enter", "down") },
		"prompt": func(s *tuitest.Screen) {
			s.Press("d", "down", "down", "enter", "r").Type("界e\u0301👩‍🚀\u200b").Press("left")
		},
		"ban":      func(s *tuitest.Screen) { s.Press("d", "enter", "b", "down", "enter") },
		"question": func(s *tuitest.Screen) { s.Press("d", "u", "1", "enter") },
		"mending":  func(s *tuitest.Screen) { s.Press("d", "u", "2", "enter") },
		"audit":    func(s *tuitest.Screen) { s.Press("d", "a", "end", "up") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tuitest.New(t, tuitest.HugeOptions(t))
			prepare(s)
			tuitest.RequireFitsEverywhere(t, s, 29)
		})
	}
}

// TestDashboardKeys presses every key on the screens of the dashboard: Enter never clicks, and
// while a player types no key does.
func TestDashboardKeys(t *testing.T) {
	t.Parallel()
	leave, space := tuitest.QuitKeys, []string{"space"}
	d := tuitest.NewFakeBackend(t)
	d.Answer = func(string) admin.Output { return admin.Output{Question: "do as you say"} }
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
		for _, size := range [][2]int{{40, 12}, {24, 6}} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], screen.name), func(t *testing.T) {
				t.Parallel()
				s := tuitest.New(t, tuitest.DashboardOptions(d, size[0], size[1], colorprofile.TrueColor))
				tuitest.PressEveryKey(t, screen.name, s, size, screen.before, screen.leave, screen.click)
			})
		}
	}
}
