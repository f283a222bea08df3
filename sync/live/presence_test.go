package live

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"clickky/sync/game"
)

// shares reports whether two leaderboards have the same table.
func shares(a, b *Leaderboard) bool {
	return &a.lines[0] == &b.lines[0] && &a.byName()[0] == &b.byName()[0]
}

func TestLeaderboardSharesRowsUntilClick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newInside()
		if err := l.Load(game.Contents{Players: []game.Player{{Name: "a", Clicks: 5}, {Name: "b", Clicks: 5}, {Name: "c", Clicks: 5}}}); err != nil {
			t.Fatal(err)
		}
		l.Open()
		clicks := l.Join("c")
		clicks.Click()
		b := l.Leaderboard()
		byName := b.SortedBy(ByName)
		for _, step := range []struct {
			what  string
			do    func()
			fresh bool // there is another board
		}{
			{"nothing", func() {}, false},
			{"a visitor who never clicks", func() { l.Join("visitor") }, false},
			{"somebody comes", func() { l.Join("a").Leave(); l.Join("b") }, true},
			{"clicks become a rate", func() { time.Sleep(time.Second) }, true},
			{"the rate stays", func() { time.Sleep(time.Second) }, false},
			{"the rate falls to nothing", func() { time.Sleep(5 * time.Second) }, true},
			{"and stays there", func() { time.Sleep(time.Hour) }, false},
			{"one of two sessions leaves", func() { l.Join("c").Leave() }, false},
			{"somebody leaves", func() { clicks.Leave() }, true},
		} {
			step.do()
			next := l.Leaderboard()
			if !shares(b, next) || (next != b) != step.fresh {
				t.Errorf("%s: another board is %t, another table %t", step.what, next != b, !shares(b, next))
			}
			if &byName.head[0] != &next.SortedBy(ByName).head[0] {
				t.Errorf("%s: the names are sorted again", step.what)
			}
			b = next
		}
		l.Join("a").Click()
		next := l.Leaderboard()
		seen := 0
		for _, line := range next.lines {
			if line.Seen != 0 {
				seen++
			}
		}
		if shares(b, next) || seen != 2 {
			t.Errorf("after a click the table has seen %d of %v", seen, next.lines)
		}
	})
}

func TestLeaderboardBudgetIncludesSorting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newInside()
		session := l.Join("a")
		session.Click()
		board := l.Leaderboard()
		board.cache.charge(100 * time.Millisecond)
		board.cache.charge(50 * time.Millisecond)
		session.Click()
		time.Sleep(rebuildShare*150*time.Millisecond - time.Nanosecond)
		if l.Leaderboard() != board {
			t.Error("the next board does not wait")
		}
		time.Sleep(time.Nanosecond)
		if l.Leaderboard() == board {
			t.Error("the next board does not come")
		}
	})
	l := newInside()
	balances := make([]game.Player, 10_000)
	for i := range balances {
		balances[i].Name = fmt.Sprint(i)
	}
	if err := l.Load(game.Contents{Players: balances}); err != nil {
		t.Fatal(err)
	}
	board := l.Leaderboard()
	before := l.leaderboardCache.notBefore
	if board.SortedBy(ByName); !l.leaderboardCache.notBefore.After(before) {
		t.Error("nobody accounts for a listing")
	}
	before = l.leaderboardCache.notBefore
	if board.SortedBy(ByName); l.leaderboardCache.notBefore != before {
		t.Error("a listing that is there already is accounted for")
	}
}
