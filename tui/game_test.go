package tui_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

// alice is in the middle of a game of 120.
func alice() *seat {
	return &seat{standing: game.Standing{Name: "alice", Clicks: 23_529, Rank: 17, Of: 120}, total: 1_342_977}
}

// snapshot is the game that alice plays in.
func snapshot() *live.Snapshot {
	return &live.Snapshot{
		Total: 1_342_977, Players: 120, Online: 17, Rate: 12.4,
		Health: game.Health{LastSaved: time.Unix(1, 0)}, SavedAge: 20 * time.Second,
	}
}

// options are alice's screen of 80 by 24 cells, without colours.
func options(p tui.Player) tui.Options {
	return tui.Options{Name: "alice", Player: p, Snapshot: snapshot(), Width: 80, Height: 24, Profile: colorprofile.ASCII}
}

func requireShows(t *testing.T, s *screen, texts ...string) {
	t.Helper()
	shown := ansi.Strip(s.view())
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			t.Errorf("the screen does not show %q:\n%s", text, shown)
		}
	}
}

func requireHides(t *testing.T, s *screen, texts ...string) {
	t.Helper()
	shown := ansi.Strip(s.view())
	for _, text := range texts {
		if strings.Contains(shown, text) {
			t.Errorf("the screen shows %q:\n%s", text, shown)
		}
	}
}

func TestTheFirstScreenShowsEverythingAPlayerWantsToKnow(t *testing.T) {
	s := newScreen(t, options(alice()))
	requireShows(t, s, "clickky", "1,342,977", "alice", "23,529", "#17 of 120", "12.4 clicks a second", "17 players",
		"space click", "q leave")
	requireHides(t, s, "saved")
}

func TestOwnClickShowsWithoutASnapshot(t *testing.T) {
	s := newScreen(t, options(alice())).press("space")
	requireShows(t, s, "1,342,978", "23,530", "+1")
	s.press("enter")
	requireShows(t, s, "1,342,979", "23,531", "+2")
	requireShows(t, s.send(tea.WindowSizeMsg{Width: 120, Height: 40}), "+2")
}

func TestAPlayerWhoNeverClickedHasARankBehindAllOthers(t *testing.T) {
	p := &seat{standing: game.Standing{Name: "new", Rank: 121, Of: 121}}
	s := newScreen(t, options(p))
	requireShows(t, s, "rank     none yet", "120 players")
	p.standing.Clicks = 1
	s.press("space") // the snapshot doesn't count the player yet
	requireHides(t, s, "#121", "of 121", "of 120")
	snap := snapshot()
	snap.Players = 121
	requireShows(t, s.send(tui.SnapshotMsg{Snapshot: snap}), "#121 of 121", "121 players")
}

func TestNoNumberJumpsBack(t *testing.T) {
	p := alice()
	s := newScreen(t, options(p)).press("space", "space")
	old := snapshot()
	old.Total--
	p.standing.Clicks = 3 // a standing that lags
	s.send(tui.SnapshotMsg{Snapshot: old})
	requireShows(t, s, "1,342,979", "23,531")
	ahead := snapshot()
	ahead.Total = 2_000_000
	p.standing.Clicks = 30_000 // another session of the same player
	s.send(tui.SnapshotMsg{Snapshot: ahead})
	requireShows(t, s, "2,000,000", "30,000")
	p.total = 1_500_000 // the score of a click may lag as well
	s.press("space")
	requireShows(t, s, "2,000,000", "30,001")
}

func TestOnlyAPlainPressClicks(t *testing.T) {
	for name, msg := range map[string]tea.Msg{
		"paste":             tea.PasteMsg{Content: "   "},
		"release":           tea.KeyReleaseMsg{Code: tea.KeySpace, Text: " "},
		"ctrl":              tea.KeyPressMsg{Code: tea.KeySpace, Mod: tea.ModCtrl},
		"alt":               tea.KeyPressMsg{Code: tea.KeySpace, Mod: tea.ModAlt},
		"shift":             tea.KeyPressMsg{Code: tea.KeySpace, Mod: tea.ModShift},
		"letters of space":  tea.KeyPressMsg{Code: tea.KeyExtended, Text: "space"},
		"two spaces":        tea.KeyPressMsg{Code: tea.KeyExtended, Text: "  "},
		"right button":      tea.MouseClickMsg{X: 40, Y: 8, Button: tea.MouseRight},
		"button let go":     tea.MouseReleaseMsg{X: 40, Y: 8, Button: tea.MouseLeft},
		"wheel":             tea.MouseWheelMsg{X: 40, Y: 8, Button: tea.MouseWheelUp},
		"snapshot":          tui.SnapshotMsg{Snapshot: snapshot()},
		"snapshot of none":  tui.SnapshotMsg{},
		"far out of screen": tea.MouseClickMsg{X: -1, Y: 1 << 30, Button: tea.MouseLeft},
	} {
		t.Run(name, func(t *testing.T) {
			p := alice()
			s := newScreen(t, options(p)).send(msg)
			if p.clicks != 0 || s.quit {
				t.Errorf("%d clicks, quit %v", p.clicks, s.quit)
			}
		})
	}
}

func TestRepeatsOfAHeldKeyDoNotCountAndSaySo(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 12}, {32, 8}, {32, 4}} {
		for _, before := range [][]string{nil, {"l"}, {"l", "/", "a", "enter"}} {
			for _, code := range []rune{tea.KeySpace, tea.KeyEnter} {
				s := open(t, size[0], size[1], colorprofile.ASCII).press(before...).press("space")
				shown := s.view()
				held := tea.KeyPressMsg{Code: code, IsRepeat: true}
				requireShows(t, s.send(held, held), "23,530", "let go")
				requireHides(t, s, "23,531", "23,532")
				if s.send(tea.KeyReleaseMsg{Code: code}); s.quit || s.view() == shown {
					t.Errorf("%v %v: letting go ends the hint", size, before)
				}
				requireHides(t, s.press("space"), "let go")
				requireShows(t, s, "23,531")
			}
		}
	}
}

func TestAHeldKeyTogglesNothing(t *testing.T) {
	for _, keys := range [][]string{{"l"}, {"tab"}, {"esc"}, {"l", "l"}, {"l", "tab"}, {"l", "/", "tab"}, {"l", "/", "a", "enter"}, {"l", "/", "a", "esc"}} {
		s := open(t, 80, 24, colorprofile.ASCII).press(keys...)
		before := s.view()
		again := keyPress(keys[len(keys)-1])
		again.IsRepeat = true
		if s.send(again); s.quit || s.view() != before && !strings.Contains(s.view(), "let go") {
			t.Errorf("%v and held: from\n%s\nto\n%s", keys, before, s.view())
		}
	}
}

func TestHeldKeysScrollAndType(t *testing.T) {
	held := func(name string) tea.KeyPressMsg {
		k := keyPress(name)
		k.IsRepeat = true
		return k
	}
	s := open(t, 80, 24, colorprofile.ASCII).press("l", "down").send(held("down"), held("j"), held("pgdown"))
	requireShows(t, s, "21-38 of 120")
	s.press("/", "e").send(held("e"), held("space"))
	requireShows(t, s, "/ee")
	requireShows(t, s.send(held("home")).press("x"), "/xee")
}

func TestAClickThatDidNotCountIsExplainedUntilItIsOver(t *testing.T) {
	for _, c := range []struct {
		verdict tui.Verdict
		w, h    int
		hint    string
	}{
		{tui.TooFast, 80, 24, "too fast: that one didn't count"},
		{tui.TooFast, 40, 12, "too fast: that one didn't count"},
		{tui.TooFast, 32, 8, "too fast: that one didn't count"},
		{tui.Held, 80, 24, "a held key doesn't count: let go and press again"},
		{tui.Held, 40, 12, "held key: let go, press again"},
		{tui.Held, 32, 8, "held key: let go, press again"},
		{tui.TooManyNames, 80, 24, "too many new names lately: wait a minute, or use an old name"},
		{tui.TooManyNames, 40, 12, "new name: wait a minute"},
	} {
		p := alice()
		p.verdict = c.verdict
		o := options(p)
		o.Width, o.Height = c.w, c.h
		s := newScreen(t, o).press("space")
		requireShows(t, s, c.hint, "1,342,977", "23,529")
		p.verdict = tui.Counted
		requireHides(t, s.press("space"), c.hint)
		p.verdict = c.verdict
		requireShows(t, s.press("space"), c.hint)
		for range 20 {
			s.send(tui.SnapshotMsg{Snapshot: snapshot()})
		}
		requireHides(t, s, c.hint)
	}
}

func TestTheSavingIsToldOnlyWhenSomethingIsWrong(t *testing.T) {
	saved := time.Unix(1, 0)
	for _, snap := range []live.Snapshot{
		{},
		{Unsaved: 4},
		{Health: game.Health{LastSaved: saved}},
		{Health: game.Health{LastSaved: saved}, SavedAge: 20 * time.Second, Unsaved: 1},
		{Health: game.Health{LastSaved: saved}, SavedAge: 100 * time.Hour},
	} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}, {30, 8}} {
			s := newScreen(t, options(alice()))
			s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}, tui.SnapshotMsg{Snapshot: &snap})
			requireHides(t, s, "saved", "save ")
		}
	}
	for want, snap := range map[string]live.Snapshot{
		"1 click in the journal":      {Unsaved: 1, Health: game.Health{StoreDown: true}},
		"1,204 clicks in the journal": {Unsaved: 1204, Health: game.Health{StoreDown: true, LastSaved: saved}},
		"5 clicks in the journal":     {Unsaved: 5, Health: game.Health{StoreDown: true, StoreRefuses: true}},
		"7 clicks in memory only":     {Unsaved: 1204, Unjournaled: 7, Health: game.Health{StoreDown: true, JournalDown: true}},
		"99 clicks in the journal":    {Unsaved: 99, Health: game.Health{Ownership: game.Lost}},
	} {
		s := newScreen(t, options(alice())).send(tui.SnapshotMsg{Snapshot: &snap})
		requireShows(t, s, want)
		switch {
		case snap.JournalDown:
			requireShows(t, s, "can't write the journal: ", "still counting")
		case snap.Ownership == game.Lost:
			requireShows(t, s, "another server took over: ")
		case snap.StoreRefuses:
			requireShows(t, s, "database rejects saves: ", "still counting")
		case snap.StoreDown:
			requireShows(t, s, "database unreachable: ", "still counting")
		}
	}
}

func TestUnsavedClicksAreOnEveryScreenWhileTheDatabaseIsDown(t *testing.T) {
	snap := snapshot()
	snap.StoreDown, snap.Unsaved = true, 1204
	for _, size := range [][2]int{{24, 6}, {30, 10}, {40, 12}, {60, 20}, {72, 17}, {120, 40}} {
		s := newScreen(t, options(alice())).send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}, tui.SnapshotMsg{Snapshot: snap})
		requireShows(t, s, "1,204")
	}
}

func TestTheViewStaysTheSameWhileNothingChanges(t *testing.T) {
	s := newScreen(t, options(alice()))
	before := s.view()
	s.send(tui.SnapshotMsg{Snapshot: snapshot()}, tea.FocusMsg{}, tea.BlurMsg{}, keyPress("x"))
	if s.view() != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, s.view())
	}
	unsaved := snapshot()
	unsaved.Unsaved = 7
	s.send(tui.SnapshotMsg{Snapshot: unsaved})
	between := s.view()
	unsaved.Unsaved = 8
	if s.send(tui.SnapshotMsg{Snapshot: unsaved}); s.view() != between {
		t.Error("how much is unsaved shows while the database works")
	}
}

func TestResizingReflows(t *testing.T) {
	s := newScreen(t, options(alice()))
	wide := s.view()
	s.send(tea.WindowSizeMsg{Width: 40, Height: 12})
	requireShows(t, s, "1,342,977", "23,529")
	if s.send(tea.WindowSizeMsg{Width: 80, Height: 24}); s.view() != wide {
		t.Error("the screen is not as before")
	}
}

func TestATerminalThatIsTooSmallSaysSoAndKeepsCounting(t *testing.T) {
	o := options(alice())
	o.Width, o.Height = 20, 5
	s := newScreen(t, o)
	requireShows(t, s, "too small", "23,529", "1,342,977")
	requireShows(t, s.press("space"), "23,530", "1,342,978")
	requireShows(t, s.send(tea.WindowSizeMsg{Width: 30, Height: 1}), "23,530", "1,342,978")
	requireShows(t, s.send(tea.WindowSizeMsg{Width: 9, Height: 2}), "23,530", "1,342,978")
}

func TestTheServerEndsTheSessionWithAReason(t *testing.T) {
	s := newScreen(t, options(alice())).send(tui.EndMsg{Reason: "the server restarts\x1b[2J"})
	if !s.quit {
		t.Error("the session goes on")
	}
	if got := s.model.Farewell(); !strings.HasPrefix(got, "the server restarts·[2J\n") {
		t.Errorf("farewell %q", got)
	}
}

func TestTheFarewellHasTheLastFigures(t *testing.T) {
	s := newScreen(t, options(alice())).press("space", "space", "q")
	if !s.quit {
		t.Fatal("q does not leave")
	}
	const want = `Thanks for playing clickky, alice!
  everybody     1,342,979
  you           23,531
  this session  2
  your rank     #17 of 120`
	if got := s.model.Farewell(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnAdminIsMarkedAsOne(t *testing.T) {
	o := options(alice())
	requireHides(t, newScreen(t, o), "admin")
	o.Admin = true
	requireShows(t, newScreen(t, o), "admin")
}

func TestTheFirstRankIsToldAsATieWhileOthersShareIt(t *testing.T) {
	p := &seat{standing: game.Standing{Name: "ada", Clicks: 20, Rank: 1, Of: 3, Ties: 2}}
	snap := snapshot()
	snap.Players = 3
	o := options(p)
	o.Snapshot = snap
	s := newScreen(t, o)
	requireShows(t, s, "#1 of 3", "tied for 1st")
	requireHides(t, s, "you lead")
	if got := s.model.Farewell(); !strings.Contains(got, "#1 of 3, tied") {
		t.Errorf("%s", got)
	}
	if got := strings.Join(tui.NewPlain(o).Greeting(), " "); !strings.Contains(got, "You have 20 clicks and are tied for number 1 of 3.") {
		t.Errorf("%s", got)
	}
	p.standing.Ties = 0
	requireShows(t, s.press("space"), "you lead")
	requireHides(t, s, "tied")
}

func TestKeysOfAdminsSayThatTheyAreForAdmins(t *testing.T) {
	for key, want := range map[string]string{
		"l": "the leaderboard is for admins", "tab": "the leaderboard is for admins", "d": "the dashboard is for admins",
	} {
		requireShows(t, newScreen(t, options(alice())).press(key), want)
	}
}
