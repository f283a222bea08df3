package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

func TestLeaderboardKeyNeedsRights(t *testing.T) {
	p := tuitest.Alice()
	o := tuitest.Options(p)
	o.Admin = true // even the mark of an admin opens nothing
	s := tuitest.New(t, o)
	tuitest.RequireHides(t, s, "leaderboard", "search")
	before := strings.Count(s.View(), "\n")
	for _, k := range tuitest.EveryKey(0x180) {
		if strings.ContainsRune("tmibha", unicode.ToLower(k.Code)) {
			continue // what they say stands where it says to press space
		}
		s.Send(k)
		foot := ansi.Strip(s.View())
		if !strings.Contains(foot, "press space") && !strings.Contains(foot, "for admins") || strings.Count(s.View(), "\n") != before {
			t.Fatalf("key %q left the game:\n%s", k.String(), s.View())
		}
	}
}

func TestLeaderboardOpensAndCloses(t *testing.T) {
	for _, opens := range []string{"l", "tab"} {
		for _, closes := range []string{"l", "tab", "esc"} {
			s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII)
			tuitest.RequireShows(t, s, "l leaderboard")
			s.Press(opens)
			tuitest.RequireShows(t, s, "player001", "400,000", "1,342,977", "23,529", "#17 of 120", "l back")
			s.Press(closes)
			tuitest.RequireHides(t, s, "player001")
			tuitest.RequireShows(t, s, "press space")
		}
	}
}

func TestKeysToLeaveWorkEverywhere(t *testing.T) {
	for _, keys := range [][]string{
		{"q"}, {"ctrl+c"}, {"ctrl+d"}, {"l", "q"}, {"l", "ctrl+c"}, {"l", "ctrl+d"}, {"l", "/", "ctrl+c"}, {"l", "/", "q", "ctrl+d"},
	} {
		s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII)
		for i, k := range keys {
			if s.Quit {
				t.Errorf("%v: left before key %d", keys, i)
			}
			s.Press(k)
		}
		if !s.Quit {
			t.Errorf("%v does not leave", keys)
		}
	}
}

// lines are the ranks in sight, first and last.
func requireRows(t *testing.T, s *tuitest.Screen, first, last int) {
	t.Helper()
	tuitest.RequireShows(t, s, fmt.Sprintf("%d-%d of 120", first, last))
}

func TestLeaderboardScrollsFromEndToEnd(t *testing.T) {
	const rows = 18
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l")
	requireRows(t, s, 1, rows)
	requireRows(t, s.Press("up", "k", "pgup", "home"), 1, rows)
	requireRows(t, s.Press("down"), 2, rows+1)
	requireRows(t, s.Press("j"), 3, rows+2)
	requireRows(t, s.Press("k"), 2, rows+1)
	requireRows(t, s.Press("up"), 1, rows)
	requireRows(t, s.Press("pgdown"), rows, 2*rows-1)
	requireRows(t, s.Press("pgup"), 1, rows)
	requireRows(t, s.Press("end"), 120-rows+1, 120)
	tuitest.RequireShows(t, s, "player120", "3,333")
	requireRows(t, s.Press("down", "j", "pgdown", "end"), 120-rows+1, 120)
	requireRows(t, s.Press("home"), 1, rows)
	requireRows(t, s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}), 4, rows+3)
	requireRows(t, s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelUp}, tea.MouseWheelMsg{Button: tea.MouseWheelLeft}), 1, rows)
}

func TestLeaderboardMarksMedalsAndOwnRow(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l")
	tuitest.RequireShows(t, s, "★   1  player001", "★   3  player003", "▸   17  alice")
	tuitest.RequireHides(t, s, "★   4")
	if !strings.Contains(s.View(), "\x1b[1malice") {
		t.Error("the own row is not bold")
	}
}

func TestLeaderboardTiesShareRankAndMedal(t *testing.T) {
	o := tuitest.Options(tuitest.Alice())
	board := tuitest.NewBoard(t, game.Player{Name: "a", Clicks: 9}, game.Player{Name: "b", Clicks: 9}, game.Player{Name: "c", Clicks: 3}, game.Player{Name: "d", Clicks: 2})
	o.Board = func(int) *live.Leaderboard { return board }
	tuitest.RequireShows(t, tuitest.New(t, o).Press("l"), "★ 1  a", "★ 1  b", "★ 3  c", "  4  d")
}

func TestLeaderboardClickUpdatesOwnRow(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l", "space")
	tuitest.RequireShows(t, s, "1,342,978", "you 23,530")
	for _, line := range strings.Split(ansi.Strip(s.View()), "\n") {
		if strings.Contains(line, "alice") && !strings.Contains(line, "23,530") {
			t.Errorf("own row: %s", line)
		}
	}
}

func TestLeaderboardUpdatesWhileOpen(t *testing.T) {
	board := tuitest.NewBoard(t, game.Player{Name: "first", Clicks: 1})
	o := tuitest.Options(tuitest.Alice())
	o.Board = func(int) *live.Leaderboard { return board }
	s := tuitest.New(t, o).Press("l")
	tuitest.RequireShows(t, s, "first")
	board = tuitest.NewBoard(t, game.Player{Name: "first", Clicks: 1}, game.Player{Name: "second", Clicks: 77})
	tuitest.RequireHides(t, s, "second")
	tuitest.RequireShows(t, s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}), "second", "77")
}

func TestLeaderboardShrinksInSight(t *testing.T) {
	board := tuitest.NewBoard(t, tuitest.Players()...)
	o := tuitest.Options(tuitest.Alice())
	o.Board = func(int) *live.Leaderboard { return board }
	s := tuitest.New(t, o).Press("l", "end")
	board = tuitest.NewBoard(t, tuitest.Players()[:5]...)
	tuitest.RequireShows(t, s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}), "player001", "1-5 of 5")
	board = nil
	tuitest.RequireShows(t, s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}), "nobody has clicked yet")
}

func TestSearchIgnoresCase(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l", "end", "/").Type("ER01")
	tuitest.RequireShows(t, s, "/ER01", "player010", "player019", "1-9 of 9") // alice has the place of 17
	tuitest.RequireHides(t, s, "player001")
	tuitest.RequireShows(t, s.Type("zz"), "no name contains that")
	s.Press("esc")
	requireRows(t, s, 1, 18)
	tuitest.RequireHides(t, s, "/ER01")
}

func TestSearchFilterStaysUntilCleared(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l", "/").Type("alic").Press("enter")
	tuitest.RequireShows(t, s, "/alic", "1-1 of 1", "esc all players")
	tuitest.RequireShows(t, s.Press("space"), "23,530") // a kept filter is no longer typed
	tuitest.RequireShows(t, s.Press("/").Type("e"), "/alice", "1-1 of 1")
	s.Press("enter", "esc")
	requireRows(t, s, 1, 18)
	tuitest.RequireShows(t, s.Press("esc"), "press space")
}

func TestSearchTakesKeysAsText(t *testing.T) {
	p := tuitest.Alice()
	o := tuitest.Options(p)
	board := tuitest.NewBoard(t, tuitest.Players()...)
	o.Board = func(int) *live.Leaderboard { return board }
	s := tuitest.New(t, o).Press("l", "/", "q", "l", "space", "j", "k", "/")
	s.Send(tea.PasteMsg{Content: "pasted"}, tea.KeyPressMsg{Code: 'v', Mod: tea.ModCtrl})
	if s.Quit || p.Clicks != 0 {
		t.Errorf("quit %v, %d clicks", s.Quit, p.Clicks)
	}
	tuitest.RequireShows(t, s, "/ql jk/")
	tuitest.RequireHides(t, s, "pasted")
	tuitest.RequireShows(t, s.Type(strings.Repeat("x", 500)), "no name contains that", "enter keep")
}

func TestSearchArrowsScroll(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l", "/").Type("player")
	tuitest.RequireShows(t, s.Press("down", "pgdown", "up"), "18-35 of 119")
	tuitest.RequireShows(t, s.Press("home").Type("x"), "/xplayer")
	tuitest.RequireShows(t, s.Press("tab"), "press space")
}

func TestSearchFilterUpdates(t *testing.T) {
	board := tuitest.NewBoard(t, tuitest.Players()...)
	o := tuitest.Options(tuitest.Alice())
	o.Board = func(int) *live.Leaderboard { return board }
	s := tuitest.New(t, o).Press("l", "/").Type("new").Press("enter")
	tuitest.RequireShows(t, s, "no name contains that")
	board = tuitest.NewBoard(t, append(tuitest.Players(), game.Player{Name: "newcomer", Clicks: 5})...)
	tuitest.RequireShows(t, s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}), "newcomer")
}

func TestSearchShowsOnlyNewestResult(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l", "/")
	slow, first := s.Model.Update(tuitest.KeyPress("z"))
	quick, second := slow.Update(tuitest.KeyPress("z"))
	done, _ := quick.Update(second())
	if msg := first(); msg != nil {
		t.Errorf("a search that nobody waits for any more returned %v", msg)
	}
	if got := ansi.Strip(done.View().Content); !strings.Contains(got, "/zz") || !strings.Contains(got, "no name contains that") {
		t.Errorf("shown:\n%s", got)
	}
}

func TestLeaderboardHasOneQueryAtATime(t *testing.T) {
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII)
	model, slow := s.Model.Update(tuitest.KeyPress("l"))
	for range 3 {
		var cmd tea.Cmd
		if model, cmd = model.Update(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}); cmd != nil {
			t.Fatal("a second look-up was started")
		}
	}
	model, cmd := model.Update(slow())
	if cmd == nil {
		t.Error("what happened meanwhile is not looked up")
	}
	if model, _ = model.Update(tuitest.KeyPress("l")); cmd() != nil {
		t.Error("the look-up goes on for a leaderboard that is closed")
	}
	if !strings.Contains(model.View().Content, "press space") {
		t.Error("the leaderboard is not closed")
	}
}

// TestLeaderboardIsCachedWhileUnchanged matters because others click ten times a second, and a
// table costs more than everything else on a player's screen.
func TestLeaderboardIsCachedWhileUnchanged(t *testing.T) {
	if tuitest.RaceEnabled {
		t.Skip("the race detector allocates, too")
	}
	s := tuitest.NewWithBoard(t, 80, 24, colorprofile.ASCII).Press("l")
	total := uint64(0)
	clicks := testing.AllocsPerRun(20, func() {
		total++
		s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total += total })).View()
	})
	drawn := testing.AllocsPerRun(20, func() { s.Press("down").View() })
	if clicks > drawn/4 {
		t.Errorf("a click of others takes %v allocations, to draw the table takes %v", clicks, drawn)
	}
}

// TestListsShowPeriods goes through all periods on the leaderboard and the dashboard.
func TestListsShowPeriods(t *testing.T) {
	boards := map[int]*live.Leaderboard{
		0:  tuitest.NewBoard(t, game.Player{Name: "ever", Clicks: 1000}, game.Player{Name: "alice", Clicks: 900}),
		1:  tuitest.NewBoard(t, game.Player{Name: "alice", Clicks: 3}, game.Player{Name: "now", Clicks: 2}),
		7:  tuitest.NewBoard(t, game.Player{Name: "week", Clicks: 50}),
		30: tuitest.NewBoard(t),
	}
	for _, list := range []string{"l", "d"} {
		o := tuitest.DashboardOptions(tuitest.NewFakeBackend(t), 80, 24, colorprofile.ASCII)
		o.Board = func(days int) *live.Leaderboard { return boards[days] }
		s := tuitest.New(t, o).Press(list)
		tuitest.RequireShows(t, s, "ever")
		s.Press("p")
		tuitest.RequireShows(t, s, "today", "now")
		tuitest.RequireHides(t, s, "ever")
		s.Press("p")
		tuitest.RequireShows(t, s, "7 days", "week")
		s.Press("p")
		tuitest.RequireShows(t, s, "30 days", "nobody has clicked on these days")
		s.Press("p")
		tuitest.RequireShows(t, s, "ever")
		tuitest.RequireHides(t, s, "30 days")
	}
}

func TestLeaderboardUpdatesAfterRightsBegin(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	d.Board = tuitest.NewBoard(t, game.Player{Name: "first", Clicks: 1})
	board := func(int) *live.Leaderboard { return d.Board }
	o := tuitest.Options(tuitest.Alice())
	o.Board = board
	s := tuitest.New(t, o).Press("l").Send(tui.AdminMsg{Admin: true, Board: board, Dashboard: d.Backend()})
	d.Board = tuitest.NewBoard(t, game.Player{Name: "second", Clicks: 77})
	tuitest.RequireShows(t, s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}), "second")
	d.Board = tuitest.NewBoard(t, game.Player{Name: "third", Clicks: 99})
	tuitest.RequireShows(t, s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()}), "third")
}
