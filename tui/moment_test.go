package tui_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/tuitest"
)

// margaretsMilestone is a milestone of the global count.
var margaretsMilestone = &game.Milestone{Count: 2_500_000, Name: "margaret", Since: 80 * time.Hour, Helpers: 41}

// celebratedPlayers returns players whose next click is celebrated on their own screen.
func celebratedPlayers() map[string]*tuitest.FakePlayer {
	newcomer, veteran, passing := tuitest.Alice(), tuitest.Alice(), tuitest.Alice()
	newcomer.At = game.Standing{Name: "alice", Place: game.Place{Rank: 120, Of: 120}}
	veteran.At.Clicks = 999
	passing.Passed = &game.News{Kind: game.Passed, Name: "anna", Guest: true, At: newsNoon}
	return map[string]*tuitest.FakePlayer{"newcomer": newcomer, "veteran": veteran, "passing": passing}
}

func TestGoldenMoments(t *testing.T) {
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}} {
		for name, p := range celebratedPlayers() {
			t.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], name), func(t *testing.T) {
				s := wideScreenOf(t, p, size[0], size[1], colorprofile.ASCII).Press("space")
				golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
			})
		}
	}
}

func TestMomentLastsThreeSeconds(t *testing.T) {
	for name, words := range map[string]string{"newcomer": "welcome, alice!", "veteran": "your 1,000 clicks!", "passing": "you passed ~anna!"} {
		s := tuitest.New(t, tuitest.Options(celebratedPlayers()[name])).Press("space")
		tuitest.RequireShows(t, s, words)
		for i := range 29 {
			s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total += uint64(i) }))
		}
		tuitest.RequireShows(t, s, words)
		tuitest.RequireHides(t, s.Send(tuitest.SnapshotWith(func(*live.Snapshot) {})), words)
		tuitest.RequireShows(t, s, "peak")
	}
}

func TestMomentEndsWhenNobodyClicks(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(celebratedPlayers()["newcomer"])).Press("space")
	tuitest.RequireShows(t, s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Rate = 0.3 })), "welcome, alice!")
	tuitest.RequireHides(t, s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Rate = 0 })), "welcome, alice!")
}

func TestMomentEndsAfterSecondsOfSlowGame(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(celebratedPlayers()["newcomer"])).Press("space")
	for end := 100; end < 104; end++ {
		tuitest.RequireShows(t, s.Send(second(end, 1_342_978, 1)), "welcome, alice!")
	}
	tuitest.RequireHides(t, s.Send(second(104, 1_342_978, 1)), "welcome, alice!")
}

func TestMomentOfPassingIsRareInDuel(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(celebratedPlayers()["passing"]))
	second := func(end int) {
		for range 30 {
			s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.History = &live.History{End: end} }))
		}
	}
	second(100)
	tuitest.RequireShows(t, s.Press("space"), "you passed ~anna!")
	second(129)
	tuitest.RequireHides(t, s.Press("space"), "you passed ~anna!")
	tuitest.RequireShows(t, s, "you passed ~anna") // in the line of news
	second(130)
	tuitest.RequireShows(t, s.Press("space"), "you passed ~anna!")
}

func TestMomentKeepsPlainDigits(t *testing.T) {
	for name := range celebratedPlayers() {
		for _, size := range [][2]int{{30, 8}, {40, 12}, {72, 17}, {80, 24}, {120, 40}, {200, 60}} {
			s := wideScreenOf(t, celebratedPlayers()[name], size[0], size[1], colorprofile.ASCII).Press("space")
			tuitest.RequireShows(t, s, "1,342,978 click")
		}
	}
}

func TestMilestoneSaysWhoHowLongAndHowMany(t *testing.T) {
	shows := func(m *game.Milestone, w, h int, want ...string) *tuitest.Screen {
		t.Helper()
		s := wideScreen(t, w, h, colorprofile.ASCII).Send(withNews(1))
		s.Send(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total, s.Milestone, s.News = 2_500_003, m, withNews(2).News }))
		tuitest.RequireShows(t, s, want...)
		return s
	}
	s := shows(margaretsMilestone, 80, 24, "margaret made click 2,500,000 · 3 days since 1,000,000 · 41 players helped")
	tuitest.RequireHides(t, s, "tuomas", "best second")
	shows(margaretsMilestone, 120, 40, "margaret made click 2,500,000 · 3 days since 1,000,000 · 41 players helped", "tuomas")
	shows(margaretsMilestone, 40, 12, "margaret made click 2,500,000", "in 3 days · 41 players helped")
	tuitest.RequireHides(t, shows(margaretsMilestone, 30, 8, "margaret made click 2,500,000"), "helped")
	s = shows(&game.Milestone{Count: 2_500_000}, 80, 24, "somebody made click 2,500,000")
	tuitest.RequireHides(t, s, "since", "helped")
	down := tuitest.SnapshotWith(func(s *live.Snapshot) { s.StoreDown, s.Milestone = true, margaretsMilestone })
	for _, size := range [][2]int{{40, 12}, {80, 24}} {
		s := wideScreen(t, size[0], size[1], colorprofile.ASCII).Send(down)
		tuitest.RequireHides(t, s, "margaret", "helped")
	}
}

func TestMilestoneIsSharedBetweenScreens(t *testing.T) {
	cache := tui.NewCache()
	reached := tuitest.SnapshotWith(func(s *live.Snapshot) { s.Milestone = margaretsMilestone })
	var first []string
	for range 2 {
		o := tuitest.Options(tuitest.Alice())
		o.Cache = cache
		_, shared := tuitest.New(t, o).Send(reached).Model.Layers()
		if first == nil {
			first = shared
		} else if &first[0] != &shared[0] {
			t.Error("two screens with the same milestone have different shared layers")
		}
	}
}
