package tui_test

import (
	"testing"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

func TestASlowLinkIsToldForAsLongAsItIs(t *testing.T) {
	const hint = "slow link: the screen lags, your clicks count"
	p := alice()
	s := newScreen(t, options(p))
	snapshots := func(n int) {
		for range n {
			s.send(tui.SnapshotMsg{Snapshot: snapshot()})
		}
	}
	s.send(tui.LinkMsg{Slow: true})
	requireShows(t, s, hint)
	snapshots(100)
	s.press("space")
	requireShows(t, s, hint, "1,342,978")

	p.verdict = tui.TooFast
	s.press("space")
	requireShows(t, s, "too fast")
	requireHides(t, s, hint)
	s.send(tui.LinkMsg{Slow: true})
	requireShows(t, s, "too fast")
	snapshots(15)
	requireShows(t, s, hint)

	s.send(tui.MessageMsg{Text: "tea"})
	requireShows(t, s, "admin: tea")
	s.send(tui.LinkMsg{})
	requireShows(t, s, "admin: tea")
	s.send(tui.LinkMsg{Slow: true})
	snapshots(100)
	requireShows(t, s, hint)

	s.send(tui.LinkMsg{})
	requireHides(t, s, "slow link", "admin: tea")
	requireShows(t, s, "+1")
}

func TestTheHintOfASlowLinkFits(t *testing.T) {
	b := boardOf(t, game.Player{Name: "carol", Clicks: 777})
	for _, c := range []struct {
		w, h int
		want string
	}{{120, 40, "the screen lags, your clicks count"}, {48, 18, "slow link: your clicks count"}, {30, 8, "slow link"}, {20, 4, "slow link"}} {
		o := options(alice())
		o.Width, o.Height, o.Board = c.w, c.h, func() *live.Board { return b }
		s := newScreen(t, o).send(tui.LinkMsg{Slow: true})
		requireShows(t, s, c.want)
		if s.press("?"); c.h > 10 {
			requireShows(t, s, "esc back")
		}
	}
}

func TestALinkThatIsFineChangesNothing(t *testing.T) {
	s := newScreen(t, options(alice()))
	before := s.view()
	if s.send(tui.LinkMsg{Slow: true}, tui.LinkMsg{}); s.view() != before {
		t.Errorf("the screen is\n%s", s.view())
	}
}
