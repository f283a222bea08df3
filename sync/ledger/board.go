package ledger

import (
	"sort"
	"sync"
	"time"
)

// Board is the leaderboard at one moment: all players, most clicks first,
// players with equal counts by name. It is immutable: any number of
// goroutines may read one without a lock.
type Board struct {
	entries []Balance
}

// Balance is the count of one player.
type Balance struct {
	Name   string
	Clicks uint64
}

// Len is how many players the board has.
func (b *Board) Len() int { return len(b.entries) }

// At is line i, counted from 0; it panics when i is not below Len. It takes
// logarithmic time, for the rank is looked up and not stored.
func (b *Board) At(i int) Row {
	e := b.entries[i]
	above := sort.Search(i, func(j int) bool { return b.entries[j].Clicks <= e.Clicks })
	return Row{Rank: above + 1, Name: e.Name, Clicks: e.Clicks}
}

// boards makes boards no more often than they are worth: a new one is the old
// one merged with the players that moved since, which takes time in proportion
// to all players, so it is allowed a twentieth of one core.
type boards struct {
	mu     sync.Mutex // held while a board is made; taken before Ledger.mu
	latest *Board
	next   time.Time // not before this is another made
}

// boardShare is how many times as long as making a board took the ledger waits
// before it makes the next.
const boardShare = 20

// Board is the leaderboard, a little late when there are very many players. It
// is made anew only when somebody asks for it, and shared by all who do.
func (l *Ledger) Board() *Board {
	b := &l.boards
	b.mu.Lock()
	defer b.mu.Unlock()
	start := time.Now()
	if start.Before(b.next) {
		return b.latest
	}
	if moved, left := l.takeMoved(); len(moved) > 0 || len(left) > 0 {
		b.latest = &Board{entries: merge(b.latest.entries, moved, left)}
	}
	b.next = time.Now().Add(boardShare * time.Since(start))
	return b.latest
}

// takeMoved copies the balances of those who changed since the last board, and
// takes the names that are not on it any more.
func (l *Ledger) takeMoved() (moved []Balance, left map[string]struct{}) {
	l.mu.Lock()
	moved = make([]Balance, 0, len(l.moved))
	for _, p := range l.moved {
		if p.moved = false; !p.gone {
			moved = append(moved, p.balance())
		}
	}
	clear(l.moved)
	l.moved = l.moved[:0]
	left, l.left = l.left, make(map[string]struct{})
	l.mu.Unlock()
	sortBalances(moved)
	return moved, left
}

// merge returns old with the moved players in their new places, and without the
// names that are left; both are sorted, and so is the result.
func merge(old, moved []Balance, left map[string]struct{}) []Balance {
	again := left
	for _, b := range moved {
		again[b.Name] = struct{}{}
	}
	merged := make([]Balance, 0, len(old)+len(moved))
	for _, b := range old {
		if _, ok := again[b.Name]; ok {
			continue
		}
		for len(moved) > 0 && before(moved[0], b) {
			merged = append(merged, moved[0])
			moved = moved[1:]
		}
		merged = append(merged, b)
	}
	return append(merged, moved...)
}

func sortBalances(bs []Balance) {
	sort.Slice(bs, func(i, j int) bool { return before(bs[i], bs[j]) })
}

// before is the order of the board.
func before(a, b Balance) bool {
	if a.Clicks != b.Clicks {
		return a.Clicks > b.Clicks
	}
	return a.Name < b.Name
}
