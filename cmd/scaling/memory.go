package main

import (
	"fmt"
	"runtime"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
)

// remembered is what a ledger of so many players has on the heap.
type remembered struct {
	Players int `json:"players"`
	// Bytes is with everybody known, Clicked when also everybody has clicked since
	// the start, and Elsewhere what it takes besides if everybody is connected to
	// some other server.
	Bytes     uint64 `json:"bytes"`
	Clicked   uint64 `json:"clicked_bytes"`
	Elsewhere uint64 `json:"elsewhere_bytes"`
}

// weigh makes a ledger and looks what it takes.
func weigh(players int) (remembered, error) {
	result := remembered{Players: players}
	before := heap()
	l := ledger.New()
	screens := live.New(l)
	if err := l.Load(game.Contents{Players: crowdOf(players)}); err != nil {
		return result, fmt.Errorf("load counts: %w", err)
	}
	result.Bytes = heap() - before
	const atOnce = 10_000
	for first := 0; first < players; first += atOnce {
		clicks := make(map[string]uint64, atOnce)
		for i := first; i < min(first+atOnce, players); i++ {
			clicks[nameOf(i)] = 1
		}
		l.Apply(l.Position()+1, game.Event{At: time.Now(), Clicks: clicks}, false)
	}
	result.Clicked = heap() - before
	const servers = 300
	for server := range servers {
		var names []string
		for i := server; i < players; i += servers {
			names = append(names, nameOf(i))
		}
		screens.Elsewhere(fmt.Sprint("server", server), names, nil)
	}
	result.Elsewhere = heap() - before - result.Clicked
	runtime.KeepAlive(screens)
	return result, nil
}

// nameOf and crowdOf make players whose names are as long as any.
func nameOf(i int) string { return fmt.Sprintf("player-%07d", i) }

func crowdOf(players int) []game.Player {
	balances := make([]game.Player, players)
	for i := range balances {
		balances[i] = game.Player{Name: nameOf(i), Clicks: uint64(i) * 7919 % 50_000} //nolint:gosec // is not negative
	}
	return balances
}

// heap is what is in use of it.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
