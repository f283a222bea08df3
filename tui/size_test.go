package tui_test

import (
	"math"
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/tui"
)

func TestSizeFits(t *testing.T) {
	for name, prepare := range map[string]func(*tuitest.Screen){
		"small numbers": func(*tuitest.Screen) {},
		"game":          func(*tuitest.Screen) {},
		"keyless":       func(*tuitest.Screen) {},
		"shared name":   func(*tuitest.Screen) {},
		"help":          func(s *tuitest.Screen) { s.Press("?", "down") },
		"calm":          func(s *tuitest.Screen) { s.Press("m") },
		"newcomer":      func(*tuitest.Screen) {},
		"too fast":      func(s *tuitest.Screen) { s.Press("space") },
		"down":          func(s *tuitest.Screen) { s.Send(tui.SnapshotMsg{Snapshot: tuitest.HugeSnapshot(true)}) },
		"leaderboard":   func(s *tuitest.Screen) { s.Press("l", "down", "space") },
		"search": func(s *tuitest.Screen) {
			s.Press("l", "/").Type(strings.Repeat("界e\u0301👩‍🚀\u200b", 20)).Press("left")
		},
		"filtered": func(s *tuitest.Screen) { s.Press("l", "/").Type("a").Press("enter") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tuitest.HugeOptions(t)
			switch name {
			case "small numbers":
				o = tuitest.Options(tuitest.Alice())
			case "newcomer":
				o = tuitest.Options(&tuitest.FakePlayer{At: game.Standing{Name: "new", Place: game.Place{Rank: 2, Of: 2}}})
				o.Snapshot = tuitest.HugeSnapshot(false)
			case "keyless":
				o.Guest = tui.Keyless
			case "shared name":
				o.Guest = tui.OnSharedName
			}
			s := tuitest.New(t, o)
			prepare(s)
			tuitest.RequireFitsEverywhere(t, s, 7)
		})
	}
}

func TestSizeExtremeFits(t *testing.T) {
	s := tuitest.New(t, tuitest.HugeOptions(t))
	for _, size := range [][2]int{{500, 200}, {math.MaxInt32, math.MaxInt32}, {math.MaxUint32, 1}, {1, math.MaxUint32}, {0, 0}, {0, 9}, {-1, -1}} {
		for _, key := range []string{"l", "l"} {
			s.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}).Press(key)
			tuitest.RequireFits(t, s, max(size[0], 0), max(size[1], 1))
			if len(s.View()) > 1<<20 {
				t.Errorf("%v: %d bytes", size, len(s.View()))
			}
		}
	}
}

func TestSizeShowsFullCountsWithRoom(t *testing.T) {
	for _, size := range [][2]int{{26, 6}, {40, 12}, {80, 24}, {120, 40}} {
		o := tuitest.HugeOptions(t)
		o.Width, o.Height = size[0], size[1]
		tuitest.RequireShows(t, tuitest.New(t, o), "18,446,744,073,709,551,615")
	}
}

func TestCountsAppearInEachSize(t *testing.T) {
	for _, w := range []int{20, 23, 24, 39, 40, 55, 71, 72, 80, 109, 110, 169, 170, 220} {
		for h := 4; h <= 75; h++ {
			o := tuitest.Options(tuitest.Alice())
			o.Width, o.Height, o.HasPeople = w, h, true
			shown := ansi.Strip(tuitest.New(t, o).View())
			if !strings.Contains(shown, "1,342,977") || !strings.Contains(shown, "23,529") {
				t.Errorf("at %dx%d, a count is missing:\n%s", w, h, shown)
			}
		}
	}
}
