package tui_test

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/tuitest"
)

// peopleOf returns alice's game with n people, some of whom click, and more.
func peopleOf(n, more int) tui.SnapshotMsg {
	people := &live.People{More: more}
	for i := range n {
		people.List = append(people.List, live.Person{Name: fmt.Sprintf("player%03d", i+1), Guest: i%4 == 3, Pulse: uint8(i * 5 % 9)})
	}
	return tuitest.SnapshotWith(func(s *live.Snapshot) { s.People = people })
}

// wideScreen returns alice's screen with room for people.
func wideScreen(t *testing.T, w, h int, profile colorprofile.Profile) *tuitest.Screen {
	t.Helper()
	return wideScreenOf(t, tuitest.Alice(), w, h, profile)
}

// wideScreenOf is wideScreen for another player.
func wideScreenOf(t *testing.T, p tui.Player, w, h int, profile colorprofile.Profile) *tuitest.Screen {
	t.Helper()
	o := tuitest.Options(p)
	o.HasPeople, o.Width, o.Height, o.Profile = true, w, h, profile
	return tuitest.New(t, o)
}

func TestGoldenPeople(t *testing.T) {
	for _, size := range [][2]int{{110, 24}, {120, 40}, {200, 60}} {
		for name, people := range map[string]tui.SnapshotMsg{"few": peopleOf(5, 0), "many": peopleOf(100, 300)} {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				s := wideScreen(t, size[0], size[1], colorprofile.ANSI256).Send(people)
				golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
			})
		}
	}
}

func TestPeopleShowInPanelOrLine(t *testing.T) {
	few, many := peopleOf(3, 0), peopleOf(60, 20)
	s := wideScreen(t, 120, 40, colorprofile.ASCII)
	tuitest.RequireHides(t, s, "here now")
	tuitest.RequireShows(t, s.Send(few), "here now", "· player001", "▅ player002", "player003")
	tuitest.RequireHides(t, s, "more")
	tuitest.RequireShows(t, s.Send(many), "~player004", "and 62 more")
	tuitest.RequireHides(t, s.Send(tea.WindowSizeMsg{Width: 109, Height: 40}), "here now")
	tuitest.RequireShows(t, s, "○ player001  ● player002  ● player003  ● ~player004", "and 74 more")
	tuitest.RequireShows(t, s.Send(tea.WindowSizeMsg{Width: 72, Height: 17}, few), "○ player001  ● player002  ● player003")
	tuitest.RequireHides(t, s, "more")
	o := tuitest.Options(tuitest.Alice())
	o.Width, o.Height = 120, 40
	tuitest.RequireHides(t, tuitest.New(t, o).Send(few), "here now")
}

// TestPeopleShowPageOfPlayer has players at several places of a long list.
func TestPeopleShowPageOfPlayer(t *testing.T) {
	for place, want := range map[int][]string{
		1:   {"player001", "player017", "and 383 more"},
		17:  {"player001", "player017", "and 383 more"},
		18:  {"player018", "player034", "and 383 more"},
		60:  {"player052", "player068", "and 383 more"},
		100: {"player052", "player068"}, // the nearest page
		500: {"player001"},
	} {
		p := tuitest.Alice()
		p.At.Name = fmt.Sprintf("player%03d", place)
		o := tuitest.Options(p)
		o.HasPeople, o.Width, o.Height = true, 110, 24
		tuitest.RequireShows(t, tuitest.New(t, o).Send(peopleOf(100, 300)), want...)
	}
}

func TestPeopleAreSharedBetweenPresses(t *testing.T) {
	s := wideScreen(t, 120, 40, colorprofile.ANSI256)
	few := peopleOf(3, 0)
	_, before := s.Press("space").Send(few).Model.Layers()
	if _, after := s.Press("space").Model.Layers(); &before[0] != &after[0] {
		t.Error("a press made another shared layer")
	}
}

func TestHideIsSaved(t *testing.T) {
	s, chosen := choosing(t, tui.Preferences{})
	for _, want := range []bool{true, false} {
		tuitest.RequireShows(t, s.Press("h"), map[bool]string{true: "hidden: others don't see you here", false: "others see that you're here"}[want])
		if last := (*chosen)[len(*chosen)-1]; last.Hidden != want {
			t.Errorf("%v is remembered, want %v", last.Hidden, want)
		}
	}
}
