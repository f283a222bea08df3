package tui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/theme"
)

// players are 120 of them, alice at rank 17.
func players() []game.Player {
	balances := make([]game.Player, 0, 120)
	for i := range 120 {
		name := fmt.Sprintf("player%03d", i+1)
		if i == 16 {
			name = "alice"
		}
		balances = append(balances, game.Player{Name: name, Clicks: uint64(400_000 / (i + 1))}) //nolint:gosec // positive
	}
	return balances
}

// open is alice's screen with a leaderboard to look at.
func open(t testing.TB, width, height int, profile colorprofile.Profile) *screen {
	board := boardOf(t, players()...)
	o := options(alice())
	o.Admin = true
	o.Board = func() *live.Board { return board }
	o.Width, o.Height, o.Profile = width, height, profile
	return newScreen(t, o)
}

// scenes are what there is to see.
func scenes() map[string]func(*screen) {
	down := snapshot()
	down.StoreDown, down.Unsaved = true, 1204
	reached := with(func(s *live.Snapshot) { s.Total, s.Milestone = 2_500_003, 2_500_000 })
	return map[string]func(*screen){
		"busy":        busy,
		"calm":        func(s *screen) { busy(s.press("m")) },
		"help":        func(s *screen) { s.press("?") },
		"milestone":   func(s *screen) { s.send(reached) },
		"game":        func(s *screen) { s.press("space") },
		"down":        func(s *screen) { s.send(tui.SnapshotMsg{Snapshot: down}) },
		"leaderboard": func(s *screen) { s.press("l", "down", "down") },
		"search":      func(s *screen) { s.press("l", "/").typed("ER01") },
		"filtered":    func(s *screen) { s.press("l", "/").typed("ali").press("enter") },
	}
}

// busy is a game in which there was something going on in the last minute.
func busy(s *screen) {
	h := historyOf(0)
	for second := range uint32(58) {
		h = historyOf(h.End+1, append(h.Seconds[1:], second%23*(1+second%3))...)
	}
	s.press("space", "space").send(later(h, 40))
}

func TestEveryThemeLooksAsItDid(t *testing.T) {
	depths := []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}} {
		check := func(chosen theme.Theme, profile colorprofile.Profile) {
			name := fmt.Sprintf("%dx%d-%s-%s", size[0], size[1], strings.ReplaceAll(chosen.String(), " ", "-"), profile)
			t.Run(name, func(t *testing.T) {
				o := options(alice())
				o.Width, o.Height, o.Profile, o.Prefs.Theme = size[0], size[1], profile, chosen
				s := newScreen(t, o).send(onDark)
				if chosen == theme.Light {
					s.send(onLight)
				}
				busy(s)
				golden.RequireEqual(t, s.view())
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

func TestEverySceneLooksAsItDid(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}, {30, 8}, {20, 4}} {
		for name, play := range scenes() {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				s := open(t, size[0], size[1], colorprofile.ASCII)
				play(s)
				golden.RequireEqual(t, trimmed(ansi.Strip(s.view())))
			})
		}
	}
}

func TestEveryColourProfileLooksAsItDid(t *testing.T) {
	for _, profile := range []colorprofile.Profile{
		colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.ASCII,
	} {
		for _, name := range []string{"leaderboard", "milestone"} {
			t.Run(profile.String()+"-"+name, func(t *testing.T) {
				s := open(t, 80, 24, profile).send(onDark)
				scenes()[name](s)
				golden.RequireEqual(t, s.view())
			})
		}
	}
}

func TestOnAnUnknownBackgroundEveryThemeLooksAsItDid(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI} {
		for _, chosen := range []theme.Theme{theme.Auto, theme.Dark, theme.Light, theme.Contrast} {
			t.Run(strings.ReplaceAll(chosen.String(), " ", "-")+"-"+profile.String(), func(t *testing.T) {
				o := options(alice())
				o.Width, o.Height, o.Profile, o.Prefs.Theme = 80, 24, profile, chosen
				s := newScreen(t, o)
				busy(s)
				golden.RequireEqual(t, s.view())
			})
		}
	}
}

func TestWithoutColoursNoneIsSent(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.Unknown, colorprofile.NoTTY, colorprofile.ASCII} {
		for name, play := range scenes() {
			s := open(t, 80, 24, profile)
			play(s)
			for _, sequence := range []string{"[3", "[4", "[9", ";3", ";4"} {
				if strings.Contains(s.view(), sequence) {
					t.Errorf("%s, %s: the view holds ESC %s", profile, name, sequence)
				}
			}
		}
	}
}

// trimmed is text without blanks at the end of its lines, which an editor
// would take away.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
