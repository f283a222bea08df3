package tui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/tuitest"
)

// newsNoon is when the oldest item happened.
var newsNoon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// newsItems are news of all kinds that everybody may know, the oldest first.
var newsItems = []game.News{
	{Kind: game.Newcomer, Name: "tuomas", Guest: true},
	{Kind: game.BestSecond, Count: 61},
	{Kind: game.PlayerMilestone, Name: "ada", Count: 1000},
	{Kind: game.Announcement, Text: "the server restarts at five, and nothing is lost"},
	{Kind: game.RoundNumber, Count: 1_340_000},
	{Kind: game.RoundNumber, Name: "margaret", Count: 1_350_000},
}

// withNews returns a snapshot with n items of news, one a minute, all of them recent.
func withNews(n int) tui.SnapshotMsg {
	news := &live.News{Recent: n, Last: uint64(n)}
	for i := n - 1; i >= 0; i-- {
		item := newsItems[i%len(newsItems)]
		item.At = newsNoon.Add(time.Duration(i) * time.Minute)
		news.Items = append(news.Items, item)
	}
	return tuitest.SnapshotWith(func(s *live.Snapshot) { s.News = news })
}

func TestGoldenNews(t *testing.T) {
	for _, size := range [][2]int{{30, 8}, {40, 12}, {80, 24}, {120, 40}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := wideScreen(t, size[0], size[1], colorprofile.ANSI256).Send(withNews(6))
			golden.RequireEqual(t, tuitest.TrimLines(ansi.Strip(s.View())))
		})
	}
}

func TestNewsLineShowsNewestAndWhatFits(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	tuitest.RequireShows(t, s.Send(withNews(1)), "~tuomas is new here")
	tuitest.RequireShows(t, s.Send(withNews(3)), "ada reached 1,000 clicks · best second so far: 61 clicks")
	tuitest.RequireHides(t, s, "tuomas")
	tuitest.RequireShows(t, s.Send(withNews(5)), "somebody made click 1,340,000")
	tuitest.RequireHides(t, s, "the server restarts") // there is no room for it
	old := withNews(6)
	old.News.Recent = 1
	tuitest.RequireShows(t, s.Send(old), "margaret made click 1,350,000")
	tuitest.RequireHides(t, s, "1,340,000")
	old = withNews(6)
	old.News.Recent = 0
	tuitest.RequireHides(t, s.Send(old), "margaret")
}

func TestNewsLineGivesWayToSaveProblem(t *testing.T) {
	for _, size := range [][2]int{{30, 8}, {40, 12}, {80, 24}} {
		p := tuitest.Alice()
		o := tuitest.Options(p)
		o.Width, o.Height = size[0], size[1]
		s := tuitest.New(t, o)
		news := withNews(1)
		tuitest.RequireShows(t, s.Send(news), "tuomas")
		news = withNews(1)
		news.StoreDown, news.Unsaved = true, 1204
		tuitest.RequireHides(t, s.Send(news), "tuomas")
		tuitest.RequireShows(t, s, "1,204")
		p.At.Rank++
		p.At.PassedBy = &game.News{Kind: game.PassedBy, Name: "mira"}
		news = withNews(1)
		news.StoreDown, news.Unsaved = true, 1205
		tuitest.RequireHides(t, s.Send(news), "mira")
		tuitest.RequireShows(t, s, "1,205")
	}
}

func TestNewsLineGivesWayToNoticeOnSmallScreen(t *testing.T) {
	o := tuitest.Options(tuitest.Alice())
	o.Width, o.Height = 30, 8
	s := tuitest.New(t, o).Send(withNews(1)).Press("m")
	tuitest.RequireHides(t, s, "tuomas")
	tuitest.RequireShows(t, s, "reduced motion")
}

func TestNewsOfPassingShowsForTwentySeconds(t *testing.T) {
	p := tuitest.Alice()
	s := tuitest.New(t, tuitest.Options(p))
	snapshot := func(end int) tui.SnapshotMsg {
		msg := withNews(1)
		msg.Total, msg.History = msg.Total+uint64(end), &live.History{End: end}
		return msg
	}
	s.Send(snapshot(100))
	_, shared := s.Model.Layers()
	p.Passed = &game.News{Kind: game.Passed, Name: "anna\x1b[2J", At: newsNoon}
	tuitest.RequireShows(t, s.Press("space"), "you passed anna·[2J · ~tuomas is new here")
	p.Passed = nil
	p.At.Rank++
	p.At.PassedBy = &game.News{Kind: game.PassedBy, Name: "mira", At: newsNoon}
	tuitest.RequireShows(t, s.Send(snapshot(101)), "mira passed you · ~tuomas is new here")
	tuitest.RequireShows(t, s.Send(snapshot(120)), "mira passed you")
	tuitest.RequireHides(t, s.Send(snapshot(121)), "mira passed you")
	tuitest.RequireShows(t, s, "tuomas is new here")
	if len(shared) == 0 {
		t.Error("there was no shared layer")
	}
	tuitest.RequireShows(t, s.Press("n"), "12:00 mira passed you", "12:00 you passed anna·[2J", "12:00 ~tuomas is new here")
}

func TestNewsIsSharedBetweenScreens(t *testing.T) {
	cache := tui.NewCache()
	news := withNews(2)
	var first []string
	for _, name := range []string{"alice", "bob"} {
		o := tuitest.Options(tuitest.Alice())
		o.Name, o.Cache = name, cache
		_, shared := tuitest.New(t, o).Send(news).Model.Layers()
		if first == nil {
			first = shared
		} else if &first[0] != &shared[0] {
			t.Error("two screens with the same news have different shared layers")
		}
	}
}

func TestNewsScreenListsLastTwenty(t *testing.T) {
	o := tuitest.Options(tuitest.Alice())
	o.Height = 40
	s := tuitest.New(t, o)
	tuitest.RequireShows(t, s.Press("n"), "nothing has happened yet")
	tuitest.RequireHides(t, s.Press("n"), "nothing has happened yet")
	tuitest.RequireShows(t, s.Press("n").Send(withNews(20)), "12:00 ~tuomas is new here", "12:19 best second so far: 61 clicks", "12:03 admin: the server", "times are in UTC")
	if n := strings.Count(s.View(), "12:"); n != 20 {
		t.Errorf("%d items are listed, want 20", n)
	}
	s.Send(tea.WindowSizeMsg{Width: 40, Height: 12})
	tuitest.RequireHides(t, s, "12:00")
	tuitest.RequireShows(t, s.Press("end"), "12:00 ~tuomas is new here")
}

func TestScreensOpenOnlyOnce(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	for range 10 {
		s.Press("n", "?")
	}
	tuitest.RequireShows(t, s.Press("esc"), "clickky  news")
	tuitest.RequireShows(t, s.Press("esc"), "press space")
}

func TestPlainSaysNewsOnRequest(t *testing.T) {
	p := tui.NewPlain(tuitest.Options(tuitest.Alice()))
	n := tuitest.KeyPress("n")
	if said, _ := p.Update(n); len(said) != 1 || said[0] != "Nothing has happened yet." {
		t.Errorf("said %q", said)
	}
	if said, _ := p.Update(withNews(7)); len(said) != 0 {
		t.Errorf("said %q without being asked", said)
	}
	said, _ := p.Update(n)
	if len(said) != 5 || said[0] != "At 12:06 UTC: ~tuomas is new here." || said[4] != "At 12:02 UTC: ada reached 1,000 clicks." {
		t.Errorf("said %q", said)
	}
}

func TestPlainSaysWhoPassedWhom(t *testing.T) {
	p := tuitest.Alice()
	l := listen(t, p)
	p.At.Rank, p.At.PassedBy = 18, &game.News{Kind: game.PassedBy, Name: "mira"}
	l.hears(tuitest.SnapshotWith(func(*live.Snapshot) {}))
	l.hears(tui.SecondMsg{}, "Mira passed you: you are number 18 of 120 now.")
	p.Passed = &game.News{Kind: game.Passed, Name: "mira"}
	l.hears(tuitest.KeyPress("space"))
	l.hears(tui.SecondMsg{}, "You passed mira: you are number 18 of 120 now.")
}
