package live_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"clickky/sync/game"
)

// crowd is a million players, most of whom have few clicks.
func crowd(n int) []game.Player {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same crowd each time
	balances := make([]game.Player, n)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(rng.ExpFloat64() * 5000)}
	}
	return balances
}

const million = 1_000_000

func BenchmarkSnapshotOfAMillion(b *testing.B) {
	l := loaded(b, 0, crowd(million)...)
	b.ReportAllocs()
	for b.Loop() {
		l.Status()
	}
}

// BenchmarkBoardOfAMillionAfterAThousandClicks mostly gets a board that is a
// little late, as screens do.
func BenchmarkBoardOfAMillionAfterAThousandClicks(b *testing.B) {
	l := loaded(b, 0, crowd(million)...)
	rng := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same clicks each time
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range 1000 {
			l.Join(fmt.Sprintf("player-%07d", rng.IntN(million))).Click()
		}
		b.StartTimer()
		l.Board()
	}
}
