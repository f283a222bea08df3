package tui_test

import (
	"testing"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

// appointed is a player who was made an admin while playing.
func appointed(t *testing.T) (s *screen, board func() *live.Board) {
	t.Helper()
	b := boardOf(t, game.Player{Name: "carol", Clicks: 777})
	board = func() *live.Board { return b }
	s = newScreen(t, options(alice()))
	requireHides(t, s, "admin", "leaderboard")
	s.send(tui.AdminMsg{Admin: true, Board: board})
	return s, board
}

func TestWhoBecomesAnAdminGetsBadgeAndLeaderboard(t *testing.T) {
	s, _ := appointed(t)
	requireShows(t, s, "you're now an admin", "admin  │", "l leaderboard")
	s.press("l")
	requireShows(t, s, "carol", "777")
	s.press("esc", "?")
	requireShows(t, s, "show or hide the leaderboard")
}

func TestWhoIsNoAdminAnyMoreLosesBadgeAndLeaderboard(t *testing.T) {
	for what, keys := range map[string][]string{
		"in the game": nil, "in the leaderboard": {"l"}, "while searching": {"l", "/", "c"}, "while it is filtered": {"l", "/", "c", "enter"},
	} {
		t.Run(what, func(t *testing.T) {
			s, _ := appointed(t)
			s.press(keys...)
			s.send(tui.AdminMsg{})
			requireShows(t, s, "you're no longer an admin")
			requireHides(t, s, "admin  │", "carol", "leaderboard")
			s.press("l", "tab", "/", "c")
			requireShows(t, s, "you're no longer an admin")
			requireHides(t, s, "carol")
			s.press("?")
			requireHides(t, s, "leaderboard")
		})
	}
}

func TestALookUpThatIsUnderWayIsForNobodyAfterwards(t *testing.T) {
	s, _ := appointed(t)
	model, lookUp := s.model.Update(keyPress("l"))
	s.model, _ = model.(tui.Model)
	s.send(tui.AdminMsg{})
	s.send(lookUp())
	requireHides(t, s, "carol")
}

func TestAPublicLeaderboardStaysOpen(t *testing.T) {
	s, board := appointed(t)
	s.press("l")
	s.send(tui.AdminMsg{Board: board})
	requireShows(t, s, "carol")
	s.press("l")
	requireShows(t, s, "you're no longer an admin", "l leaderboard")
	requireHides(t, s, "admin  │")
}

func TestWhoListensHearsOfBeingAnAdmin(t *testing.T) {
	l := listen(t, alice())
	l.hears(tui.AdminMsg{Admin: true}, "You're now an admin.")
	l.hears(tui.AdminMsg{}, "You're no longer an admin.")
}
