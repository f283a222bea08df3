package tui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/live"
	"clickky/tui/theme"
)

// deskScenes are what an admin sees.
func deskScenes() map[string]func(*screen) {
	down := with(func(s *live.Snapshot) { s.StoreDown, s.Unsaved, s.Best = true, 1204, 87 })
	return map[string]func(*screen){
		"dashboard": func(s *screen) { s.press("d", "down", "down") },
		"rate":      func(s *screen) { s.press("d", "s", "s") },
		"seen":      func(s *screen) { s.press("d", "s", "s", "s", "end") },
		"down":      func(s *screen) { s.press("d").send(down) },
		"search":    func(s *screen) { s.press("d", "/").typed("ER01") },
		"found":     func(s *screen) { s.press("d", "/").typed("zz").press("enter") },
		"player":    func(s *screen) { s.press("d", "down", "down", "enter") },
		"prompt":    func(s *screen) { s.press("d", "down", "down", "enter", "r").typed("alicia") },
		"ban":       func(s *screen) { s.press("d", "down", "down", "enter", "b", "down") },
		"question":  func(s *screen) { s.press("d", "down", "down", "enter", "r").typed("alicia").press("enter") },
		"mending":   func(s *screen) { s.press("d", "down", "down", "enter", "r").typed("root").press("enter") },
		"done":      func(s *screen) { s.press("d", "down", "down", "enter", "r").typed("alicia").press("enter", "y") },
		"command":   func(s *screen) { s.press("d", ":").typed("players bans") },
		"audit":     func(s *screen) { s.press("d", "a", "down") },
		"game":      func(*screen) {},
		"help":      func(s *screen) { s.press("?") },
	}
}

func TestEverySceneOfTheDashboardLooksAsItDid(t *testing.T) {
	d := newDesk(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}, {30, 8}, {24, 6}, {60, 30}, {20, 4}} {
		for name, play := range deskScenes() {
			if narrow := size[0] == 24 || size[0] == 60 || size[0] == 20; narrow && name != "dashboard" && name != "player" && name != "question" {
				continue
			}
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				s := newScreen(t, managing(d, size[0], size[1], colorprofile.ASCII))
				play(s)
				golden.RequireEqual(t, trimmed(ansi.Strip(s.view())))
			})
		}
	}
}

func TestEveryThemeOfTheDashboardLooksAsItDid(t *testing.T) {
	d := newDesk(t)
	for chosen, profile := range map[theme.Theme]colorprofile.Profile{theme.Dark: colorprofile.TrueColor, theme.Light: colorprofile.ANSI256, theme.Contrast: colorprofile.ANSI} {
		for _, name := range []string{"dashboard", "player", "question", "mending", "down"} {
			t.Run(fmt.Sprintf("%s-%s-%s", strings.ReplaceAll(chosen.String(), " ", "-"), profile, name), func(t *testing.T) {
				o := managing(d, 80, 24, profile)
				o.Prefs.Theme = chosen
				s := newScreen(t, o).send(onDark)
				if chosen == theme.Light {
					s.send(onLight)
				}
				deskScenes()[name](s)
				golden.RequireEqual(t, s.view())
			})
		}
	}
}

func TestWithoutColoursTheDashboardHasNone(t *testing.T) {
	d := newDesk(t)
	for name, play := range deskScenes() {
		s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII))
		play(s)
		for _, sequence := range []string{"[3", "[4", "[9", ";3", ";4"} {
			if strings.Contains(s.view(), sequence) {
				t.Errorf("%s: the view holds ESC %s", name, sequence)
			}
		}
	}
}
