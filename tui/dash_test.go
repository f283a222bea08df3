package tui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

func TestTheDashboardOpensAndCloses(t *testing.T) {
	d := newDesk(t)
	for _, opens := range []string{"d", "tab"} {
		for _, closes := range []string{"d", "tab", "esc"} {
			s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII))
			requireShows(t, s, "d dashboard", "l leaderboard")
			s.press(opens)
			requireShows(t, s, "players by rank", "24 MB", "412 goroutines", "peak 87", "11,191 each", "all saved", "player001")
			requireShows(t, s.press("l"), "players by rank") // the leaderboard is elsewhere
			s.press(closes)
			requireShows(t, s, "press space")
			requireShows(t, s.press("l"), "★   1  player001")
		}
	}
}

func TestWhoIsNoAdminHasNoKeyToTheDashboard(t *testing.T) {
	board := boardOf(t, players()...)
	for _, o := range []tui.Options{
		{Board: func() *live.Board { return board }},
		{},
		{Desk: newDesk(t).options()}, // a desk is nothing without a board
	} {
		all := options(alice())
		all.Board, all.Desk = o.Board, o.Desk
		s := newScreen(t, all)
		for _, k := range everyKey() {
			if s.send(k, admin.SecondMsg{}); strings.Contains(s.view(), "players by") {
				t.Fatalf("%q leads to the dashboard", k.String())
			}
			s.press("esc")
		}
		requireHides(t, s.press("?"), "dashboard")
	}
}

func TestSpaceClicksInTheDashboardAndEnterOpens(t *testing.T) {
	s, _ := manage(t, 80, 24, colorprofile.ASCII)
	requireShows(t, s.press("d", "space"), "you 23,530", "1,342,978")
	requireShows(t, s.press("enter"), "╭─ player001", "you 23,530")
	requireShows(t, s.press("enter", "space"), "╭─ player001", "you 23,531")
	s.send(tea.KeyPressMsg{Code: tea.KeySpace, Text: " ", IsRepeat: true})
	requireShows(t, s, "a held key doesn't count", "you 23,531")
}

// picked is the line of the player who is selected.
func picked(t *testing.T, s *screen) string {
	t.Helper()
	found := ""
	for line := range strings.Lines(ansi.Strip(s.view())) {
		if strings.Contains(line, "▸") {
			if found != "" {
				t.Fatalf("two are selected:\n%s", s.view())
			}
			found = line
		}
	}
	return found
}

func requirePicked(t *testing.T, s *screen, name string) {
	t.Helper()
	if line := picked(t, s); !strings.Contains(line, name) {
		t.Fatalf("%q is selected, want %s", line, name)
	}
}

func TestTheSelectedLineIsAlwaysInSight(t *testing.T) {
	s, _ := manage(t, 80, 24, colorprofile.ASCII)
	s.press("d")
	for _, step := range []struct{ key, name string }{
		{"up", "player001"},
		{"down", "player002"},
		{"j", "player003"},
		{"k", "player002"},
		{"pgdown", "player016"},
		{"pgdown", "player030"},
		{"end", "player120"},
		{"down", "player120"},
		{"pgup", "player106"},
		{"home", "player001"},
	} {
		requirePicked(t, s.press(step.key), step.name)
	}
	requirePicked(t, s.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}), "player004")
	requirePicked(t, s.send(tea.MouseWheelMsg{Button: tea.MouseWheelUp}), "player001")
	for h := 40; h > 5; h-- {
		s.press("end").send(tea.WindowSizeMsg{Width: 80, Height: h})
		requirePicked(t, s, "player120")
		requirePicked(t, s.press("home"), "player001")
	}
}

func TestTheOrderChanges(t *testing.T) {
	s, _ := manage(t, 80, 24, colorprofile.ASCII)
	s.press("d", "end")
	for _, order := range []struct{ by, mark, first string }{
		{"name", "name▾", "alice"}, {"rate", "▾rate", "player100"}, {"last seen", "last seen▾", "player001"}, {"rank", "▾rank", "player001"},
	} {
		s.press("s")
		requireShows(t, s, "players by "+order.by, order.mark)
		requirePicked(t, s, order.first)
	}
}

func TestWhenPlayersWereSeen(t *testing.T) {
	s, _ := manage(t, 80, 24, colorprofile.ASCII)
	s.press("d", "s", "s", "s")
	text := ansi.Strip(s.view())
	at := 0
	for _, want := range []string{"now", "now", "now", "now", "now", "40 s ago", "51 min ago", "—"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("no %q after the ones before:\n%s", want, text)
		}
		at += i + len(want)
	}
}

func TestTheSelectionStaysOnThePlayerWhoMoves(t *testing.T) {
	board := boardOf(t, game.Player{Name: "ann", Clicks: 9}, game.Player{Name: "bob", Clicks: 8}, game.Player{Name: "cy", Clicks: 7})
	d := newDesk(t)
	d.board = board
	s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "down", "down")
	requirePicked(t, s, "cy")
	d.board = boardOf(t, game.Player{Name: "ann", Clicks: 9}, game.Player{Name: "bob", Clicks: 8}, game.Player{Name: "cy", Clicks: 70})
	requirePicked(t, s.send(second()), "cy         ")
	requireShows(t, s, "▸       1  cy")
	d.board = boardOf(t, game.Player{Name: "ann", Clicks: 9})
	requirePicked(t, s.send(second()), "ann")
	d.board = nil
	requireShows(t, s.send(second()).press("enter", "down"), "nobody has clicked yet")
}

func TestTheDashboardLooksAgainOnceASecond(t *testing.T) {
	d := newDesk(t)
	boards, machines := 0, 0
	o := managing(d, 80, 24, colorprofile.ASCII)
	o.Board = func() *live.Board { boards++; return d.board }
	o.Desk.Machine = func() admin.Machine { machines++; return admin.Machine{Now: d.now, Memory: uint64(machines) * 1e6} } //nolint:gosec // positive
	s := newScreen(t, o).press("d")
	for range 30 {
		s.send(tui.SnapshotMsg{Snapshot: snapshot()})
	}
	requireShows(t, s, "1.0 MB")
	requireShows(t, s.send(second()), "2.0 MB")
	if boards != 2 {
		t.Errorf("%d boards in a second", boards)
	}
	s.press("enter")
	for range 3 {
		s.send(second())
	}
	if boards != 2 || d.looks != 4 {
		t.Errorf("with a player's page open %d boards, and the page %d times", boards, d.looks)
	}
	s.press("esc", "esc").send(second(), second())
	if boards != 3 {
		t.Errorf("%d boards, though the dashboard is closed", boards)
	}
}

func TestOnlyOneSecondIsWaitedFor(t *testing.T) {
	s, _ := manage(t, 80, 24, colorprofile.ASCII)
	var waiting int
	var model tea.Model = s.model
	step := func(msg tea.Msg) {
		var cmd tea.Cmd
		for msg != nil {
			if model, cmd = model.Update(msg); cmd == nil {
				return
			}
			if msg = cmd(); msg == second() {
				waiting++
				return
			}
		}
	}
	for range 3 {
		for _, k := range []string{"d", "s", "/", "a", "b", "enter", "enter", "esc", "esc", "esc"} {
			step(keyPress(k))
		}
	}
	if waiting != 1 {
		t.Errorf("%d seconds are waited for", waiting)
	}
}

func TestALookUpThatIsSlowIsTheOnlyOne(t *testing.T) {
	s, _ := manage(t, 80, 24, colorprofile.ASCII)
	model, slow := s.model.Update(keyPress("d"))
	for range 3 {
		var cmd tea.Cmd
		if model, cmd = model.Update(second()); cmd != nil {
			t.Fatal("a second look-up was started")
		}
	}
	model, _ = model.Update(keyPress("esc"))
	if slow() != nil {
		t.Error("a look-up for a dashboard that is closed does not give up")
	}
	_ = model
}

func TestNothingIsSentWhenNothingChanges(t *testing.T) {
	d := newDesk(t)
	for name, play := range deskScenes() {
		s := newScreen(t, managing(d, 80, 24, colorprofile.TrueColor))
		play(s)
		before := s.view()
		if name == "down" || name == "done" {
			continue // the next snapshot brings something
		}
		if s.send(tui.SnapshotMsg{Snapshot: s.snapshot()}, second()).view() != before {
			t.Errorf("%s: the screen is another, though all is as it was", name)
		}
	}
}

func TestThePlayersPageShowsAllThatIsKnown(t *testing.T) {
	s, d := manage(t, 80, 24, colorprofile.ASCII)
	s.press("d", "down", "down", "enter")
	requireShows(t, s, "player003", "#3 of 120", "133,341", "1.6 a second", "● online",
		"SHA256:kDE6OxCDtGGQ2oi9k9Y8cZB0a1jQ9vVWrPqVEJmQ4nA", "bound key", "192.0.2.17  xterm-ghostty", "1 h ago",
		"2001:db8::17  no terminal", "just now", "last 24 hours: ", "UTC", "06", "18")
	d.sheet.Online, d.sheet.Seen, d.sheet.Keys, d.sheet.Sessions = false, d.now.Add(-3*time.Minute), nil, nil
	d.sheet.Day = game.Day{}
	requireShows(t, s.send(second()), "3 min ago", "none: the name is free", "none on this server")
	requireHides(t, s, "▇", "UTC")
	d.sheet.Seen = time.Time{}
	requireShows(t, s.send(second()), "seen", "unknown")
	d.sheet.Known = false
	requireShows(t, s.send(second()), "player003", "this player no longer exists")
	requirePicked(t, s.press("esc"), "player003")
}

func TestThePageFollowsWhoIsRenamed(t *testing.T) {
	d, asked := newDesk(t), ""
	d.sheet.Name = "alicia"
	o := managing(d, 80, 24, colorprofile.ASCII)
	o.Desk.Sheet = func(name string) admin.Sheet { asked = name; return d.sheet }
	s := newScreen(t, o)
	requireShows(t, s.press("d", "enter"), "╭─ alicia")
	if s.send(second()); asked != "alicia" {
		t.Errorf("asked for %q", asked)
	}
	requireShows(t, s.press("k"), "players kick alicia")
}

func TestADayIsDrawnWithItsHours(t *testing.T) {
	d := newDesk(t)
	d.sheet.Day = game.Day{Until: time.Date(2026, 11, 3, 12, 40, 0, 0, time.UTC)}
	set := func(hour, minute int, clicks uint32) {
		at := time.Date(2026, 11, 3, hour, minute, 0, 0, time.UTC)
		d.sheet.Day.Clicks[len(d.sheet.Day.Clicks)-1-int(d.sheet.Day.Until.Add(-time.Second).Sub(at)/(10*time.Minute))] = clicks
	}
	set(3, 0, 10)
	set(3, 20, 20)
	set(12, 30, 400)
	s := newScreen(t, managing(d, 80, 24, colorprofile.ASCII)).press("d", "down", "down", "enter")
	requireShows(t, s, "last 24 hours: 430, at most 400 in 30 minutes", " 400 ")
	lines := strings.Split(ansi.Strip(s.view()), "\n")
	for i, line := range lines {
		if !strings.Contains(line, "UTC") {
			continue
		}
		above := []rune(lines[i-1])
		hours := []rune(line)
		for hour, column := range map[string]rune{"12": '▁', "02": '▁', "04": '▁'} {
			at := slices.Index(hours, rune(hour[0]))
			for string(hours[at:at+2]) != hour {
				at++
			}
			if above[at] != column {
				t.Errorf("above %s is %c, want %c", hour, above[at], column)
			}
			if hour == "12" && above[at+1] != '█' {
				t.Errorf("half past twelve is %c", above[at+1])
			}
			if hour == "02" && above[at+2] != '▆' && above[at+2] != '▅' && above[at+2] != '▂' {
				t.Errorf("three o'clock is %c", above[at+2])
			}
		}
		return
	}
	t.Fatalf("no hours in\n%s", s.view())
}

func TestSearchInTheDashboardIsThatOfTheLeaderboard(t *testing.T) {
	s, _ := manage(t, 80, 24, colorprofile.ASCII)
	s.press("d", "s", "/").typed("ER01")
	requireShows(t, s, "/ER01", "by name", "player010", "player019", "1-9 of 9")
	requirePicked(t, s.press("down", "enter", "down"), "player012")
	requireShows(t, s.press("enter"), "╭─ player012")
	requirePicked(t, s.press("esc"), "player012")
	requireShows(t, s, "/ER01")
	requireShows(t, s.press("esc"), "players by name", "of 120")
	requireShows(t, s.press("/").typed("zz"), "no name contains that")
	requireShows(t, s.press("tab"), "press space")
}

func TestCardsStandSideBySideOrBecomeLines(t *testing.T) {
	d := newDesk(t)
	const inOneRow, inTwoRows = 4, 3 // walls between two cards
	for size, want := range map[[2]int]int{{120, 40}: inOneRow, {80, 24}: inOneRow, {60, 30}: inTwoRows, {60, 20}: 0, {40, 12}: 0, {24, 6}: 0} {
		s := newScreen(t, managing(d, size[0], size[1], colorprofile.ASCII)).press("d")
		if got := strings.Count(s.view(), "┬"); got != want {
			t.Errorf("%v: %d walls between cards, want %d:\n%s", size, got, want, s.view())
		}
		if size[0] > 24 {
			requireShows(t, s, "24 MB")
		}
		down := with(func(s *live.Snapshot) { s.JournalDown, s.Unsaved, s.Unjournaled = true, 99, 77 })
		requireShows(t, s.send(down), "▲", "77")
	}
}

// TestOnlyLinesInSightAreLookedUp compares what it costs to open the dashboard and to
// scroll among few and among very many.
func TestOnlyLinesInSightAreLookedUp(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too")
	}
	d := newDesk(t)
	var costs [2]float64
	for i, n := range []int{10_000, 200_000} {
		balances := make([]game.Player, n)
		for i := range balances {
			balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: 1_000_000 + uint64(i)%7} //nolint:gosec // positive
		}
		d.board = boardOf(t, balances...)
		s := newScreen(t, managing(d, 80, 24, colorprofile.TrueColor))
		costs[i] = testing.AllocsPerRun(5, func() { s.press("d", "down", "pgdown", "end", "pgup", "home", "d") })
	}
	if costs[0] == 0 || costs[1] > 1.1*costs[0] {
		t.Errorf("%v allocations among 10,000 players, %v among 200,000", costs[0], costs[1])
	}
}

// BenchmarkDashboardOfAMillion opens it, and selects the next line.
func BenchmarkDashboardOfAMillion(b *testing.B) {
	balances := make([]game.Player, 1_000_000)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(i / 3)} //nolint:gosec // positive
	}
	d := newDesk(b)
	d.board = boardOf(b, balances...)
	o := managing(d, 80, 24, colorprofile.TrueColor)
	b.Run("open", func(b *testing.B) {
		s := newScreen(b, o)
		b.ReportAllocs()
		for range b.N {
			s.press("d", "d")
		}
	})
	b.Run("scroll", func(b *testing.B) {
		bench(b, o, func(int) tea.Msg { return keyPress("down") }, keyPress("d"))
	})
}
