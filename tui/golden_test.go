package tui_test

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
	"clickky/tui"
	"clickky/tui/theme"
)

// scenes are what there is to see.
func scenes() map[string]func(*tuitest.Screen) {
	down := tuitest.Snapshot()
	down.StoreDown, down.Unsaved = true, 1204
	reached := tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total, s.Milestone = 2_500_003, margaretsMilestone })
	return map[string]func(*tuitest.Screen){
		"busy":        busy,
		"calm":        func(s *tuitest.Screen) { busy(s.Press("m")) },
		"news":        func(s *tuitest.Screen) { s.Send(withNews(13)).Press("n") },
		"help":        func(s *tuitest.Screen) { s.Press("?") },
		"milestone":   func(s *tuitest.Screen) { s.Send(reached) },
		"game":        func(s *tuitest.Screen) { s.Press("space") },
		"down":        func(s *tuitest.Screen) { s.Send(tui.SnapshotMsg{Snapshot: down}) },
		"leaderboard": func(s *tuitest.Screen) { s.Press("l", "down", "down") },
		"search":      func(s *tuitest.Screen) { s.Press("l", "/").Type("ER01") },
		"filtered":    func(s *tuitest.Screen) { s.Press("l", "/").Type("ali").Press("enter") },
	}
}

// busy is a game in which there was something going on in the last minute.
func busy(s *tuitest.Screen) {
	h := historyOf(0)
	for second := range uint32(58) {
		h = historyOf(h.End+1, append(h.Seconds[1:], second%23*(1+second%3))...)
	}
	s.Press("space", "space").Send(later(h, 40))
}

func TestGoldenThemes(t *testing.T) {
	depths := []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}} {
		check := func(chosen theme.Theme, profile colorprofile.Profile) {
			name := fmt.Sprintf("%dx%d-%s-%s", size[0], size[1], strings.ReplaceAll(chosen.String(), " ", "-"), profile)
			t.Run(name, func(t *testing.T) {
				o := tuitest.Options(tuitest.Alice())
				o.Width, o.Height, o.Profile, o.Preferences.Theme = size[0], size[1], profile, chosen
				s := tuitest.New(t, o).Send(tuitest.OnDark)
				if chosen == theme.Light {
					s.Send(tuitest.OnLight)
				}
				busy(s)
				golden.RequireEqual(t, s.View())
			})
		}
		for _, depth := range depths {
			for _, chosen := range []theme.Theme{theme.Dark, theme.Light, theme.Contrast} {
				check(chosen, depth)
			}
		}
		check(theme.Mono, colorprofile.TrueColor)
		check(theme.Auto, colorprofile.ASCII)
	}
}

func TestGoldenScenes(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 12}, {30, 8}, {20, 4}} {
		for name, play := range scenes() {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				s := tuitest.NewWithBoard(t, size[0], size[1], colorprofile.ASCII)
				play(s)
				golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
			})
		}
	}
}

// inASCII returns a view as terminals show it that need ASCII.
func inASCII(view string) string {
	return ascii.Text(tuitest.TrimLines(ansi.Strip(view)))
}

func TestGoldenASCII(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}} {
		for name, play := range scenes() {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				s := tuitest.NewWithBoard(t, size[0], size[1], colorprofile.ASCII).Send(tui.NeedsASCIIMsg{})
				play(s)
				golden.RequireEqual(t, inASCII(s.View()))
			})
		}
	}
	o := tuitest.Options(tuitest.Alice())
	o.Width, o.Height, o.NeedsASCII = 200, 60, true
	golden.RequireEqual(t, inASCII(tuitest.New(t, o).View()))
}

func TestGoldenColorProfiles(t *testing.T) {
	for _, profile := range []colorprofile.Profile{
		colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.ASCII,
	} {
		for _, name := range []string{"leaderboard", "milestone"} {
			t.Run(profile.String()+"-"+name, func(t *testing.T) {
				s := tuitest.NewWithBoard(t, 80, 24, profile).Send(tuitest.OnDark)
				scenes()[name](s)
				golden.RequireEqual(t, s.View())
			})
		}
	}
}

func TestGoldenThemesOnUnknownBackground(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI} {
		for _, chosen := range []theme.Theme{theme.Auto, theme.Dark, theme.Light, theme.Contrast} {
			t.Run(strings.ReplaceAll(chosen.String(), " ", "-")+"-"+profile.String(), func(t *testing.T) {
				o := tuitest.Options(tuitest.Alice())
				o.Width, o.Height, o.Profile, o.Preferences.Theme = 80, 24, profile, chosen
				s := tuitest.New(t, o)
				busy(s)
				golden.RequireEqual(t, s.View())
			})
		}
	}
}

func TestColorsAreOffWithoutProfile(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.Unknown, colorprofile.NoTTY, colorprofile.ASCII} {
		for name, play := range scenes() {
			s := tuitest.NewWithBoard(t, 80, 24, profile)
			play(s)
			for _, sequence := range []string{"[3", "[4", "[9", ";3", ";4"} {
				if strings.Contains(s.View(), sequence) {
					t.Errorf("%s, %s: the view holds ESC %s", profile, name, sequence)
				}
			}
		}
	}
}
