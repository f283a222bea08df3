package live_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"clickky/sync/ledger/ledgertest"
)

const million = 1_000_000

func BenchmarkSnapshotMillion(b *testing.B) {
	l := loaded(b, 0, ledgertest.RandomPlayers(million)...)
	b.ReportAllocs()
	for b.Loop() {
		l.Status()
	}
}

// BenchmarkLeaderboardMillionAfterClicks mostly gets a leaderboard that is a little late, as
// screens do.
func BenchmarkLeaderboardMillionAfterClicks(b *testing.B) {
	l := loaded(b, 0, ledgertest.RandomPlayers(million)...)
	rng := rand.New(rand.NewPCG(3, 4))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range 1000 {
			l.Join(fmt.Sprintf("player-%07d", rng.IntN(million))).Click()
		}
		b.StartTimer()
		l.Leaderboard()
	}
}

// BenchmarkHeapMillionOnOtherServer measures the memory of a player who is on another server.
func BenchmarkHeapMillionOnOtherServer(b *testing.B) {
	const servers = 50
	names := make([]string, 0, million)
	for _, p := range ledgertest.RandomPlayers(million) {
		names = append(names, p.Name)
	}
	var bytes uint64
	for b.Loop() {
		l := loaded(b, 0, ledgertest.RandomPlayers(million)...)
		before := heap()
		server := 0
		for some := range slices.Chunk(names, million/servers) {
			l.UpdatePresence(fmt.Sprint("server", server), some, nil)
			server++
		}
		bytes = heap() - before
		runtime.KeepAlive(l)
	}
	b.ReportMetric(float64(bytes)/million, "B/player-elsewhere")
}

// heap returns the live heap in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
