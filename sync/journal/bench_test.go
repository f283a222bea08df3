package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"clickky/sync/game"
)

func BenchmarkAppend(b *testing.B) {
	for _, players := range []int{1, 100, game.MaxEventPlayers} {
		b.Run(fmt.Sprintf("players=%d", players), func(b *testing.B) {
			j := openJournal(b, b.TempDir())
			e := Event{Event: game.Event{Clicks: map[string]uint64{}}}
			for i := range players {
				e.Clicks[nameOf(i)] = uint64(i)
			}
			ctx := b.Context()
			var seq uint64
			var err error
			b.ReportAllocs()
			for b.Loop() {
				if seq, err = j.Append(ctx, e); err != nil {
					b.Fatal(err)
				}
				if seq%1000 == 0 { // so that the disk doesn't fill up
					if err := j.Purge(ctx, seq); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkReplay reads a whole log; the time is per event.
func BenchmarkReplay(b *testing.B) {
	for _, c := range []struct{ events, players uint64 }{{1_000_000, 1}, {1000, 1000}} {
		b.Run(fmt.Sprintf("events=%d/players=%d", c.events, c.players), func(b *testing.B) {
			j, err := open(b.Context(), Config{Dir: b.TempDir(), MaxBytes: DefaultMaxBytes, Log: logOf(&record{})}, false)
			if err != nil {
				b.Fatal(err)
			}
			defer closed(b, j)
			writeEvents(b, j, c.events, func(i uint64) Event {
				e := Event{Event: game.Event{Clicks: make(map[string]uint64, c.players)}}
				for p := range c.players {
					e.Clicks[nameOf(int(i+p))] = 1
				}
				return otherServersEvent(i, e)
			})
			b.ReportAllocs()
			for b.Loop() {
				err := j.Follow(b.Context(), 0, func(seq uint64, _ Event) error {
					if seq == c.events {
						return errStop
					}
					return nil
				})
				if !errors.Is(err, errStop) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.events), "ns/event")
		})
	}
}

// BenchmarkOpen opens and closes a log: a new one, and one with 10,000 events.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []uint64{0, 10_000} {
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			dir := b.TempDir()
			if n > 0 {
				j, err := open(b.Context(), Config{Dir: dir, MaxBytes: DefaultMaxBytes, Log: logOf(&record{})}, false)
				if err != nil {
					b.Fatal(err)
				}
				writeEvents(b, j, n, func(i uint64) Event { return otherServersEvent(i, clicks("alice", 1)) })
				closed(b, j)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if n == 0 {
					i++
					dir = filepath.Join(b.TempDir(), nameOf(i))
				}
				j, err := Open(b.Context(), Config{Dir: dir})
				if err != nil {
					b.Fatal(err)
				}
				closed(b, j)
			}
		})
	}
}

func BenchmarkEvent(b *testing.B) {
	e := otherServersEvent(1, Event{Event: game.Event{Clicks: map[string]uint64{}}})
	for i := range game.MaxEventPlayers {
		e.Clicks[nameOf(i)] = uint64(i)
	}
	data, err := Encode(e)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Encode(e); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
