package tui_test

import (
	"testing"

	"clickky/tui/tuitest"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

func TestSlowLinkHintLastsWhileSlow(t *testing.T) {
	const hint = "slow link: the screen lags, your clicks count"
	p := tuitest.Alice()
	s := tuitest.New(t, tuitest.Options(p))
	snapshots := func(n int) {
		for range n {
			s.Send(tui.SnapshotMsg{Snapshot: tuitest.Snapshot()})
		}
	}
	s.Send(tui.LinkMsg{Slow: true})
	tuitest.RequireShows(t, s, hint)
	snapshots(100)
	s.Press("space")
	tuitest.RequireShows(t, s, hint, "1,342,978")

	p.Verdict = tui.TooFast
	s.Press("space")
	tuitest.RequireShows(t, s, "too fast")
	tuitest.RequireHides(t, s, hint)
	s.Send(tui.LinkMsg{Slow: true})
	tuitest.RequireShows(t, s, "too fast")
	snapshots(15)
	tuitest.RequireShows(t, s, hint)

	s.Send(tui.MessageMsg{Text: "tea"})
	tuitest.RequireShows(t, s, "admin: tea")
	s.Send(tui.LinkMsg{})
	tuitest.RequireShows(t, s, "admin: tea")
	s.Send(tui.LinkMsg{Slow: true})
	snapshots(100)
	tuitest.RequireShows(t, s, hint)

	s.Send(tui.LinkMsg{})
	tuitest.RequireHides(t, s, "slow link", "admin: tea")
	tuitest.RequireShows(t, s, "+1")
}

func TestSlowLinkHintFitsEverySize(t *testing.T) {
	b := tuitest.NewBoard(t, game.Player{Name: "carol", Clicks: 777})
	for _, c := range []struct {
		w, h int
		want string
	}{{120, 40, "the screen lags, your clicks count"}, {48, 18, "slow link: your clicks count"}, {30, 8, "slow link"}, {20, 4, "slow link"}} {
		o := tuitest.Options(tuitest.Alice())
		o.Width, o.Height, o.Board = c.w, c.h, func(int) *live.Leaderboard { return b }
		s := tuitest.New(t, o).Send(tui.LinkMsg{Slow: true})
		tuitest.RequireShows(t, s, c.want)
		if s.Press("?"); c.h > 10 {
			tuitest.RequireShows(t, s, "esc back")
		}
	}
}

func TestSlowLinkHintEndsWithoutTrace(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	before := s.View()
	if s.Send(tui.LinkMsg{Slow: true}, tui.LinkMsg{}); s.View() != before {
		t.Errorf("the screen is\n%s", s.View())
	}
}
