package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger/ledgertest"
)

func TestDayLeaderboardHasClicksOfDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today := game.DateOf(time.Now())
		l := loaded(t, 0,
			game.Player{Name: "alice", Clicks: 100, Days: game.Days{{Date: today - 30, Clicks: 50}, {Date: today - 6, Clicks: 3}, {Date: today, Clicks: 2}}},
			game.Player{Name: "bob", Clicks: 9, Days: game.Days{{Date: today - 29, Clicks: 4}, {Date: today - 1, Clicks: 3}}},
			game.Player{Name: "carol", Clicks: 500})
		dave := l.Join("dave")
		for range 3 {
			dave.Click()
		}
		ledgertest.ApplyOne(l.Ledger)
		type row struct {
			rank   int
			name   string
			clicks uint64
		}
		check := func(days int, want ...row) {
			t.Helper()
			time.Sleep(time.Minute) // so that it is rebuilt
			board := l.DayLeaderboard(days)
			if board.Len() != len(want) {
				t.Fatalf("%d days have %d players, want %v", days, board.Len(), want)
			}
			for i, w := range want {
				if got := board.At(i); got.Rank != w.rank || got.Name != w.name || got.Clicks != w.clicks || got.Online != (w.name == "dave") {
					t.Errorf("line %d of %d days is %+v, want %v", i, days, got, w)
				}
			}
		}
		check(1, row{1, "dave", 3}, row{2, "alice", 2})
		check(2, row{1, "bob", 3}, row{1, "dave", 3}, row{3, "alice", 2})
		check(7, row{1, "alice", 5}, row{2, "bob", 3}, row{2, "dave", 3})
		check(30, row{1, "bob", 7}, row{2, "alice", 5}, row{3, "dave", 3})
		check(0, row{1, "carol", 500}, row{2, "alice", 100}, row{3, "bob", 9}, row{4, "dave", 3})
		if a, b := l.DayLeaderboard(7), l.DayLeaderboard(7); a != b {
			t.Error("a leaderboard is rebuilt although nothing changed")
		}
		time.Sleep(24 * time.Hour)
		check(1)
		check(2, row{1, "dave", 3}, row{2, "alice", 2})
	})
}
