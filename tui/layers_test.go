package tui_test

import (
	"fmt"
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

// historyOf is a minute of the game in which the last seconds brought so many
// clicks, the newest last.
func historyOf(end int, last ...uint32) *live.History {
	h := &live.History{End: end}
	copy(h.Seconds[len(h.Seconds)-len(last):], last)
	for _, n := range last {
		h.Peak = max(h.Peak, n)
	}
	return h
}

// later is alice's game with another history and more clicks.
func later(h *live.History, more uint64) tui.SnapshotMsg {
	return tuitest.SnapshotWith(func(s *live.Snapshot) {
		s.History = h
		s.Total += more
	})
}

func TestMilestoneBarShowsWhereItFits(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	for _, size := range [][2]int{{120, 40}, {80, 24}, {72, 17}, {40, 12}, {30, 8}} {
		tuitest.RequireShows(t, s.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}), "1,000,000 ━", "─ 2,500,000")
	}
	young := tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total = 0 })
	o := tuitest.Options(&tuitest.FakePlayer{At: game.Standing{Name: "a", Place: game.Place{Rank: 1, Of: 1}}})
	o.Snapshot = young.Snapshot
	tuitest.RequireShows(t, tuitest.New(t, o), "0 ────", "─ 1,000")
}

func TestMilestoneBarFills(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	filled := -1
	for _, total := range []uint64{1_342_977, 1_600_000, 2_000_000, 2_499_999} {
		s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total = total }))
		n := strings.Count(ansi.Strip(s.View()), "━")
		if n <= filled {
			t.Errorf("%d: %d cells are filled, before it were %d", total, n, filled)
		}
		filled = n
	}
}

func TestMilestoneShowsWhileSnapshotHasIt(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {72, 17}, {40, 12}} {
		s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		tuitest.RequireHides(t, s, "reached!")
		s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total, s.Milestone = 2_500_003, &game.Milestone{Count: 2_500_000} }))
		tuitest.RequireShows(t, s, "2,500,000 reached!", "2,500,003")
		s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total = 2_500_003 }))
		tuitest.RequireHides(t, s, "reached!")
		tuitest.RequireShows(t, s, "2,500,000 ─", "5,000,000")
	}
}

func TestChartShowsMinuteWithPeak(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(later(historyOf(60, 10, 20, 40, 20), 0))
	tuitest.RequireShows(t, s, "peak 40", "▁▁▁▁▄█", "a second")
	s.Send(tea.WindowSizeMsg{Width: 120, Height: 40})
	tuitest.RequireShows(t, s, "peak 40", "a second")
}

// columns are the cells of the chart's lowest row.
func columns(t *testing.T, s *tuitest.Screen) string {
	t.Helper()
	for _, line := range strings.Split(ansi.Strip(s.View()), "\n") {
		if chart, _, found := strings.Cut(line, " a second"); found && strings.ContainsAny(chart, "▁▂▃▄▅▆▇█") {
			return strings.Trim(chart, " │")
		}
	}
	t.Fatalf("no chart in\n%s", s.View())
	return ""
}

func TestChartRarelyScrolls(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	h := historyOf(60, 8)
	before, moved := "", 0
	for second := range 40 {
		s.Send(later(h, uint64(second)))
		now := columns(t, s)
		if before != "" && !strings.HasPrefix(now, strings.TrimRight(before, " ")) {
			moved++
		}
		before = now
		next := historyOf(h.End+1, append(h.Seconds[1:], uint32(1+second%8))...)
		h = next
	}
	if moved > 4 {
		t.Errorf("it moved %d times in 40 seconds", moved)
	}
}

func TestLayerSharedIsRenderedOnce(t *testing.T) {
	cache := tui.NewCache()
	news := later(historyOf(60, 1, 2, 3), 5)
	var screens [2]*tuitest.Screen
	for i, name := range []string{"alice", "bob"} {
		p := tuitest.Alice()
		p.At.Name, p.At.Rank = name, 17+i
		o := tuitest.Options(p)
		o.Name, o.Cache = name, cache
		screens[i] = tuitest.New(t, o).Send(news)
	}
	_, one := screens[0].Model.Layers()
	_, other := screens[1].Model.Layers()
	if len(one) != 24 || len(other) != 24 || &one[0] != &other[0] {
		t.Error("what two players share is not the same in memory")
	}
	if all := ansi.Strip(strings.Join(one, "\n")); strings.Contains(all, "alice") || !strings.Contains(all, "1,342,982") {
		t.Errorf("what they share is\n%s", all)
	}
	tuitest.RequireShows(t, screens[1], "bob", "#18")
}

func TestLayerUnchangedIsSameInMemory(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	own, shared := s.Model.Layers()
	s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total += 7 }))
	ownNow, sharedNow := s.Model.Layers()
	if &ownNow[0] != &own[0] || &sharedNow[0] == &shared[0] {
		t.Error("when others click, the own layer changes, or the shared one does not")
	}
}

// TestLayerSharedIgnoresOwnClick keeps a game cheap in which everybody clicks: a click changes
// the player's own counts, never the shared large digits.
func TestLayerSharedIgnoresOwnClick(t *testing.T) {
	p := tuitest.Alice()
	p.Total = 1_342_990 // others have clicked since the snapshot
	s := tuitest.New(t, tuitest.Options(p)).Press("space")
	own, shared := s.Model.Layers()
	s.Press("space")
	ownNow, sharedNow := s.Model.Layers()
	if &ownNow[0] == &own[0] || &sharedNow[0] != &shared[0] {
		t.Error("an own press does not change the own layer, or changes the shared one")
	}
	for y, line := range ownNow {
		if line == own[y] {
			continue
		}
		if text := ansi.Strip(line); !strings.Contains(text, "1,342,992") && !strings.Contains(text, "23,531") && !strings.Contains(text, "+2") {
			t.Errorf("an own press changes line %d: %q", y, text)
		}
	}
}

func TestLayerSharedIsOneForAllPlayers(t *testing.T) {
	cache := tui.NewCache()
	h := historyOf(60, 1, 2, 3)
	news := []tea.Msg{later(h, 5), later(h, 9)}
	var screens [2]*tuitest.Screen
	for i, name := range []string{"alice", "bob"} {
		p := tuitest.Alice()
		p.At.Name, p.At.Rank = name, 17+i
		p.Total = 1_342_977 + uint64(i)
		o := tuitest.Options(p)
		o.Name, o.Cache = name, cache
		screens[i] = tuitest.New(t, o)
	}
	for _, snap := range news {
		for _, s := range screens {
			s.Press("space").Send(snap)
		}
		_, one := screens[0].Model.Layers()
		_, other := screens[1].Model.Layers()
		if &one[0] != &other[0] {
			t.Error("what two who click share is not the same in memory")
		}
	}
}

// TestLayerOwnCoversOnlyBlanks holds what the Renderer relies on.
func TestLayerOwnCoversOnlyBlanks(t *testing.T) {
	plays := scenes()
	plays["fresh"] = func(*tuitest.Screen) {}
	plays["message"] = func(s *tuitest.Screen) {
		s.Send(tui.MessageMsg{Text: "世界 👋 " + strings.Repeat("and so on ", 30)})
	}
	for w := 24; w <= 180; w += 26 {
		for h := 6; h <= 60; h += 6 {
			for name, play := range plays {
				for _, guest := range []tui.Guest{tui.NoGuest, tui.Keyless} {
					o := tuitest.Options(&tuitest.FakePlayer{At: game.Standing{Name: "a", Place: game.Place{Rank: 121, Of: 121}}})
					o.Guest, o.Width, o.Height, o.Profile = guest, w, h, colorprofile.TrueColor
					s := tuitest.New(t, o)
					play(s)
					requireOverBlanks(t, fmt.Sprintf("%d×%d %s", w, h, name), s)
				}
			}
		}
	}
}

func requireOverBlanks(t *testing.T, what string, s *tuitest.Screen) {
	t.Helper()
	own, shared := s.Model.Layers()
	for y, line := range own {
		w := ansi.StringWidth(line)
		if y < len(shared) && w > 0 && shared[y] != "" && !strings.HasPrefix(shared[y], strings.Repeat(" ", w)) {
			t.Fatalf("%s, line %d: %q stands above %q", what, y, ansi.Strip(line), ansi.Strip(shared[y]))
		}
	}
}

// glows reports whether any large digits glow, by their style.
func glows(s *tuitest.Screen) bool { return strings.Contains(s.View(), "\x1b[1;97m") }

func TestDigitsGlowAfterChange(t *testing.T) {
	p := tuitest.Alice()
	o := tuitest.Options(p)
	o.Profile = colorprofile.ANSI
	s := tuitest.New(t, o).Send(tuitest.OnDark)
	h := historyOf(60, 1)
	if s.Send(later(h, 0)); glows(s) {
		t.Error("digits glow before anything has changed")
	}
	if s.Send(later(h, 5)); !glows(s) {
		t.Error("nothing glows when others have clicked")
	}
	if s.Send(later(historyOf(61, 1), 5)); glows(s) {
		t.Error("they glow on when nobody clicks any more")
	}
	p.Total = 1_342_982
	if s.Press("space").Send(later(historyOf(61, 1), 6)); !glows(s) {
		t.Error("an own press does not glow")
	}
	s.Send(later(historyOf(62, 1), 6))
	if s.Press("m").Send(later(historyOf(63, 1), 60)); glows(s) {
		t.Error("they glow although motion is reduced")
	}
}

func TestRankGapUpdatesEveryFiveSeconds(t *testing.T) {
	p := tuitest.Alice()
	p.At.Ahead, p.At.Gap = 16, 341
	s := tuitest.New(t, tuitest.Options(p))
	tuitest.RequireShows(t, s, "341 to #16")
	h := historyOf(7, 3)
	s.Send(later(h, 1))
	p.At.Gap = 345
	tuitest.RequireShows(t, s.Send(later(h, 2)), "341 to #16")
	tuitest.RequireShows(t, s.Send(later(historyOf(9, 3, 3, 3), 3)), "341 to #16")
	tuitest.RequireShows(t, s.Send(later(historyOf(10, 3, 3, 3, 3), 4)), "345 to #16")
	p.At.Gap = 344
	tuitest.RequireShows(t, s.Press("space"), "344 to #16")
	p.At.Rank, p.At.Ahead, p.At.Gap = 1, 0, 0
	tuitest.RequireShows(t, s.Press("space"), "you lead")
}

func TestSpeedIsOfLastSecondsAndKeepsBest(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(later(historyOf(10, 1), 0))
	h := historyOf(10, 1)
	for range 3 {
		s.Press("space", "space", "space", "space", "space", "space")
		h = historyOf(h.End+1, append(h.Seconds[1:], 6)...)
		s.Send(later(h, 9))
	}
	tuitest.RequireShows(t, s, "speed    6.0", "best 6.0")
	for range 3 {
		h = historyOf(h.End+1, append(h.Seconds[1:], 2)...)
		s.Send(later(h, 9))
	}
	tuitest.RequireShows(t, s, "speed    0.0", "best 6.0")
	s.Press("space", "space", "space", "q")
	if got := s.Model.Farewell(); !strings.Contains(got, "21, peak 6.0 a second") {
		t.Errorf("farewell %q", got)
	}
}

func TestSpeedIgnoresPauseOfGame(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Send(later(historyOf(10, 1), 0))
	s.Press("space", "space", "space")
	// Nobody clicked for nine seconds, and then the player did.
	s.Send(later(historyOf(20, 3), 3))
	tuitest.RequireShows(t, s, "speed    1.0")
}

func TestSpeedStartsWithSession(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice())).Press("space", "space", "space")
	tuitest.RequireShows(t, s.Send(later(historyOf(4000, 9, 9, 9, 9, 12), 3)), "speed    1.0")
}

func TestMilestoneOfPlayerShows(t *testing.T) {
	p := tuitest.Alice()
	p.At.Clicks = 24_998
	s := tuitest.New(t, tuitest.Options(p)).Press("space")
	tuitest.RequireShows(t, s, "next 25,000")
	tuitest.RequireShows(t, s.Press("space"), "your 25,000 clicks!", "next 50,000")
	p.At.Clicks = 499
	s = tuitest.New(t, tuitest.Options(p)).Press("space")
	tuitest.RequireShows(t, s, "your 500 clicks!")
	tuitest.RequireHides(t, s.Press("space"), "your 500")
}

func TestClickCountOfSessionShowsInPanel(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	tuitest.RequireShows(t, s, "press space, or click here")
	tuitest.RequireShows(t, s.Press("space"), "◆ +1  press space")
	tuitest.RequireShows(t, s.Press("enter"), "◆ +2  press space")
}
