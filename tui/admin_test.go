package tui_test

import (
	"testing"

	"clickky/tui/tuitest"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

// appointed is a player who was made an admin while playing.
func appointed(t *testing.T) (s *tuitest.Screen, board func(int) *live.Leaderboard) {
	t.Helper()
	b := tuitest.NewBoard(t, game.Player{Name: "carol", Clicks: 777})
	board = func(int) *live.Leaderboard { return b }
	s = tuitest.New(t, tuitest.Options(tuitest.Alice()))
	tuitest.RequireHides(t, s, "admin", "leaderboard")
	s.Send(tui.AdminMsg{Admin: true, Board: board})
	return s, board
}

func TestAdminRightsAddBadgeAndLeaderboard(t *testing.T) {
	s, _ := appointed(t)
	tuitest.RequireShows(t, s, "you're now an admin", "admin  │", "l leaderboard")
	s.Press("l")
	tuitest.RequireShows(t, s, "carol", "777")
	s.Press("esc", "?")
	tuitest.RequireShows(t, s, "show or hide the leaderboard")
}

func TestAdminRightsLostRemoveBadgeAndLeaderboard(t *testing.T) {
	for what, keys := range map[string][]string{
		"in the game": nil, "in the leaderboard": {"l"}, "while searching": {"l", "/", "c"}, "while it is filtered": {"l", "/", "c", "enter"},
	} {
		t.Run(what, func(t *testing.T) {
			s, _ := appointed(t)
			s.Press(keys...)
			s.Send(tui.AdminMsg{})
			tuitest.RequireShows(t, s, "you're no longer an admin")
			tuitest.RequireHides(t, s, "admin  │", "carol", "leaderboard")
			s.Press("l", "tab", "/", "c")
			tuitest.RequireShows(t, s, "you're no longer an admin")
			tuitest.RequireHides(t, s, "carol")
			s.Press("?")
			tuitest.RequireHides(t, s, "leaderboard")
		})
	}
}

func TestAdminRightsLostDiscardPendingQuery(t *testing.T) {
	s, _ := appointed(t)
	model, lookUp := s.Model.Update(tuitest.KeyPress("l"))
	s.Model, _ = model.(tui.Model)
	s.Send(tui.AdminMsg{})
	s.Send(lookUp())
	tuitest.RequireHides(t, s, "carol")
}

func TestAdminRightsLostKeepPublicLeaderboard(t *testing.T) {
	s, board := appointed(t)
	s.Press("l")
	s.Send(tui.AdminMsg{Board: board})
	tuitest.RequireShows(t, s, "carol")
	s.Press("l")
	tuitest.RequireShows(t, s, "you're no longer an admin", "l leaderboard")
	tuitest.RequireHides(t, s, "admin  │")
}

func TestPlainSaysAdminRights(t *testing.T) {
	l := listen(t, tuitest.Alice())
	l.hears(tui.AdminMsg{Admin: true}, "You're now an admin.")
	l.hears(tui.AdminMsg{}, "You're no longer an admin.")
}
