package live

import (
	"maps"
	"slices"
	"sync"
	"time"

	"clickky/sync/ledger"
)

// dayBoards caches the leaderboards of the last days. Like the leaderboard of all time, each is
// rebuilt only on demand, and may use a twentieth of one core.
type dayBoards struct {
	mu     sync.Mutex // held during a rebuild
	byDays map[int]*dayBoard
}

type dayBoard struct {
	board     *Leaderboard
	notBefore time.Time // earliest time of the next rebuild
}

// DayLeaderboard returns the players who clicked on the last days, including the current UTC day,
// with their clicks on these days. If days is 0, it returns the Leaderboard.
func (v *Live) DayLeaderboard(days int) *Leaderboard {
	if days == 0 {
		return v.Leaderboard()
	}
	b := &v.dayBoards
	b.mu.Lock()
	defer b.mu.Unlock()
	start := time.Now()
	old := b.byDays[days]
	if old != nil && start.Before(old.notBefore) {
		return old.board
	}
	board := newDayBoard(v.ledger.DayLines(days), v.Leaderboard())
	if old != nil && slices.Equal(old.board.lines, board.lines) && slices.Equal(old.board.present, board.present) {
		board = old.board
	}
	maps.DeleteFunc(b.byDays, func(_ int, d *dayBoard) bool { return start.After(d.notBefore) })
	if b.byDays == nil {
		b.byDays = map[int]*dayBoard{}
	}
	b.byDays[days] = &dayBoard{board, time.Now().Add(rebuildShare * time.Since(start))}
	return board
}

// newDayBoard returns a leaderboard with the given lines. It takes from the leaderboard of all time
// who is online.
func newDayBoard(lines []ledger.Line, all *Leaderboard) *Leaderboard {
	present := make(map[string]presenceLine, len(all.present))
	for _, p := range all.present {
		present[all.lines[p.line].Name] = p
	}
	b := &Leaderboard{table: newTable(lines)}
	for i, line := range lines {
		if p, ok := present[line.Name]; ok {
			p.line = int32(i)
			b.present = append(b.present, p)
		}
	}
	return b
}
