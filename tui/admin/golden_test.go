package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"clickky/server/terminal/ascii"
	"clickky/tui/tuitest"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/live"
	"clickky/tui/theme"
)

// dashboardScenes are what an admin sees.
func dashboardScenes() map[string]func(*tuitest.Screen) {
	down := tuitest.SnapshotWith(func(s *live.Snapshot) { s.StoreDown, s.Unsaved, s.Best = true, 1204, 87 })
	return map[string]func(*tuitest.Screen){
		"dashboard": func(s *tuitest.Screen) { s.Press("d", "down", "down") },
		"rate":      func(s *tuitest.Screen) { s.Press("d", "s", "s") },
		"seen":      func(s *tuitest.Screen) { s.Press("d", "s", "s", "s", "end") },
		"down":      func(s *tuitest.Screen) { s.Press("d").Send(down) },
		"search":    func(s *tuitest.Screen) { s.Press("d", "/").Type("ER01") },
		"found":     func(s *tuitest.Screen) { s.Press("d", "/").Type("zz").Press("enter") },
		"player":    func(s *tuitest.Screen) { s.Press("d", "down", "down", "enter") },
		"prompt":    func(s *tuitest.Screen) { s.Press("d", "down", "down", "enter", "r").Type("alicia") },
		"ban":       func(s *tuitest.Screen) { s.Press("d", "down", "down", "enter", "b", "down") },
		"question":  func(s *tuitest.Screen) { s.Press("d", "down", "down", "enter", "r").Type("alicia").Press("enter") },
		"mending":   func(s *tuitest.Screen) { s.Press("d", "down", "down", "enter", "r").Type("root").Press("enter") },
		"done":      func(s *tuitest.Screen) { s.Press("d", "down", "down", "enter", "r").Type("alicia").Press("enter", "y") },
		"command":   func(s *tuitest.Screen) { s.Press("d", ":").Type("players bans") },
		"audit":     func(s *tuitest.Screen) { s.Press("d", "a", "down") },
		"game":      func(*tuitest.Screen) {},
		"help":      func(s *tuitest.Screen) { s.Press("?") },
	}
}

func TestGoldenDashboard(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}, {30, 8}, {24, 6}, {60, 30}, {20, 4}} {
		for name, play := range dashboardScenes() {
			if narrow := size[0] == 24 || size[0] == 60 || size[0] == 20; narrow && name != "dashboard" && name != "player" && name != "question" {
				continue
			}
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				s := tuitest.New(t, tuitest.DashboardOptions(d, size[0], size[1], colorprofile.ASCII))
				play(s)
				golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
			})
		}
	}
}

func TestGoldenDashboardASCII(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		for _, name := range []string{"dashboard", "player", "question", "audit"} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				o := tuitest.DashboardOptions(d, size[0], size[1], colorprofile.ASCII)
				o.NeedsASCII = true
				s := tuitest.New(t, o)
				dashboardScenes()[name](s)
				golden.RequireEqual(t, ascii.Text(tuitest.TrimLines(ansi.Strip(s.View()))))
			})
		}
	}
}

func TestGoldenDashboardThemes(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	for chosen, profile := range map[theme.Theme]colorprofile.Profile{theme.Dark: colorprofile.TrueColor, theme.Light: colorprofile.ANSI256, theme.Contrast: colorprofile.ANSI} {
		for _, name := range []string{"dashboard", "player", "question", "mending", "down"} {
			t.Run(fmt.Sprintf("%s-%s-%s", strings.ReplaceAll(chosen.String(), " ", "-"), profile, name), func(t *testing.T) {
				o := tuitest.DashboardOptions(d, 80, 24, profile)
				o.Preferences.Theme = chosen
				s := tuitest.New(t, o).Send(tuitest.OnDark)
				if chosen == theme.Light {
					s.Send(tuitest.OnLight)
				}
				dashboardScenes()[name](s)
				golden.RequireEqual(t, s.View())
			})
		}
	}
}

func TestDashboardColorsAreOffWithoutProfile(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	for name, play := range dashboardScenes() {
		s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII))
		play(s)
		for _, sequence := range []string{"[3", "[4", "[9", ";3", ";4"} {
			if strings.Contains(s.View(), sequence) {
				t.Errorf("%s: the view holds ESC %s", name, sequence)
			}
		}
	}
}
