package live

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"clickky/sync/ledger"
)

// Board is the leaderboard at one moment: all players, most clicks first,
// players with equal counts by name. It is immutable: any number of
// goroutines may read one without a lock.
type Board struct {
	table

	present  []presenceLine // sorted by line
	boards   *boards        // has to account for listings; nil: nobody has
	listings [orders]struct {
		once sync.Once
		made *Listing
	}
}

// table is what boards share as long as nobody clicks, comes new or is renamed.
type table struct {
	lines []ledger.Line // who has left since the table was made is seen in Board.present
	// byName is the lines in the order of the names, sorted when somebody first asks.
	byName func() []int32
}

func newTable(lines []ledger.Line) table {
	return table{lines, sync.OnceValue(func() []int32 {
		byName := make([]int32, len(lines))
		for i := range byName {
			byName[i] = int32(i)
		}
		slices.SortFunc(byName, func(i, j int32) int { return strings.Compare(lines[i].Name, lines[j].Name) })
		return byName
	})}
}

// Len is how many players the board has.
func (b *Board) Len() int { return len(b.lines) }

// At is line i, counted from 0; it panics when i is not below Len. It takes
// logarithmic time, for the rank is looked up and not stored.
func (b *Board) At(i int) Row {
	e := b.lines[i]
	above := sort.Search(i, func(j int) bool { return b.lines[j].Clicks <= e.Clicks })
	row := Row{Rank: above + 1, Name: e.Name, Clicks: e.Clicks}
	at, present := slices.BinarySearchFunc(b.present, i, func(p presenceLine, i int) int { return cmp.Compare(int(p.line), i) })
	if present {
		row.Online, row.Rate = b.present[at].online, b.present[at].rate
		row.see(ledger.Line{Seen: b.present[at].seen})
		return row
	}
	row.see(e)
	return row
}

// boards makes boards no more often than they are worth: a new one is the old
// one merged with the players that moved since, which takes time in proportion
// to all players, so it is allowed a twentieth of one core. What it takes to sort
// boards in other orders is of that share.
type boards struct {
	mu     sync.Mutex // held while a board is made; taken before Live.mu
	latest *Board
	next   time.Time // not before this is another made
}

// boardShare is how many times as long as making a board took the ledger waits
// before it makes the next.
const boardShare = 20

// Board is the leaderboard, a little late when there are very many players. It
// is made anew only when somebody asks for it, and shared by all who do.
func (v *Live) Board() *Board {
	b := &v.boards
	b.mu.Lock()
	defer b.mu.Unlock()
	start := time.Now()
	if start.Before(b.next) {
		return b.latest
	}
	b.latest = b.latest.after(v.survey())
	b.next = time.Now().Add(boardShare * time.Since(start))
	return b.latest
}

// spent has the next board wait for what a listing has taken.
func (b *boards) spent(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); b.next.Before(now) {
		b.next = now
	}
	b.next = b.next.Add(boardShare * d)
}

// after is the next board: the same one when nothing has changed, and one with the
// same table when that is only who is here and how fast they click.
func (b *Board) after(s ledger.Survey) *Board {
	t := b.table
	if s.All != nil {
		t = newTable(s.All)
	}
	same := s.All == nil && len(s.Moved)+len(s.Left) == 0
	if len(s.Moved)+len(s.Left) > 0 {
		slices.SortFunc(s.Moved, byRank)
		t = t.merge(s.Moved, s.Left)
	}
	present := t.place(s.Nearby)
	if same && slices.Equal(present, b.present) {
		return b
	}
	return &Board{table: t, present: present, boards: b.boards}
}

// presenceLine is what a board has of a player who is here, who clicks, or who has
// left since its table was made.
type presenceLine struct {
	line   int32 // of the table
	online bool
	rate   float64
	seen   uint32 // as in ledger.Line
}

// survey takes what has changed since the last board.
func (v *Live) survey() ledger.Survey {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ledger.Survey(maps.Keys(v.presence.names))
}

// place finds the lines of players whom the table has, and sorts them by these.
func (t *table) place(players []ledger.Nearby) []presenceLine {
	present := make([]presenceLine, len(players))
	for i, p := range players {
		line := sort.Search(len(t.lines), func(j int) bool { return !before(t.lines[j], p.Line) })
		present[i] = presenceLine{line: int32(line), online: p.Online, rate: p.Rate, seen: p.Seen}
	}
	slices.SortFunc(present, func(a, b presenceLine) int { return cmp.Compare(a.line, b.line) })
	return slices.Compact(present)
}

// merge returns the table with the moved players in their new places, and without
// the names that are left.
func (t *table) merge(moved []ledger.Line, left map[string]struct{}) table {
	again := left
	for _, b := range moved {
		again[b.Name] = struct{}{}
	}
	lines := make([]ledger.Line, 0, len(t.lines)+len(moved))
	for _, b := range t.lines {
		if _, ok := again[b.Name]; ok {
			continue
		}
		for len(moved) > 0 && before(moved[0], b) {
			lines = append(lines, moved[0])
			moved = moved[1:]
		}
		lines = append(lines, b)
	}
	return newTable(append(lines, moved...))
}

// byRank is the order of the board.
func byRank(a, b ledger.Line) int {
	return cmp.Or(cmp.Compare(b.Clicks, a.Clicks), strings.Compare(a.Name, b.Name))
}

func before(a, b ledger.Line) bool { return byRank(a, b) < 0 }
