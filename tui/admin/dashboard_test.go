package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

func TestDashboardOpensAndCloses(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	for _, opens := range []string{"d", "tab"} {
		for _, closes := range []string{"d", "tab", "esc"} {
			s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII))
			tuitest.RequireShows(t, s, "d dashboard", "l leaderboard")
			s.Press(opens)
			tuitest.RequireShows(t, s, "players by rank", "24 MB", "412 goroutines", "peak 87", "11,191 each", "all saved", "player001")
			tuitest.RequireShows(t, s.Press("l"), "players by rank") // the leaderboard is elsewhere
			s.Press(closes)
			tuitest.RequireShows(t, s, "press space")
			tuitest.RequireShows(t, s.Press("l"), "★   1  player001")
		}
	}
}

func TestDashboardKeyNeedsRights(t *testing.T) {
	board := tuitest.NewBoard(t, tuitest.Players()...)
	for _, o := range []tui.Options{
		{Board: func(int) *live.Leaderboard { return board }},
		{},
		{Dashboard: tuitest.NewFakeBackend(t).Backend()}, // a desk is nothing without a board
	} {
		all := tuitest.Options(tuitest.Alice())
		all.Board, all.Dashboard = o.Board, o.Dashboard
		s := tuitest.New(t, all)
		for _, k := range tuitest.EveryKey(0x82) {
			if s.Send(k, admin.SecondMsg{}); strings.Contains(s.View(), "players by") {
				t.Fatalf("%q leads to the dashboard", k.String())
			}
			s.Press("esc")
		}
		tuitest.RequireHides(t, s.Press("?"), "dashboard")
	}
}

func TestDashboardClicksWithSpaceAndOpensWithEnter(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	tuitest.RequireShows(t, s.Press("d", "space"), "you 23,530", "1,342,978")
	tuitest.RequireShows(t, s.Press("enter"), "╭─ player001", "you 23,530")
	tuitest.RequireShows(t, s.Press("enter", "space"), "╭─ player001", "you 23,531")
	s.Send(tea.KeyPressMsg{Code: tea.KeySpace, Text: " ", IsRepeat: true})
	tuitest.RequireShows(t, s, "a held key doesn't count", "you 23,531")
}

// picked is the line of the player who is selected.
func picked(t *testing.T, s *tuitest.Screen) string {
	t.Helper()
	found := ""
	for line := range strings.Lines(ansi.Strip(s.View())) {
		if strings.Contains(line, "▸") {
			if found != "" {
				t.Fatalf("two are selected:\n%s", s.View())
			}
			found = line
		}
	}
	return found
}

func requirePicked(t *testing.T, s *tuitest.Screen, name string) {
	t.Helper()
	if line := picked(t, s); !strings.Contains(line, name) {
		t.Fatalf("%q is selected, want %s", line, name)
	}
}

func TestDashboardKeepsSelectionVisible(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d")
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
		requirePicked(t, s.Press(step.key), step.name)
	}
	requirePicked(t, s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown}), "player004")
	requirePicked(t, s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelUp}), "player001")
	for h := 40; h > 5; h-- {
		s.Press("end").Send(tea.WindowSizeMsg{Width: 80, Height: h})
		requirePicked(t, s, "player120")
		requirePicked(t, s.Press("home"), "player001")
	}
}

func TestDashboardSortChanges(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d", "end")
	for _, order := range []struct{ by, mark, first string }{
		{"name", "name▾", "alice"}, {"rate", "▾rate", "player100"}, {"last seen", "last seen▾", "player001"}, {"rank", "▾rank", "player001"},
	} {
		s.Press("s")
		tuitest.RequireShows(t, s, "players by "+order.by, order.mark)
		requirePicked(t, s, order.first)
	}
}

func TestDashboardShowsLastSeen(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d", "s", "s", "s")
	text := ansi.Strip(s.View())
	at := 0
	for _, want := range []string{"now", "now", "now", "now", "now", "40 s ago", "51 min ago", "—"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("no %q after the ones before:\n%s", want, text)
		}
		at += i + len(want)
	}
}

func TestDashboardSelectionFollowsPlayer(t *testing.T) {
	board := tuitest.NewBoard(t, game.Player{Name: "ann", Clicks: 9}, game.Player{Name: "bob", Clicks: 8}, game.Player{Name: "cy", Clicks: 7})
	d := tuitest.NewFakeBackend(t)
	d.Board = board
	s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "down", "down")
	requirePicked(t, s, "cy")
	d.Board = tuitest.NewBoard(t, game.Player{Name: "ann", Clicks: 9}, game.Player{Name: "bob", Clicks: 8}, game.Player{Name: "cy", Clicks: 70})
	requirePicked(t, s.Send(tuitest.Second()), "cy         ")
	tuitest.RequireShows(t, s, "▸       1  cy")
	d.Board = tuitest.NewBoard(t, game.Player{Name: "ann", Clicks: 9})
	requirePicked(t, s.Send(tuitest.Second()), "ann")
	d.Board = nil
	tuitest.RequireShows(t, s.Send(tuitest.Second()).Press("enter", "down"), "nobody has clicked yet")
}

func TestDashboardQueriesOncePerSecond(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	boards, machines := 0, 0
	o := tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)
	o.Board = func(int) *live.Leaderboard { boards++; return d.Board }
	o.Dashboard.Status = func() admin.Status { machines++; return admin.Status{Now: d.Now, Memory: uint64(machines) * 1e6} }
	s := tuitest.New(t, o).Press("d")
	for range 30 {
		s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()})
	}
	tuitest.RequireShows(t, s, "1.0 MB")
	tuitest.RequireShows(t, s.Send(tuitest.Second()), "2.0 MB")
	if boards != 2 {
		t.Errorf("%d boards in a second", boards)
	}
	s.Press("enter")
	for range 3 {
		s.Send(tuitest.Second())
	}
	if boards != 2 || d.Lookups != 4 {
		t.Errorf("with a player's page open %d boards, and the page %d times", boards, d.Lookups)
	}
	s.Press("esc", "esc").Send(tuitest.Second(), tuitest.Second())
	if boards != 3 {
		t.Errorf("%d boards, though the dashboard is closed", boards)
	}
}

func TestDashboardHasOneTimer(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	var waiting int
	var model tea.Model = s.Model
	step := func(msg tea.Msg) {
		var cmd tea.Cmd
		for msg != nil {
			if model, cmd = model.Update(msg); cmd == nil {
				return
			}
			if msg = cmd(); msg == tuitest.Second() {
				waiting++
				return
			}
		}
	}
	for range 3 {
		for _, k := range []string{"d", "s", "/", "a", "b", "enter", "enter", "esc", "esc", "esc"} {
			step(tuitest.KeyPress(k))
		}
	}
	if waiting != 1 {
		t.Errorf("%d seconds are waited for", waiting)
	}
}

func TestDashboardHasOneQueryAtATime(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	model, slow := s.Model.Update(tuitest.KeyPress("d"))
	for range 3 {
		var cmd tea.Cmd
		if model, cmd = model.Update(tuitest.Second()); cmd != nil {
			t.Fatal("a second look-up was started")
		}
	}
	model, _ = model.Update(tuitest.KeyPress("esc"))
	if slow() != nil {
		t.Error("a look-up for a dashboard that is closed does not give up")
	}
	_ = model
}

func TestDashboardIsSameWhileNothingChanges(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	for name, play := range dashboardScenes() {
		s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.TrueColor))
		play(s)
		before := s.View()
		if name == "down" || name == "done" {
			continue // the next snapshot brings something
		}
		if s.Send(tui.SnapshotMsg{Snapshot: s.Snapshot()}, tuitest.Second()).View() != before {
			t.Errorf("%s: the screen is another, though all is as it was", name)
		}
	}
}

func TestPlayerPageShowsEverything(t *testing.T) {
	s, d := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d", "down", "down", "enter")
	tuitest.RequireShows(t, s, "player003", "#3 of 120", "133,341", "1.6 a second", "● online",
		"SHA256:kDE6OxCDtGGQ2oi9k9Y8cZB0a1jQ9vVWrPqVEJmQ4nA", "bound key", "192.0.2.17  xterm-ghostty", "1 h ago",
		"2001:db8::17  no terminal", "just now", "last 24 hours: ", "UTC", "06", "18")
	d.Details.Online, d.Details.Seen, d.Details.Keys, d.Details.Sessions = false, d.Now.Add(-3*time.Minute), nil, nil
	d.Details.Last24Hours = game.Last24Hours{}
	tuitest.RequireShows(t, s.Send(tuitest.Second()), "3 min ago", "none: the name is free", "none on this server")
	tuitest.RequireHides(t, s, "▇", "UTC")
	d.Details.Seen = time.Time{}
	tuitest.RequireShows(t, s.Send(tuitest.Second()), "seen", "unknown")
	d.Details.Exists = false
	tuitest.RequireShows(t, s.Send(tuitest.Second()), "player003", "this player no longer exists")
	requirePicked(t, s.Press("esc"), "player003")
}

func TestPlayerPageFollowsRename(t *testing.T) {
	d, asked := tuitest.NewFakeBackend(t), ""
	d.Details.Name = "alicia"
	o := tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)
	o.Dashboard.Details = func(name string) admin.Details { asked = name; return d.Details }
	s := tuitest.New(t, o)
	tuitest.RequireShows(t, s.Press("d", "enter"), "╭─ alicia")
	if s.Send(tuitest.Second()); asked != "alicia" {
		t.Errorf("asked for %q", asked)
	}
	tuitest.RequireShows(t, s.Press("k"), "players kick alicia")
}

func TestDayChartShowsHours(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	d.Details.Last24Hours = game.Last24Hours{Until: time.Date(2026, 11, 3, 12, 40, 0, 0, time.UTC)}
	set := func(hour, minute int, clicks uint32) {
		at := time.Date(2026, 11, 3, hour, minute, 0, 0, time.UTC)
		d.Details.Last24Hours.Clicks[len(d.Details.Last24Hours.Clicks)-1-int(d.Details.Last24Hours.Until.Add(-time.Second).Sub(at)/(10*time.Minute))] = clicks
	}
	set(3, 0, 10)
	set(3, 20, 20)
	set(12, 30, 400)
	s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.ASCII)).Press("d", "down", "down", "enter")
	tuitest.RequireShows(t, s, "last 24 hours: 430, at most 400 in 30 minutes", " 400 ")
	lines := strings.Split(ansi.Strip(s.View()), "\n")
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
	t.Fatalf("no hours in\n%s", s.View())
}

func TestDashboardSearchFilters(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d", "s", "/").Type("ER01")
	tuitest.RequireShows(t, s, "/ER01", "by name", "player010", "player019", "1-9 of 9")
	requirePicked(t, s.Press("down", "enter", "down"), "player012")
	tuitest.RequireShows(t, s.Press("enter"), "╭─ player012")
	requirePicked(t, s.Press("esc"), "player012")
	tuitest.RequireShows(t, s, "/ER01")
	tuitest.RequireShows(t, s.Press("esc"), "players by name", "of 120")
	tuitest.RequireShows(t, s.Press("/").Type("zz"), "no name contains that")
	tuitest.RequireShows(t, s.Press("tab"), "press space")
}

func TestDashboardOpensNoRowOfPreviousSearch(t *testing.T) {
	s, _ := tuitest.NewDashboard(t, 80, 24, colorprofile.ASCII)
	s.Press("d", "/").Type("er01")
	model, found := s.Model.Update(tuitest.KeyPress("2"))
	for range 2 { // the first closes the field
		model, _ = model.Update(tuitest.KeyPress("enter"))
	}
	if got := ansi.Strip(model.View().Content); !strings.Contains(got, "/er012") || !strings.Contains(got, "▸") {
		t.Errorf("before the rows of the search arrived, enter opened\n%s", got)
	}
	model, _ = model.Update(found())
	model, _ = model.Update(tuitest.KeyPress("enter"))
	if got := ansi.Strip(model.View().Content); !strings.Contains(got, "╭─ player012") {
		t.Errorf("enter did not open the player found:\n%s", got)
	}
}

func TestDashboardCardsBecomeLinesWhenNarrow(t *testing.T) {
	d := tuitest.NewFakeBackend(t)
	const inOneRow, inTwoRows = 4, 3 // walls between two cards
	for size, want := range map[[2]int]int{{120, 40}: inOneRow, {80, 24}: inOneRow, {60, 30}: inTwoRows, {60, 20}: 0, {40, 12}: 0, {24, 6}: 0} {
		s := tuitest.New(t, tuitest.DashboardOptions(d, size[0], size[1], colorprofile.ASCII)).Press("d")
		if got := strings.Count(s.View(), "┬"); got != want {
			t.Errorf("%v: %d walls between cards, want %d:\n%s", size, got, want, s.View())
		}
		if size[0] > 24 {
			tuitest.RequireShows(t, s, "24 MB")
		}
		down := tuitest.SnapshotWith(func(s *live.Snapshot) { s.JournalDown, s.Unsaved, s.Unjournaled = true, 99, 77 })
		tuitest.RequireShows(t, s.Send(down), "▲", "77")
	}
}

// TestDashboardQueriesOnlyVisibleRows compares the cost of opening the dashboard and of
// scrolling among few players and among very many.
func TestDashboardQueriesOnlyVisibleRows(t *testing.T) {
	if tuitest.RaceEnabled {
		t.Skip("the race detector allocates too")
	}
	d := tuitest.NewFakeBackend(t)
	var costs [2]float64
	for i, n := range []int{10_000, 200_000} {
		balances := make([]game.Player, n)
		for i := range balances {
			balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: 1_000_000 + uint64(i)%7}
		}
		d.Board = tuitest.NewBoard(t, balances...)
		s := tuitest.New(t, tuitest.DashboardOptions(d, 80, 24, colorprofile.TrueColor))
		costs[i] = testing.AllocsPerRun(5, func() { s.Press("d", "down", "pgdown", "end", "pgup", "home", "d") })
	}
	if costs[0] == 0 || costs[1] > 1.1*costs[0] {
		t.Errorf("%v allocations among 10,000 players, %v among 200,000", costs[0], costs[1])
	}
}

// BenchmarkDashboardMillion opens the dashboard of a million players, and selects the next
// line.
func BenchmarkDashboardMillion(b *testing.B) {
	balances := make([]game.Player, 1_000_000)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(i / 3)}
	}
	d := tuitest.NewFakeBackend(b)
	d.Board = tuitest.NewBoard(b, balances...)
	o := tuitest.DashboardOptions(d, 80, 24, colorprofile.TrueColor)
	b.Run("open", func(b *testing.B) {
		s := tuitest.New(b, o)
		b.ReportAllocs()
		for range b.N {
			s.Press("d", "d")
		}
	})
	b.Run("scroll", func(b *testing.B) {
		tuitest.Bench(b, o, func(int) tea.Msg { return tuitest.KeyPress("down") }, tuitest.KeyPress("d"))
	})
}
