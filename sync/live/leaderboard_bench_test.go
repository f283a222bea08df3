package live

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"clickky/sync/game"
)

// benchOrders are those that have to be sorted.
var benchOrders = map[string]SortBy{"ByName": ByName, "ByRate": ByRate, "BySeen": BySeen}

// busyMillion is a game of a million players, of whom 100,000 have clicked and
// 2,000 are online. When the others were seen is known only if seen is true.
func busyMillion(b *testing.B, seen bool) inside {
	b.Helper()
	start := time.Now().UTC().Truncate(time.Second)
	rng := rand.New(rand.NewPCG(1, 2))
	balances := make([]game.Player, 1_000_000)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(rng.ExpFloat64() * 5000)}
		if seen {
			balances[i].Seen = start.Add(-time.Duration(rng.Int64N(365*24*3600)) * time.Second)
		}
	}
	l := newInside()
	if err := l.Load(game.Contents{Players: balances}); err != nil {
		b.Fatal(err)
	}
	l.Open()
	for i := range 100_000 {
		session := l.Join(balances[i*9].Name)
		session.Click()
		if i%50 != 0 {
			session.Leave()
		}
	}
	time.Sleep(500 * time.Millisecond) // the clicks are of a whole half second
	return l
}

func BenchmarkLeaderboardSortMillion(b *testing.B) {
	for who, seen := range map[string]bool{"": false, "AllSeen": true} {
		board := busyMillion(b, seen).Leaderboard()
		for name, order := range benchOrders {
			if seen && order != BySeen {
				continue
			}
			b.Run(name+who, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					board.table = newTable(board.lines)
					board.newView(order)
				}
			})
		}
	}
}

func BenchmarkLeaderboardRowMillion(b *testing.B) {
	board := busyMillion(b, true).Leaderboard()
	for name, order := range benchOrders {
		b.Run(name, func(b *testing.B) {
			listing := board.SortedBy(order)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				listing.At(i * 997 % listing.Len())
			}
		})
	}
}

// BenchmarkLeaderboardNextMillion makes a leaderboard after a click, and after a player has
// only joined.
func BenchmarkLeaderboardNextMillion(b *testing.B) {
	l := busyMillion(b, true)
	next := func() {
		l.leaderboardCache.notBefore = time.Time{}
		l.Leaderboard()
	}
	next()
	session := l.Join("player-0000001")
	b.Run("Click", func(b *testing.B) {
		for b.Loop() {
			session.Click()
			next()
		}
	})
	b.Run("Join", func(b *testing.B) {
		for b.Loop() {
			l.Join("player-0000002")
			next()
		}
	})
}
