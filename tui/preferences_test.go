package tui_test

import (
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/theme"
)

// choosing is alice's colourful screen, and what she has chosen.
func choosing(t *testing.T, before tui.Preferences) (*tuitest.Screen, *[]tui.Preferences) {
	chosen := new([]tui.Preferences)
	o := colourful()
	o.Preferences = before
	o.SavePreferences = func(p tui.Preferences) { *chosen = append(*chosen, p) }
	return tuitest.New(t, o), chosen
}

func TestThemeKeyCyclesAndSaves(t *testing.T) {
	s, chosen := choosing(t, tui.Preferences{})
	seen := map[string]bool{s.View(): true}
	for _, want := range []theme.Theme{theme.Light, theme.Contrast, theme.Mono, theme.Dark} {
		tuitest.RequireShows(t, s.Press("t"), "colours: "+want.String())
		if last := (*chosen)[len(*chosen)-1]; last.Theme != want {
			t.Errorf("%v is remembered, want %v", last.Theme, want)
		}
		s.Press("space")
		if seen[s.View()] {
			t.Errorf("%v looks like another", want)
		}
		seen[s.View()] = true
	}
}

func TestThemeSavedAppliesFromStart(t *testing.T) {
	light, _ := choosing(t, tui.Preferences{Theme: theme.Light})
	other, _ := choosing(t, tui.Preferences{})
	if light.View() == other.View() {
		t.Error("the choice does not show")
	}
	before := light.Send(tuitest.OnLight).View()
	if light.Send(tuitest.OnDark); light.View() != before {
		t.Error("the background changes what was chosen")
	}
}

func TestThemeDefaultsToBackground(t *testing.T) {
	s, _ := choosing(t, tui.Preferences{})
	unknown := s.View()
	dark := s.Send(tuitest.OnDark).View()
	light, _ := choosing(t, tui.Preferences{Theme: theme.Light})
	if unknown == dark || unknown == light.Send(tuitest.OnLight).View() {
		t.Error("on an unknown background it is as on a dark or a light one")
	}
	if s.Send(tuitest.OnLight); s.View() != light.View() {
		t.Error("on a light background it is not light")
	}
	if s.Send(tuitest.OnDark); s.View() != dark {
		t.Error("on a dark background it is not dark")
	}
}

func TestThemeKeyNeedsColors(t *testing.T) {
	s, chosen := choosing(t, tui.Preferences{})
	s.Send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	tuitest.RequireShows(t, s.Press("t"), "this terminal has no colours")
	if len(*chosen) != 0 {
		t.Errorf("%v is remembered", *chosen)
	}
}

func TestMotionReducedUpdatesOncePerSecond(t *testing.T) {
	s, chosen := choosing(t, tui.Preferences{})
	h := historyOf(9, 4, 5)
	s.Send(later(h, 0))
	tuitest.RequireShows(t, s, "peak 5", "▂")
	tuitest.RequireShows(t, s.Press("m"), "reduced motion")
	tuitest.RequireShows(t, s, "peak of the last minute: 5 a second")
	tuitest.RequireHides(t, s, "▂")
	if len(*chosen) != 1 || !(*chosen)[0].ReducedMotion {
		t.Errorf("%v is remembered", *chosen)
	}
	before := s.View()
	for i := range uint64(5) {
		s.Send(later(h, i+1))
	}
	if s.View() != before {
		t.Error("it moves within a second")
	}
	tuitest.RequireShows(t, s.Send(later(historyOf(10, 4, 5, 9), 9)), "1,342,986", "last minute: 9")
	tuitest.RequireShows(t, s.Press("space"), "23,530") // own presses show at once
	s.Press("m")
	if len(*chosen) != 2 || (*chosen)[1].ReducedMotion {
		t.Errorf("%v is remembered", *chosen)
	}
	tuitest.RequireShows(t, s.Send(later(historyOf(10, 4, 5, 9), 20)), "1,342,997")
}

func TestMotionReducedShowsOtherChangesAtOnce(t *testing.T) {
	s, _ := choosing(t, tui.Preferences{ReducedMotion: true})
	h := historyOf(9, 4, 5)
	s.Send(later(h, 0))
	tuitest.RequireShows(t, s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.History, s.Online = h, 99 })), "99")
	tuitest.RequireShows(t, s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) {
		s.History, s.Total, s.Milestone = h, 2_500_001, &game.Milestone{Count: 2_500_000}
	})), "reached!")
	tuitest.RequireShows(t, s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.History, s.Total, s.StoreDown = h, 2_500_002, true })), "unreachable")
}

func TestHelpOpensOnEveryScreen(t *testing.T) {
	for _, before := range [][]string{nil, {"l"}, {"l", "/", "a", "enter"}} {
		for _, closes := range []string{"?", "esc"} {
			s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press(before...)
			was := s.View()
			tuitest.RequireShows(t, s.Press("?"), "what counts", "names and keys", "ssh-keygen", "leaderboard", "esc back")
			tuitest.RequireShows(t, s.Press("space"), "23,530") // a click counts here as well
			s.Press(closes)
			tuitest.RequireHides(t, s, "what counts")
			if len(before) > 0 && !strings.Contains(was, "leaderboard") {
				t.Errorf("%v: not back where it was", before)
			}
		}
	}
	o := tuitest.Options(tuitest.Alice())
	tuitest.RequireHides(t, tuitest.New(t, o).Press("?"), "leaderboard")
}

func TestHelpScrollsInShortTerminal(t *testing.T) {
	s := tuitest.NewWithBoard(t, 40, 12, colorprofile.ASCII).Press("?")
	tuitest.RequireShows(t, s, "keys", "↑↓ scroll")
	tuitest.RequireHides(t, s, "run ssh-keygen")
	tuitest.RequireShows(t, s.Press("end"), "run ssh-keygen")
	tuitest.RequireHides(t, s, "↑↓ nothing")
	tuitest.RequireShows(t, s.Press("home"), "keys")
	s.Press("down", "down", "pgdown", "pgup", "up")
	tuitest.RequireFits(t, s, 40, 12)
}

func TestNewcomerSeesHintsUntilFirstClick(t *testing.T) {
	o := tuitest.Options(&tuitest.FakePlayer{At: game.Standing{Name: "alice", Place: game.Place{Rank: 121, Of: 121}}, Total: 1_342_977})
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		o.Player = &tuitest.FakePlayer{At: game.Standing{Name: "alice", Place: game.Place{Rank: 121, Of: 121}}, Total: 1_342_977}
		o.Width, o.Height = size[0], size[1]
		s := tuitest.New(t, o)
		tuitest.RequireShows(t, s, "Press space. It counts for you and for everybody.", "Each press is one click")
		tuitest.RequireHides(t, s.Press("space"), "It counts for you", "Each press")
		tuitest.RequireHides(t, s.Send(tea.WindowSizeMsg{Width: 81, Height: 24}), "It counts for you")
	}
	o.Player = &tuitest.FakePlayer{At: game.Standing{Name: "alice", Place: game.Place{Rank: 121, Of: 121}}}
	o.Width, o.Height = 40, 12
	s := tuitest.New(t, o)
	tuitest.RequireShows(t, s.Send(tea.WindowSizeMsg{Width: 72, Height: 17}), "It counts for you and for everybody.")
	s.Send(tea.WindowSizeMsg{Width: 40, Height: 12})
	tuitest.RequireShows(t, s, "each press of space")
	tuitest.RequireHides(t, s.Press("space"), "each press of space")
	tuitest.RequireHides(t, tuitest.New(t, tuitest.Options(tuitest.Alice())), "It counts for you", "Each press")
}

func TestFarewellShowsRankChangeAndHowToReturn(t *testing.T) {
	p := tuitest.Alice()
	o := tuitest.Options(p)
	o.Reconnect = "ssh -p 2222 alice@host\x1b[2J"
	s := tuitest.New(t, o).Press("space")
	p.At.Rank = 14
	const want = `Thanks for playing clickky, alice!
  everybody     1,342,979
  you           23,531
  this session  2
  today         414, day 4 in a row
  your rank     #14 of 120, up 3
  come back     ssh -p 2222 alice@host·[2J`
	if got := s.Press("space", "q").Model.Farewell(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	p.At.Rank = 20
	if got := s.Press("space").Model.Farewell(); !strings.Contains(got, "#20 of 120, down 3\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestKeyboardPlainIsSaved(t *testing.T) {
	s, chosen := choosing(t, tui.Preferences{})
	for _, want := range []bool{true, false} {
		words := map[bool]string{true: "plain keyboard", false: "full keyboard"}[want]
		tuitest.RequireShows(t, s.Press("i"), words)
		if last := (*chosen)[len(*chosen)-1]; last.PlainKeys != want || s.Model.PlainKeys() != want {
			t.Errorf("%v is remembered, want %v", last.PlainKeys, want)
		}
	}
	if s, _ := choosing(t, tui.Preferences{PlainKeys: true}); !s.Model.PlainKeys() {
		t.Error("it is forgotten")
	}
}

func TestASCIIKeyIsSavedUnlessTerminalNeedsIt(t *testing.T) {
	for _, c := range []struct {
		needs   bool
		before  tui.Charset
		isASCII bool
		want    []tui.Charset // what is saved by each press
	}{
		{false, tui.AutoCharset, false, []tui.Charset{tui.ASCII, tui.AutoCharset, tui.ASCII}},
		{true, tui.AutoCharset, true, []tui.Charset{tui.Unicode, tui.AutoCharset}},
		{false, tui.ASCII, true, []tui.Charset{tui.AutoCharset, tui.ASCII}},
		{true, tui.ASCII, true, []tui.Charset{tui.Unicode, tui.AutoCharset}},
		{true, tui.Unicode, false, []tui.Charset{tui.AutoCharset, tui.Unicode}},
		{false, tui.Unicode, false, []tui.Charset{tui.ASCII, tui.AutoCharset}},
	} {
		s, chosen := choosing(t, tui.Preferences{Charset: c.before})
		if c.needs {
			s.Send(tui.NeedsASCIIMsg{})
		}
		isASCII := c.isASCII
		for i, want := range c.want {
			if got := s.Model.ASCII(); got != isASCII {
				t.Errorf("%+v: before press %d it is ASCII: %v", c, i+1, got)
			}
			s.Press("a")
			isASCII = !isASCII
			tuitest.RequireShows(t, s, map[bool]string{true: "only ASCII", false: "all characters"}[isASCII])
			if last := (*chosen)[len(*chosen)-1].Charset; len(*chosen) != i+1 || last != want {
				t.Errorf("%+v: press %d saves %v, want %v", c, i+1, last, want)
			}
		}
	}
}

func TestASCIIDigitsNeedNoBlocks(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 12}} {
		o := tuitest.Options(tuitest.Alice())
		o.Width, o.Height, o.NeedsASCII = size[0], size[1], true
		s := tuitest.New(t, o)
		tuitest.RequireHides(t, s, "▀", "▄", "█")
		tuitest.RequireShows(t, s.Press("a"), "▀")
		tuitest.RequireHides(t, s.Press("a"), "▀", "▄", "█")
	}
}

func TestASCIIIsOnFromStartWhereNeeded(t *testing.T) {
	o := tuitest.Options(tuitest.Alice())
	if o.NeedsASCII = true; !tuitest.New(t, o).Model.ASCII() {
		t.Error("it is off")
	}
	o.Preferences.Charset = tui.Unicode
	if tuitest.New(t, o).Model.ASCII() {
		t.Error("what the player has chosen is ignored")
	}
}
