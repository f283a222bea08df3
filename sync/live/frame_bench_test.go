package live

import (
	"fmt"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
)

// benchOnline is how many are online while the steps of a frame are measured.
const benchOnline = 2000

// benchGame returns a game with benchOnline players online, and their sessions.
func benchGame(b *testing.B) (inside, []*ledger.Session) {
	b.Helper()
	l := newInside()
	if err := l.Load(game.Contents{}); err != nil {
		b.Fatal(err)
	}
	l.Open()
	sessions := make([]*ledger.Session, benchOnline)
	for i := range sessions {
		sessions[i] = l.Join(fmt.Sprintf("player-%d", i))
		sessions[i].Click()
	}
	return l, sessions
}

// BenchmarkFrameSnapshot makes a snapshot that differs from the latest one.
func BenchmarkFrameSnapshot(b *testing.B) {
	l, sessions := benchGame(b)
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		sessions[0].Click()
		if _, changed := l.refresh(now); !changed {
			b.Fatal("nothing has changed")
		}
	}
}

// BenchmarkFrameDeliver delivers a snapshot to every mailbox, each at its own time: the cost
// of one player.
func BenchmarkFrameDeliver(b *testing.B) {
	l, _ := benchGame(b)
	for range benchOnline {
		defer l.Subscribe().Close()
	}
	snap := l.Latest()
	b.ReportAllocs()
	for b.Loop() {
		for phase := range l.subs {
			l.deliverPhase(phase, snap)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchOnline, "ns/player")
}

// BenchmarkFrameStanding reads a player's standing, as every frame of every player does, from
// all processors at once.
func BenchmarkFrameStanding(b *testing.B) {
	_, sessions := benchGame(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			sessions[i%benchOnline].Standing()
		}
	})
}
