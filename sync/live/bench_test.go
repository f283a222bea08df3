package live_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"clickky/sync/ledger/ledgertest"
)

const million = 1_000_000

func BenchmarkSnapshotOfAMillion(b *testing.B) {
	l := loaded(b, 0, ledgertest.Crowd(million)...)
	b.ReportAllocs()
	for b.Loop() {
		l.Status()
	}
}

// BenchmarkBoardOfAMillionAfterAThousandClicks mostly gets a board that is a
// little late, as screens do.
func BenchmarkBoardOfAMillionAfterAThousandClicks(b *testing.B) {
	l := loaded(b, 0, ledgertest.Crowd(million)...)
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
