package tui_test

import (
	"strings"
	"testing"
	"time"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

func TestScreenShowsCountsRankAndKeys(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	tuitest.RequireShows(t, s, "clickky", "1,342,977", "alice", "23,529", "#17 of 120", "12.4 clicks a second", "17 here",
		"space click", "q leave")
	tuitest.RequireHides(t, s, "saved")
}

func TestClickShowsBeforeSnapshot(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Press("space")
	tuitest.RequireShows(t, s, "1,342,978", "23,530", "+1")
	s.Press("enter")
	tuitest.RequireShows(t, s, "1,342,979", "23,531", "+2")
	tuitest.RequireShows(t, s.Send(tea.WindowSizeMsg{Width: 120, Height: 40}), "+2")
}

func TestRankIsNoneBeforeFirstClick(t *testing.T) {
	p := &tuitest.FakePlayer{At: game.Standing{Name: "new", Place: game.Place{Rank: 121, Of: 121}}}
	s := tuitest.New(t, tuitest.Options(p))
	tuitest.RequireShows(t, s, "rank     none yet", "120 players")
	p.At.Clicks = 1
	s.Press("space") // the snapshot doesn't count the player yet
	tuitest.RequireHides(t, s, "#121", "of 121", "of 120")
	snap := tuitest.Snapshot()
	snap.Players = 121
	tuitest.RequireShows(t, s.Send(tui.SnapshotMsg{Snapshot: snap}), "#121 of 121", "121 players")
}

func TestCountsNeverDecrease(t *testing.T) {
	p := tuitest.Alice()
	s := tuitest.New(t, tuitest.Options(p)).Press("space", "space")
	old := tuitest.Snapshot()
	old.Total--
	p.At.Clicks = 3 // a standing that lags
	s.Send(tui.SnapshotMsg{Snapshot: old})
	tuitest.RequireShows(t, s, "1,342,979", "23,531")
	ahead := tuitest.Snapshot()
	ahead.Total = 2_000_000
	p.At.Clicks = 30_000 // another session of the same player
	s.Send(tui.SnapshotMsg{Snapshot: ahead})
	tuitest.RequireShows(t, s, "2,000,000", "30,000")
	p.Total = 1_500_000 // the score of a click may lag as well
	s.Press("space")
	tuitest.RequireShows(t, s, "2,000,000", "30,001")
}

func TestClickNeedsPlainPress(t *testing.T) {
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
		"snapshot":          tui.SnapshotMsg{Snapshot: tuitest.Snapshot()},
		"snapshot of none":  tui.SnapshotMsg{},
		"far out of screen": tea.MouseClickMsg{X: -1, Y: 1 << 30, Button: tea.MouseLeft},
	} {
		t.Run(name, func(t *testing.T) {
			p := tuitest.Alice()
			s := tuitest.New(t, tuitest.Options(p)).Send(msg)
			if p.Clicks != 0 || s.Quit {
				t.Errorf("%d clicks, quit %v", p.Clicks, s.Quit)
			}
		})
	}
}

func TestHeldKeyRepeatsDoNotCount(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 12}, {32, 8}, {32, 4}} {
		for _, before := range [][]string{nil, {"l"}, {"l", "/", "a", "enter"}} {
			for _, code := range []rune{tea.KeySpace, tea.KeyEnter} {
				s := tuitest.NewWithBoard(t, size[0], size[1], colorprofile.ASCII).Press(before...).Press("space")
				shown := s.View()
				held := tea.KeyPressMsg{Code: code, IsRepeat: true}
				tuitest.RequireShows(t, s.Send(held, held), "23,530", "let go")
				tuitest.RequireHides(t, s, "23,531", "23,532")
				if s.Send(tea.KeyReleaseMsg{Code: code}); s.Quit || s.View() == shown {
					t.Errorf("%v %v: letting go ends the hint", size, before)
				}
				tuitest.RequireHides(t, s.Press("space"), "let go")
				tuitest.RequireShows(t, s, "23,531")
			}
		}
	}
}

func TestHeldKeyTogglesNothing(t *testing.T) {
	for _, keys := range [][]string{{"l"}, {"tab"}, {"esc"}, {"l", "l"}, {"l", "tab"}, {"l", "/", "tab"}, {"l", "/", "a", "enter"}, {"l", "/", "a", "esc"}} {
		s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press(keys...)
		before := s.View()
		again := tuitest.KeyPress(keys[len(keys)-1])
		again.IsRepeat = true
		if s.Send(again); s.Quit || s.View() != before && !strings.Contains(s.View(), "let go") {
			t.Errorf("%v and held: from\n%s\nto\n%s", keys, before, s.View())
		}
	}
}

func TestHeldKeyScrollsAndTypes(t *testing.T) {
	held := func(name string) tea.KeyPressMsg {
		k := tuitest.KeyPress(name)
		k.IsRepeat = true
		return k
	}
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l", "down").Send(held("down"), held("j"), held("pgdown"))
	tuitest.RequireShows(t, s, "21-38 of 120")
	s.Press("/", "e").Send(held("e"), held("space"))
	tuitest.RequireShows(t, s, "/ee")
	tuitest.RequireShows(t, s.Send(held("home")).Press("x"), "/xee")
}

func TestClickRejectedShowsReason(t *testing.T) {
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
		p := tuitest.Alice()
		p.Verdict = c.verdict
		o := tuitest.Options(p)
		o.Width, o.Height = c.w, c.h
		s := tuitest.New(t, o).Press("space")
		tuitest.RequireShows(t, s, c.hint, "1,342,977", "23,529")
		p.Verdict = tui.Counted
		tuitest.RequireHides(t, s.Press("space"), c.hint)
		p.Verdict = c.verdict
		tuitest.RequireShows(t, s.Press("space"), c.hint)
		for range 20 {
			s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()})
		}
		tuitest.RequireHides(t, s, c.hint)
	}
}

func TestUnsavedShowsOnlyOnTrouble(t *testing.T) {
	saved := time.Unix(1, 0)
	for _, snap := range []live.Snapshot{
		{},
		{Unsaved: 4},
		{Health: game.Health{LastSaved: saved}},
		{Health: game.Health{LastSaved: saved}, SavedAge: 20 * time.Second, Unsaved: 1},
		{Health: game.Health{LastSaved: saved}, SavedAge: 100 * time.Hour},
	} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}, {30, 8}} {
			s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
			s.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}, tui.SnapshotMsg{Snapshot: &snap})
			tuitest.RequireHides(t, s, "saved", "save ")
		}
	}
	for want, snap := range map[string]live.Snapshot{
		"1 click in the journal":      {Unsaved: 1, Health: game.Health{StoreDown: true}},
		"1,204 clicks in the journal": {Unsaved: 1204, Health: game.Health{StoreDown: true, LastSaved: saved}},
		"5 clicks in the journal":     {Unsaved: 5, Health: game.Health{StoreDown: true, StoreRefuses: true}},
		"7 clicks in memory only":     {Unsaved: 1204, Unjournaled: 7, Health: game.Health{StoreDown: true, JournalDown: true}},
		"99 clicks in the journal":    {Unsaved: 99, Health: game.Health{Ownership: game.Lost}},
	} {
		s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(tui.SnapshotMsg{Snapshot: &snap})
		tuitest.RequireShows(t, s, want)
		switch {
		case snap.JournalDown:
			tuitest.RequireShows(t, s, "can't write the journal: ", "still counting")
		case snap.Ownership == game.Lost:
			tuitest.RequireShows(t, s, "another server took over: ")
		case snap.StoreRefuses:
			tuitest.RequireShows(t, s, "database rejects saves: ", "still counting")
		case snap.StoreDown:
			tuitest.RequireShows(t, s, "database unreachable: ", "still counting")
		}
	}
}

func TestUnsavedShowsOnEverySizeWhileDatabaseDown(t *testing.T) {
	snap := tuitest.Snapshot()
	snap.StoreDown, snap.Unsaved = true, 1204
	for _, size := range [][2]int{{24, 6}, {30, 10}, {40, 12}, {60, 20}, {72, 17}, {120, 40}} {
		s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}, tui.SnapshotMsg{Snapshot: snap})
		tuitest.RequireShows(t, s, "1,204")
	}
}

func TestScreenIsSameWhileNothingChanges(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	before := s.View()
	s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}, tea.FocusMsg{}, tea.BlurMsg{}, tuitest.KeyPress("x"))
	if s.View() != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, s.View())
	}
	unsaved := tuitest.Snapshot()
	unsaved.Unsaved = 7
	s.Send(tui.SnapshotMsg{Snapshot: unsaved})
	between := s.View()
	unsaved.Unsaved = 8
	if s.Send(tui.SnapshotMsg{Snapshot: unsaved}); s.View() != between {
		t.Error("how much is unsaved shows while the database works")
	}
}

func TestSizeChangeReflows(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	wide := s.View()
	s.Send(tea.WindowSizeMsg{Width: 40, Height: 12})
	tuitest.RequireShows(t, s, "1,342,977", "23,529")
	if s.Send(tea.WindowSizeMsg{Width: 80, Height: 24}); s.View() != wide {
		t.Error("the screen is not as before")
	}
}

func TestSizeTooSmallKeepsCounting(t *testing.T) {
	o := tuitest.Options(tuitest.Alice())
	o.Width, o.Height = 20, 5
	s := tuitest.New(t, o)
	tuitest.RequireShows(t, s, "too small", "23,529", "1,342,977")
	tuitest.RequireShows(t, s.Press("space"), "23,530", "1,342,978")
	tuitest.RequireShows(t, s.Send(tea.WindowSizeMsg{Width: 30, Height: 1}), "23,530", "1,342,978")
	tuitest.RequireShows(t, s.Send(tea.WindowSizeMsg{Width: 9, Height: 2}), "23,530", "1,342,978")
}

func TestFarewellShowsReasonOfServer(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(tui.EndMsg{Reason: "the server restarts\x1b[2J"})
	if !s.Quit {
		t.Error("the session goes on")
	}
	if got := s.Model.Farewell(); !strings.HasPrefix(got, "the server restarts·[2J\n") {
		t.Errorf("farewell %q", got)
	}
}

func TestFarewellShowsLatestCounts(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Press("space", "space", "q")
	if !s.Quit {
		t.Fatal("q does not leave")
	}
	const want = `Thanks for playing clickky, alice!
  everybody     1,342,979
  you           23,531
  this session  2
  today         414, day 4 in a row
  your rank     #17 of 120`
	if got := s.Model.Farewell(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAdminHasBadge(t *testing.T) {
	o := tuitest.Options(tuitest.Alice())
	tuitest.RequireHides(t, tuitest.New(t, o), "admin")
	o.Admin = true
	tuitest.RequireShows(t, tuitest.New(t, o), "admin")
}

func TestRankOneIsTieWhileShared(t *testing.T) {
	p := &tuitest.FakePlayer{At: game.Standing{Name: "ada", Place: game.Place{Clicks: 20, Rank: 1, Of: 3, Ties: 2}}}
	snap := tuitest.Snapshot()
	snap.Players = 3
	o := tuitest.Options(p)
	o.Snapshot = snap
	s := tuitest.New(t, o)
	tuitest.RequireShows(t, s, "#1 of 3", "tied for 1st")
	tuitest.RequireHides(t, s, "you lead")
	if got := s.Model.Farewell(); !strings.Contains(got, "#1 of 3, tied") {
		t.Errorf("%s", got)
	}
	if got := strings.Join(tui.NewPlain(o).Greeting(), " "); !strings.Contains(got, "You have 20 clicks and are tied for number 1 of 3.") {
		t.Errorf("%s", got)
	}
	p.At.Ties = 0
	tuitest.RequireShows(t, s.Press("space"), "you lead")
	tuitest.RequireHides(t, s, "tied")
}

func TestAdminKeysSayTheyAreForAdmins(t *testing.T) {
	for key, want := range map[string]string{
		"l": "the leaderboard is for admins", "tab": "the leaderboard is for admins", "d": "the dashboard is for admins",
	} {
		tuitest.RequireShows(t, tuitest.New(t, tuitest.Options(tuitest.Alice())).Press(key), want)
	}
}

func TestTodayShowsInPlayerPanelWithoutRoomForItsOwn(t *testing.T) {
	o := tuitest.Options(tuitest.Alice())
	o.Width, o.Height = 60, 30
	s := tuitest.New(t, o)
	tuitest.RequireShows(t, s, "today    412 clicks", "#3 of 12")
	tuitest.RequireShows(t, s.Press("space"), "today    413 clicks")
	tuitest.RequireHides(t, s, "streak")
}

func TestWallShowsAverageWhileDayHasNoLeaders(t *testing.T) {
	for what, board := range map[string]func(int) *live.Leaderboard{
		"player": nil, "player who may see the leaderboard": func(int) *live.Leaderboard { return tuitest.NewBoard(t) },
	} {
		t.Run(what, func(t *testing.T) {
			o := tuitest.Options(tuitest.Alice())
			o.Width, o.Height, o.Board = 200, 60, board
			s := tuitest.New(t, o)
			if board != nil {
				tuitest.RequireShows(t, s, "player003")
				tuitest.RequireHides(t, s, "clicks each")
			}
			s.Send(tuitest.SnapshotWith(func(snap *live.Snapshot) { snap.Today = game.DayStatus{Date: 20_788}; snap.Best = 87 }))
			tuitest.RequireShows(t, s, "0 clicks by 0 players", "11,000 clicks each, all time", "87 in a second")
		})
	}
}

func TestTodayTiedForFirstIsNoLead(t *testing.T) {
	p := tuitest.Alice()
	p.At.Today = game.DayStanding{Place: game.Place{Clicks: 12, Rank: 1, Of: 2, Ties: 1}}
	s := tuitest.New(t, tuitest.Options(p))
	tuitest.RequireShows(t, s, "tied for 1st")
	tuitest.RequireHides(t, s, "you lead")
	p.At.Today.Ties = 0
	tuitest.RequireShows(t, tuitest.New(t, tuitest.Options(p)), "you lead")
}
