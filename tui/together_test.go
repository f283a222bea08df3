package tui_test

import (
	"fmt"
	"strings"
	"testing"

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
	return with(func(s *live.Snapshot) {
		s.History = h
		s.Total += more
	})
}

func TestTheWayToTheNextMilestoneIsOnEveryScreenThatHasRoom(t *testing.T) {
	s := newScreen(t, options(alice()))
	for _, size := range [][2]int{{120, 40}, {80, 24}, {72, 17}, {40, 12}, {30, 8}} {
		requireShows(t, s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}), "1,000,000 ━", "─ 2,500,000")
	}
	young := with(func(s *live.Snapshot) { s.Total = 0 })
	o := options(&seat{standing: game.Standing{Name: "a", Rank: 1, Of: 1}})
	o.Snapshot = young.Snapshot
	requireShows(t, newScreen(t, o), "0 ────", "─ 1,000")
}

func TestTheBarFillsAsTheCountGrows(t *testing.T) {
	s := newScreen(t, options(alice()))
	filled := -1
	for _, total := range []uint64{1_342_977, 1_600_000, 2_000_000, 2_499_999} {
		s.send(with(func(s *live.Snapshot) { s.Total = total }))
		n := strings.Count(ansi.Strip(s.view()), "━")
		if n <= filled {
			t.Errorf("%d: %d cells are filled, before it were %d", total, n, filled)
		}
		filled = n
	}
}

func TestAMilestoneIsCelebratedAsLongAsTheGameSays(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {72, 17}, {40, 12}} {
		s := newScreen(t, options(alice())).send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		requireHides(t, s, "reached!")
		s.send(with(func(s *live.Snapshot) { s.Total, s.Milestone = 2_500_003, 2_500_000 }))
		requireShows(t, s, "2,500,000 reached!", "2,500,003")
		s.send(with(func(s *live.Snapshot) { s.Total = 2_500_003 }))
		requireHides(t, s, "reached!")
		requireShows(t, s, "2,500,000 ─", "5,000,000")
	}
}

func TestTheLastMinuteIsDrawnWithItsPeak(t *testing.T) {
	s := newScreen(t, options(alice())).send(later(historyOf(60, 10, 20, 40, 20), 0))
	requireShows(t, s, "peak 40", "▁▁▁▁▄█", "a second")
	s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	requireShows(t, s, "peak 40", "a second")
}

// columns are the cells of the chart's lowest row.
func columns(t *testing.T, s *screen) string {
	t.Helper()
	for _, line := range strings.Split(ansi.Strip(s.view()), "\n") {
		if chart, _, found := strings.Cut(line, " a second"); found && strings.ContainsAny(chart, "▁▂▃▄▅▆▇█") {
			return strings.Trim(chart, " │")
		}
	}
	t.Fatalf("no chart in\n%s", s.view())
	return ""
}

func TestTheLastMinuteDoesNotRunPastWithEverySecond(t *testing.T) {
	s := newScreen(t, options(alice()))
	h := historyOf(60, 8)
	before, moved := "", 0
	for second := range 40 {
		s.send(later(h, uint64(second))) //nolint:gosec // positive
		now := columns(t, s)
		if before != "" && !strings.HasPrefix(now, strings.TrimRight(before, " ")) {
			moved++
		}
		before = now
		next := historyOf(h.End+1, append(h.Seconds[1:], uint32(1+second%8))...) //nolint:gosec // positive
		h = next
	}
	if moved > 4 {
		t.Errorf("it moved %d times in 40 seconds", moved)
	}
}

func TestWhatEverybodySharesIsRenderedOnce(t *testing.T) {
	cache := tui.NewCache()
	news := later(historyOf(60, 1, 2, 3), 5)
	var screens [2]*screen
	for i, name := range []string{"alice", "bob"} {
		p := alice()
		p.standing.Name, p.standing.Rank = name, 17+i
		o := options(p)
		o.Name, o.Cache = name, cache
		screens[i] = newScreen(t, o).send(news)
	}
	_, one := screens[0].model.Layers()
	_, other := screens[1].model.Layers()
	if len(one) != 24 || len(other) != 24 || &one[0] != &other[0] {
		t.Error("what two players share is not the same in memory")
	}
	if all := ansi.Strip(strings.Join(one, "\n")); strings.Contains(all, "alice") || !strings.Contains(all, "1,342,982") {
		t.Errorf("what they share is\n%s", all)
	}
	requireShows(t, screens[1], "bob", "#18")
}

func TestWhatDoesNotChangeIsTheSameInMemory(t *testing.T) {
	s := newScreen(t, options(alice()))
	own, shared := s.model.Layers()
	s.send(with(func(s *live.Snapshot) { s.Total += 7 }))
	ownNow, sharedNow := s.model.Layers()
	if &ownNow[0] != &own[0] || &sharedNow[0] == &shared[0] {
		t.Error("when others click, the own layer changes, or the shared one does not")
	}
}

// TestAnOwnPressChangesNothingThatIsShared is why a game in which everybody clicks costs
// little: the counts of a press are the player's own, the large digits those of all.
func TestAnOwnPressChangesNothingThatIsShared(t *testing.T) {
	p := alice()
	p.total = 1_342_990 // others have clicked since the snapshot
	s := newScreen(t, options(p)).press("space")
	own, shared := s.model.Layers()
	s.press("space")
	ownNow, sharedNow := s.model.Layers()
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

func TestAllWhoClickShareTheirLargeDigits(t *testing.T) {
	cache := tui.NewCache()
	h := historyOf(60, 1, 2, 3)
	news := []tea.Msg{later(h, 5), later(h, 9)}
	var screens [2]*screen
	for i, name := range []string{"alice", "bob"} {
		p := alice()
		p.standing.Name, p.standing.Rank = name, 17+i
		p.total = 1_342_977 + uint64(i) //nolint:gosec // small
		o := options(p)
		o.Name, o.Cache = name, cache
		screens[i] = newScreen(t, o)
	}
	for _, snap := range news {
		for _, s := range screens {
			s.press("space").send(snap)
		}
		_, one := screens[0].model.Layers()
		_, other := screens[1].model.Layers()
		if &one[0] != &other[0] {
			t.Error("what two who click share is not the same in memory")
		}
	}
}

// TestTheOwnLayerStandsOverBlanks is what whoever draws the layers relies on.
func TestTheOwnLayerStandsOverBlanks(t *testing.T) {
	plays := scenes()
	plays["fresh"] = func(*screen) {}
	plays["message"] = func(s *screen) { s.send(tui.MessageMsg{Text: "世界 👋 " + strings.Repeat("and so on ", 30)}) }
	for w := 24; w <= 180; w += 26 {
		for h := 6; h <= 60; h += 6 {
			for name, play := range plays {
				for _, guest := range []tui.Guest{tui.NoGuest, tui.Keyless} {
					o := options(&seat{standing: game.Standing{Name: "a", Rank: 121, Of: 121}})
					o.Guest, o.Width, o.Height, o.Profile = guest, w, h, colorprofile.TrueColor
					s := newScreen(t, o)
					play(s)
					requireOverBlanks(t, fmt.Sprintf("%d×%d %s", w, h, name), s)
				}
			}
		}
	}
}

func requireOverBlanks(t *testing.T, what string, s *screen) {
	t.Helper()
	own, shared := s.model.Layers()
	for y, line := range own {
		w := ansi.StringWidth(line)
		if y < len(shared) && w > 0 && shared[y] != "" && !strings.HasPrefix(shared[y], strings.Repeat(" ", w)) {
			t.Fatalf("%s, line %d: %q stands above %q", what, y, ansi.Strip(line), ansi.Strip(shared[y]))
		}
	}
}

// glows tells whether there are large digits that do, by the style that they have.
func glows(s *screen) bool { return strings.Contains(s.view(), "\x1b[1;97m") }

func TestDigitsThatChangeGlowForAMoment(t *testing.T) {
	p := alice()
	o := options(p)
	o.Profile = colorprofile.ANSI
	s := newScreen(t, o).send(onDark)
	h := historyOf(60, 1)
	if s.send(later(h, 0)); glows(s) {
		t.Error("digits glow before anything has changed")
	}
	if s.send(later(h, 5)); !glows(s) {
		t.Error("nothing glows when others have clicked")
	}
	if s.send(later(historyOf(61, 1), 5)); glows(s) {
		t.Error("they glow on when nobody clicks any more")
	}
	p.total = 1_342_982
	if s.press("space").send(later(historyOf(61, 1), 6)); !glows(s) {
		t.Error("an own press does not glow")
	}
	s.send(later(historyOf(62, 1), 6))
	if s.press("m").send(later(historyOf(63, 1), 60)); glows(s) {
		t.Error("they glow although motion is reduced")
	}
}

func TestTheGapToTheNextAboveFollowsOnceASecond(t *testing.T) {
	p := alice()
	p.standing.Ahead, p.standing.Gap = 16, 341
	s := newScreen(t, options(p))
	requireShows(t, s, "341 to #16")
	h := historyOf(7, 3)
	s.send(later(h, 1))
	p.standing.Gap = 345
	requireShows(t, s.send(later(h, 2)), "341 to #16")
	requireShows(t, s.send(later(historyOf(8, 3, 3), 3)), "345 to #16")
	p.standing.Gap = 344
	requireShows(t, s.press("space"), "344 to #16")
	p.standing.Rank, p.standing.Ahead, p.standing.Gap = 1, 0, 0
	requireShows(t, s.press("space"), "you lead")
}

func TestTheOwnSpeedIsThatOfTheLastSecondsAndTheBestIsKept(t *testing.T) {
	s := newScreen(t, options(alice())).send(later(historyOf(10, 1), 0))
	h := historyOf(10, 1)
	for range 3 {
		s.press("space", "space", "space", "space", "space", "space")
		h = historyOf(h.End+1, append(h.Seconds[1:], 6)...)
		s.send(later(h, 9))
	}
	requireShows(t, s, "speed    6.0", "best 6.0")
	for range 3 {
		h = historyOf(h.End+1, append(h.Seconds[1:], 2)...)
		s.send(later(h, 9))
	}
	requireShows(t, s, "speed    0.0", "best 6.0")
	s.press("space", "space", "space", "q")
	if got := s.model.Farewell(); !strings.Contains(got, "21, peak 6.0 a second") {
		t.Errorf("farewell %q", got)
	}
}

func TestAPauseOfTheGameIsNotTakenForSlowClicking(t *testing.T) {
	s := newScreen(t, options(alice())).send(later(historyOf(10, 1), 0))
	s.press("space", "space", "space")
	// Nobody clicked for nine seconds, and then the player did.
	s.send(later(historyOf(20, 3), 3))
	requireShows(t, s, "speed    1.0")
}

func TestTheFirstSecondsOfASessionAreItsOwn(t *testing.T) {
	s := newScreen(t, options(alice())).press("space", "space", "space")
	requireShows(t, s.send(later(historyOf(4000, 9, 9, 9, 9, 12), 3)), "speed    1.0")
}

func TestAnOwnMilestoneIsCelebratedWithThePlayer(t *testing.T) {
	p := alice()
	p.standing.Clicks = 24_998
	s := newScreen(t, options(p)).press("space")
	requireShows(t, s, "next 25,000")
	requireShows(t, s.press("space"), "your 25,000 clicks!", "next 50,000")
	requireHides(t, s.press("space"), "your 25,000")
}

func TestThePlaceWhereTheEyeIsCountsTheSession(t *testing.T) {
	s := newScreen(t, options(alice()))
	requireShows(t, s, "press space, or click here")
	requireShows(t, s.press("space"), "◆ +1  press space")
	requireShows(t, s.press("enter"), "◆ +2  press space")
}
