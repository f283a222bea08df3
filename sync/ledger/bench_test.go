package ledger_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/ledger/ledgertest"
)

const million = 1_000_000

func loadedCrowd(b *testing.B) *ledger.Ledger {
	b.Helper()
	l := ledger.New()
	if err := l.Load(game.Contents{Players: ledgertest.RandomPlayers(million)}); err != nil {
		b.Fatal(err)
	}
	l.Open()
	return l
}

func BenchmarkClickMillion(b *testing.B) {
	l := loadedCrowd(b)
	l.Tick()
	sessions := make([]*ledger.Session, 1000)
	for i := range sessions {
		sessions[i] = l.Join(fmt.Sprintf("player-%07d", i*997))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		sessions[i%len(sessions)].Click()
	}
}

// BenchmarkSetCountMillion takes a player from the bottom to the top and back, which changes
// the ranks of all others.
func BenchmarkSetCountMillion(b *testing.B) {
	l := loadedCrowd(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		clicks := uint64(i%2) * game.MaxCount / 2
		l.Apply(l.Position()+1, game.Event{Actions: []game.AdminAction{{Kind: game.ActionSetCount, Target: "player-0500000", Clicks: clicks}}}, false)
	}
}

// BenchmarkRenameMillion changes no rank.
func BenchmarkRenameMillion(b *testing.B) {
	l := loadedCrowd(b)
	names := [2]string{"player-0500000", "somebody"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Apply(l.Position()+1, game.Event{
			Actions: []game.AdminAction{{Kind: game.ActionRename, Target: names[i%2], To: names[1-i%2]}}, LastAction: l.Status().LastAction,
		}, false)
	}
}

func BenchmarkStandingMillion(b *testing.B) {
	l := loadedCrowd(b)
	session := l.Join("player-0500000")
	b.ReportAllocs()
	for b.Loop() {
		session.Standing()
	}
}

func BenchmarkDrainAndApplyTenThousand(b *testing.B) {
	l := loadedCrowd(b)
	sessions := make([]*ledger.Session, 10_000)
	for i := range sessions {
		sessions[i] = l.Join(fmt.Sprintf("player-%07d", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for _, s := range sessions {
			s.Click()
		}
		b.StartTimer()
		l.Apply(l.Position()+1, l.Drain(0, len(sessions)), true)
	}
}

func BenchmarkLoadMillion(b *testing.B) {
	balances := ledgertest.RandomPlayers(million)
	b.ReportAllocs()
	for b.Loop() {
		if err := ledger.New().Load(game.Contents{Players: balances}); err != nil {
			b.Fatal(err)
		}
	}
}

// heap returns the live heap in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkHeapMillion measures the memory of a player who is only known, and of one who has
// clicked since the start.
func BenchmarkHeapMillion(b *testing.B) {
	players := ledgertest.RandomPlayers(million)
	var known, clicked uint64
	for b.Loop() {
		before := heap()
		l := ledger.New()
		if err := l.Load(game.Contents{Players: players}); err != nil {
			b.Fatal(err)
		}
		known = heap() - before
		for some := range slices.Chunk(players, game.MaxEventPlayers) {
			clicks := make(map[string]uint64, len(some))
			for _, p := range some {
				clicks[p.Name] = 1
			}
			l.Apply(l.Position()+1, game.Event{Clicks: clicks}, false)
		}
		clicked = heap() - before
		runtime.KeepAlive(l)
	}
	b.ReportMetric(float64(known)/million, "B/known-player")
	b.ReportMetric(float64(clicked)/million, "B/player-who-clicked")
}

func TestHeapOfKnownPlayerIsBounded(t *testing.T) {
	const n = 200_000
	balances := ledgertest.RandomPlayers(n)
	before := heap()
	l := ledgertest.Loaded(t, 0, balances...)
	// The names belong to the balances here, and to the ledger in a server.
	const name = uint64(len("player-0000000") + 2)
	if each := (heap()-before)/n + name; each > 300 {
		t.Errorf("%d bytes for each known player, want at most 300", each)
	} else {
		t.Logf("%d bytes for each known player", each)
	}
	runtime.KeepAlive(l)
	runtime.KeepAlive(balances)
}
