package tui_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

func TestWithoutALeaderboardNoKeyLeadsToOne(t *testing.T) {
	p := alice()
	o := options(p)
	o.Admin = true // even the mark of an admin opens nothing
	s := newScreen(t, o)
	requireHides(t, s, "leaderboard", "search")
	var keys []tea.KeyPressMsg
	for r := rune(0); r < 0x180; r++ {
		for _, mod := range []tea.KeyMod{0, tea.ModShift, tea.ModAlt, tea.ModCtrl} {
			k := tea.KeyPressMsg{Code: r, Mod: mod}
			if mod <= tea.ModShift && unicode.IsPrint(r) {
				k.Text = string(r)
			}
			keys = append(keys, k)
		}
	}
	for r := tea.KeyUp; r < tea.KeyUp+64; r++ {
		keys = append(keys, tea.KeyPressMsg{Code: r})
	}
	before := strings.Count(s.view(), "\n")
	for _, k := range keys {
		if strings.ContainsRune("tmi", unicode.ToLower(k.Code)) {
			continue // what they say stands where it says to press space
		}
		s.send(k)
		foot := ansi.Strip(s.view())
		if !strings.Contains(foot, "press space") && !strings.Contains(foot, "for admins") || strings.Count(s.view(), "\n") != before {
			t.Fatalf("key %q left the game:\n%s", k.String(), s.view())
		}
	}
}

func TestTheLeaderboardOpensAndCloses(t *testing.T) {
	for _, opens := range []string{"l", "tab"} {
		for _, closes := range []string{"l", "tab", "esc"} {
			s := open(t, 80, 24, colorprofile.ASCII)
			requireShows(t, s, "l leaderboard")
			s.press(opens)
			requireShows(t, s, "player001", "400,000", "1,342,977", "23,529", "#17 of 120", "l back")
			s.press(closes)
			requireHides(t, s, "player001")
			requireShows(t, s, "press space")
		}
	}
}

func TestLeavingWorksEverywhere(t *testing.T) {
	for _, keys := range [][]string{
		{"q"}, {"ctrl+c"}, {"ctrl+d"}, {"l", "q"}, {"l", "ctrl+c"}, {"l", "ctrl+d"}, {"l", "/", "ctrl+c"}, {"l", "/", "q", "ctrl+d"},
	} {
		s := open(t, 80, 24, colorprofile.ASCII)
		for i, k := range keys {
			if s.quit {
				t.Errorf("%v: left before key %d", keys, i)
			}
			s.press(k)
		}
		if !s.quit {
			t.Errorf("%v does not leave", keys)
		}
	}
}

// lines are the ranks in sight, first and last.
func requireRows(t *testing.T, s *screen, first, last int) {
	t.Helper()
	requireShows(t, s, fmt.Sprintf("%d-%d of 120", first, last))
}

func TestScrollingReachesEveryPlayerAndStopsAtTheEnds(t *testing.T) {
	const rows = 18
	s := open(t, 80, 24, colorprofile.ASCII).press("l")
	requireRows(t, s, 1, rows)
	requireRows(t, s.press("up", "k", "pgup", "home"), 1, rows)
	requireRows(t, s.press("down"), 2, rows+1)
	requireRows(t, s.press("j"), 3, rows+2)
	requireRows(t, s.press("k"), 2, rows+1)
	requireRows(t, s.press("up"), 1, rows)
	requireRows(t, s.press("pgdown"), rows, 2*rows-1)
	requireRows(t, s.press("pgup"), 1, rows)
	requireRows(t, s.press("end"), 120-rows+1, 120)
	requireShows(t, s, "player120", "3,333")
	requireRows(t, s.press("down", "j", "pgdown", "end"), 120-rows+1, 120)
	requireRows(t, s.press("home"), 1, rows)
	requireRows(t, s.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}), 4, rows+3)
	requireRows(t, s.send(tea.MouseWheelMsg{Button: tea.MouseWheelUp}, tea.MouseWheelMsg{Button: tea.MouseWheelLeft}), 1, rows)
}

func TestTheFirstThreeAndTheOwnRowAreMarked(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII).press("l")
	requireShows(t, s, "★   1  player001", "★   3  player003", "▸   17  alice")
	requireHides(t, s, "★   4")
	if !strings.Contains(s.view(), "\x1b[1malice") {
		t.Error("the own row is not bold")
	}
}

func TestPlayersWithEqualCountsShareARankAndAMedal(t *testing.T) {
	o := options(alice())
	board := boardOf(t, game.Player{Name: "a", Clicks: 9}, game.Player{Name: "b", Clicks: 9}, game.Player{Name: "c", Clicks: 3}, game.Player{Name: "d", Clicks: 2})
	o.Board = func() *live.Board { return board }
	requireShows(t, newScreen(t, o).press("l"), "★ 1  a", "★ 1  b", "★ 3  c", "  4  d")
}

func TestSpaceClicksInTheLeaderboardAndTheOwnRowFollows(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII).press("l", "space")
	requireShows(t, s, "1,342,978", "you 23,530")
	for _, line := range strings.Split(ansi.Strip(s.view()), "\n") {
		if strings.Contains(line, "alice") && !strings.Contains(line, "23,530") {
			t.Errorf("own row: %s", line)
		}
	}
}

func TestTheLeaderboardIsLiveWhileItIsOpen(t *testing.T) {
	board := boardOf(t, game.Player{Name: "first", Clicks: 1})
	o := options(alice())
	o.Board = func() *live.Board { return board }
	s := newScreen(t, o).press("l")
	requireShows(t, s, "first")
	board = boardOf(t, game.Player{Name: "first", Clicks: 1}, game.Player{Name: "second", Clicks: 77})
	requireHides(t, s, "second")
	requireShows(t, s.send(tui.SnapshotMsg{Snapshot: snapshot()}), "second", "77")
}

func TestALeaderboardThatShrinksOrIsEmptyStaysInSight(t *testing.T) {
	board := boardOf(t, players()...)
	o := options(alice())
	o.Board = func() *live.Board { return board }
	s := newScreen(t, o).press("l", "end")
	board = boardOf(t, players()[:5]...)
	requireShows(t, s.send(tui.SnapshotMsg{Snapshot: snapshot()}), "player001", "1-5 of 5")
	board = nil
	requireShows(t, s.send(tui.SnapshotMsg{Snapshot: snapshot()}), "nobody has clicked yet")
}

func TestSearchFindsPartsOfNamesInEitherCase(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII).press("l", "end", "/").typed("ER01")
	requireShows(t, s, "/ER01", "player010", "player019", "1-9 of 9") // alice has the place of 17
	requireHides(t, s, "player001")
	requireShows(t, s.typed("zz"), "no name contains that")
	s.press("esc")
	requireRows(t, s, 1, 18)
	requireHides(t, s, "/ER01")
}

func TestAKeptFilterStaysUntilItIsCleared(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII).press("l", "/").typed("alic").press("enter")
	requireShows(t, s, "/alic", "1-1 of 1", "esc all players")
	requireShows(t, s.press("space"), "23,530") // a kept filter is no longer typed
	requireShows(t, s.press("/").typed("e"), "/alice", "1-1 of 1")
	s.press("enter", "esc")
	requireRows(t, s, 1, 18)
	requireShows(t, s.press("esc"), "press space")
}

func TestWhileASearchIsTypedKeysAreText(t *testing.T) {
	p := alice()
	o := options(p)
	board := boardOf(t, players()...)
	o.Board = func() *live.Board { return board }
	s := newScreen(t, o).press("l", "/", "q", "l", "space", "j", "k", "/")
	s.send(tea.PasteMsg{Content: "pasted"}, tea.KeyPressMsg{Code: 'v', Mod: tea.ModCtrl})
	if s.quit || p.clicks != 0 {
		t.Errorf("quit %v, %d clicks", s.quit, p.clicks)
	}
	requireShows(t, s, "/ql jk/")
	requireHides(t, s, "pasted")
	requireShows(t, s.typed(strings.Repeat("x", 500)), "no name contains that", "enter keep")
}

func TestWhileASearchIsTypedTheArrowsScroll(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII).press("l", "/").typed("player")
	requireShows(t, s.press("down", "pgdown", "up"), "18-35 of 119")
	requireShows(t, s.press("home").typed("x"), "/xplayer")
	requireShows(t, s.press("tab"), "press space")
}

func TestAFilteredLeaderboardIsLiveToo(t *testing.T) {
	board := boardOf(t, players()...)
	o := options(alice())
	o.Board = func() *live.Board { return board }
	s := newScreen(t, o).press("l", "/").typed("new").press("enter")
	requireShows(t, s, "no name contains that")
	board = boardOf(t, append(players(), game.Player{Name: "newcomer", Clicks: 5})...)
	requireShows(t, s.send(tui.SnapshotMsg{Snapshot: snapshot()}), "newcomer")
}

func TestOnlyTheNewestSearchIsShown(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII).press("l", "/")
	slow, first := s.model.Update(keyPress("z"))
	quick, second := slow.Update(keyPress("z"))
	done, _ := quick.Update(second())
	if msg := first(); msg != nil {
		t.Errorf("a search that nobody waits for any more returned %v", msg)
	}
	if got := ansi.Strip(done.View().Content); !strings.Contains(got, "/zz") || !strings.Contains(got, "no name contains that") {
		t.Errorf("shown:\n%s", got)
	}
}

func TestOneLookUpAtATimeHoweverSlow(t *testing.T) {
	s := open(t, 80, 24, colorprofile.ASCII)
	model, slow := s.model.Update(keyPress("l"))
	for range 3 {
		var cmd tea.Cmd
		if model, cmd = model.Update(tui.SnapshotMsg{Snapshot: snapshot()}); cmd != nil {
			t.Fatal("a second look-up was started")
		}
	}
	model, cmd := model.Update(slow())
	if cmd == nil {
		t.Error("what happened meanwhile is not looked up")
	}
	if model, _ = model.Update(keyPress("l")); cmd() != nil {
		t.Error("the look-up goes on for a leaderboard that is closed")
	}
	if !strings.Contains(model.View().Content, "press space") {
		t.Error("the leaderboard is not closed")
	}
}
