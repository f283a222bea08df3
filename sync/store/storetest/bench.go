package storetest

import (
	"fmt"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// Benchmark measures saving known players, and loading a million of them. open returns a store on a
// database of its own, not migrated, and closes it at the end of the benchmark.
func Benchmark(b *testing.B, open func(b *testing.B) store.Store) {
	for _, players := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("save/players=%d", players), func(b *testing.B) {
			s := open(b)
			batch := fill(b, s, players)
			for b.Loop() {
				batch.From, batch.To = batch.To, batch.To+1
				for i := range batch.Players {
					p := &batch.Players[i]
					p.Clicks++
					p.Stored = true
					p.Days = game.Days{{Date: today, Clicks: p.Clicks}}
					p.Seen = p.Seen.Add(30 * time.Second)
				}
				saveAll(b, s, batch)
			}
			b.ReportMetric(float64(players)*float64(b.N)/b.Elapsed().Seconds(), "players/s")
		})
	}
	b.Run("load/players=1000000", func(b *testing.B) {
		const players = 1_000_000
		s := open(b)
		fill(b, s, players)
		for b.Loop() {
			found := 0
			_, err := s.Load(b.Context(), func(game.Player) error {
				found++
				return nil
			})
			if err != nil || found != players {
				b.Fatalf("Load: %v, %d players", err, found)
			}
		}
	})
}

// fill makes a database with that many players, and returns the last checkpoint.
func fill(b *testing.B, s store.Store, players int) game.Checkpoint {
	b.Helper()
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatalf("Migrate: %v", err)
	}
	if _, err := s.Lease(b.Context(), journal, 0, time.Hour); err != nil {
		b.Fatalf("Lease: %v", err)
	}
	const atOnce = 100_000
	batch := game.Checkpoint{Journal: journal}
	for first := 0; first < players; first += atOnce {
		batch.Players = nil
		for i := first; i < min(first+atOnce, players); i++ {
			batch.Players = append(batch.Players, game.Player{Name: fmt.Sprintf("player-%d", i), Clicks: 1, Seen: noon, Days: game.Days{{Date: today, Clicks: 1}}})
		}
		batch.From, batch.To = batch.To, batch.To+1
		saveAll(b, s, batch)
	}
	return batch
}

func saveAll(b *testing.B, s store.Store, batch game.Checkpoint) {
	b.Helper()
	if rejected, err := s.Save(b.Context(), batch); err != nil || len(rejected) > 0 {
		b.Fatalf("Save: %v, %d players rejected", err, len(rejected))
	}
}
