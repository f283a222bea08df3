package tui_test

import (
	"image/color"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/theme"
)

// What a terminal says that its background is.
var (
	onDark  = tea.BackgroundColorMsg{Color: color.Black}
	onLight = tea.BackgroundColorMsg{Color: color.White}
)

// choosing is alice's colourful screen, and what she has chosen.
func choosing(t *testing.T, before tui.Prefs) (*screen, *[]tui.Prefs) {
	chosen := new([]tui.Prefs)
	o := colourful()
	o.Prefs = before
	o.Remember = func(p tui.Prefs) { *chosen = append(*chosen, p) }
	return newScreen(t, o), chosen
}

func TestTheColoursAreChangedOneAfterTheOtherAndRemembered(t *testing.T) {
	s, chosen := choosing(t, tui.Prefs{})
	seen := map[string]bool{s.view(): true}
	for _, want := range []theme.Theme{theme.Light, theme.Contrast, theme.Mono, theme.Dark} {
		requireShows(t, s.press("t"), "colours: "+want.String())
		if last := (*chosen)[len(*chosen)-1]; last.Theme != want {
			t.Errorf("%v is remembered, want %v", last.Theme, want)
		}
		s.press("space")
		if seen[s.view()] {
			t.Errorf("%v looks like another", want)
		}
		seen[s.view()] = true
	}
}

func TestARememberedChoiceIsThereFromTheStart(t *testing.T) {
	light, _ := choosing(t, tui.Prefs{Theme: theme.Light})
	other, _ := choosing(t, tui.Prefs{})
	if light.view() == other.view() {
		t.Error("the choice does not show")
	}
	before := light.send(onLight).view()
	if light.send(onDark); light.view() != before {
		t.Error("the background changes what was chosen")
	}
}

func TestWithoutAChoiceTheBackgroundDecides(t *testing.T) {
	s, _ := choosing(t, tui.Prefs{})
	unknown := s.view()
	dark := s.send(onDark).view()
	light, _ := choosing(t, tui.Prefs{Theme: theme.Light})
	if unknown == dark || unknown == light.send(onLight).view() {
		t.Error("on an unknown background it is as on a dark or a light one")
	}
	if s.send(onLight); s.view() != light.view() {
		t.Error("on a light background it is not light")
	}
	if s.send(onDark); s.view() != dark {
		t.Error("on a dark background it is not dark")
	}
}

func TestWithoutColoursThereIsNothingToChoose(t *testing.T) {
	s, chosen := choosing(t, tui.Prefs{})
	s.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	requireShows(t, s.press("t"), "this terminal has no colours")
	if len(*chosen) != 0 {
		t.Errorf("%v is remembered", *chosen)
	}
}

func TestReducedMotionMovesOnceASecondAndIsRemembered(t *testing.T) {
	s, chosen := choosing(t, tui.Prefs{})
	h := historyOf(9, 4, 5)
	s.send(later(h, 0))
	requireShows(t, s, "peak 5", "▂")
	requireShows(t, s.press("m"), "reduced motion")
	requireShows(t, s, "peak of the last minute: 5 a second")
	requireHides(t, s, "▂")
	if len(*chosen) != 1 || !(*chosen)[0].Calm {
		t.Errorf("%v is remembered", *chosen)
	}
	before := s.view()
	for i := range uint64(5) {
		s.send(later(h, i+1))
	}
	if s.view() != before {
		t.Error("it moves within a second")
	}
	requireShows(t, s.send(later(historyOf(10, 4, 5, 9), 9)), "1,342,986", "last minute: 9")
	requireShows(t, s.press("space"), "23,530") // own presses show at once
	s.press("m")
	if len(*chosen) != 2 || (*chosen)[1].Calm {
		t.Errorf("%v is remembered", *chosen)
	}
	requireShows(t, s.send(later(historyOf(10, 4, 5, 9), 20)), "1,342,997")
}

func TestReducedMotionHoldsNothingBackThatIsNoClick(t *testing.T) {
	s, _ := choosing(t, tui.Prefs{Calm: true})
	h := historyOf(9, 4, 5)
	s.send(later(h, 0))
	requireShows(t, s.send(with(func(s *live.Snapshot) { s.History, s.Online = h, 99 })), "99")
	requireShows(t, s.send(with(func(s *live.Snapshot) { s.History, s.Total, s.Milestone = h, 2_500_001, 2_500_000 })), "reached!")
	requireShows(t, s.send(with(func(s *live.Snapshot) { s.History, s.Total, s.StoreDown = h, 2_500_002, true })), "unreachable")
}

func TestTheHelpOpensOnEveryScreenAndLeadsBack(t *testing.T) {
	for _, before := range [][]string{nil, {"l"}, {"l", "/", "a", "enter"}} {
		for _, closes := range []string{"?", "esc"} {
			s := open(t, 80, 24, colorprofile.ASCII).press(before...)
			was := s.view()
			requireShows(t, s.press("?"), "what counts", "names and keys", "ssh-keygen", "leaderboard", "esc back")
			requireShows(t, s.press("space"), "23,530") // a click counts here as well
			s.press(closes)
			requireHides(t, s, "what counts")
			if len(before) > 0 && !strings.Contains(was, "leaderboard") {
				t.Errorf("%v: not back where it was", before)
			}
		}
	}
	o := options(alice())
	requireHides(t, newScreen(t, o).press("?"), "leaderboard")
}

func TestInAShortTerminalTheHelpScrolls(t *testing.T) {
	s := open(t, 40, 12, colorprofile.ASCII).press("?")
	requireShows(t, s, "keys", "↑↓ scroll")
	requireHides(t, s, "run ssh-keygen")
	requireShows(t, s.press("end"), "run ssh-keygen")
	requireHides(t, s, "↑↓ nothing")
	requireShows(t, s.press("home"), "keys")
	s.press("down", "down", "pgdown", "pgup", "up")
	requireFits(t, s, 40, 12)
}

func TestANewcomerReadsTwoLinesUntilTheFirstClick(t *testing.T) {
	o := options(&seat{standing: game.Standing{Name: "alice", Rank: 121, Of: 121}, total: 1_342_977})
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		o.Player = &seat{standing: game.Standing{Name: "alice", Rank: 121, Of: 121}, total: 1_342_977}
		o.Width, o.Height = size[0], size[1]
		s := newScreen(t, o)
		requireShows(t, s, "Press space. It counts for you and for everybody.", "Each press is one click")
		requireHides(t, s.press("space"), "It counts for you", "Each press")
		requireHides(t, s.send(tea.WindowSizeMsg{Width: 81, Height: 24}), "It counts for you")
	}
	o.Player = &seat{standing: game.Standing{Name: "alice", Rank: 121, Of: 121}}
	o.Width, o.Height = 40, 12
	s := newScreen(t, o)
	requireShows(t, s.send(tea.WindowSizeMsg{Width: 72, Height: 17}), "It counts for you and for everybody.")
	s.send(tea.WindowSizeMsg{Width: 40, Height: 12})
	requireShows(t, s, "each press of space")
	requireHides(t, s.press("space"), "each press of space")
	requireHides(t, newScreen(t, options(alice())), "It counts for you", "Each press")
}

func TestTheReceiptTellsHowTheRankChangedAndHowToComeBack(t *testing.T) {
	p := alice()
	o := options(p)
	o.ComeBack = "ssh -p 2222 alice@host\x1b[2J"
	s := newScreen(t, o).press("space")
	p.standing.Rank = 14
	const want = `Thanks for playing clickky, alice!
  everybody     1,342,979
  you           23,531
  this session  2
  your rank     #14 of 120, up 3
  come back     ssh -p 2222 alice@host·[2J`
	if got := s.press("space", "q").model.Farewell(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	p.standing.Rank = 20
	if got := s.press("space").model.Farewell(); !strings.Contains(got, "#20 of 120, down 3\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestThePlainKeyboardIsRemembered(t *testing.T) {
	s, chosen := choosing(t, tui.Prefs{})
	for _, want := range []bool{true, false} {
		words := map[bool]string{true: "plain keyboard", false: "full keyboard"}[want]
		requireShows(t, s.press("i"), words)
		if last := (*chosen)[len(*chosen)-1]; last.PlainKeys != want || s.model.PlainKeys() != want {
			t.Errorf("%v is remembered, want %v", last.PlainKeys, want)
		}
	}
	if s, _ := choosing(t, tui.Prefs{PlainKeys: true}); !s.model.PlainKeys() {
		t.Error("it is forgotten")
	}
}
