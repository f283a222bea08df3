package ledger

import (
	"cmp"
	"slices"
	"sort"
	"sync"
	"time"
)

// Board is the leaderboard at one moment: all players, most clicks first,
// players with equal counts by name. It is immutable: any number of
// goroutines may read one without a lock.
type Board struct {
	table

	present  []presence // sorted by line
	boards   *boards    // has to account for listings; nil: nobody has
	listings [orders]struct {
		once sync.Once
		made *Listing
	}
}

// table is what boards share as long as nobody clicks, comes new or is renamed.
type table struct {
	lines []Balance
	seen  []sighting // sorted by line, without those who were never seen
	names *names
}

// sighting says when the player of a line was seen last, before the table was made.
type sighting struct {
	line    int32
	seconds int64
}

// Balance is the count of one player.
type Balance struct {
	Name   string
	Clicks uint64
}

// entry is a player who is to have a line.
type entry struct {
	Balance

	seen int64 // in seconds; 0: never
}

func newTable(lines []Balance, seen []sighting) table {
	return table{lines: lines, seen: seen, names: &names{}}
}

// Len is how many players the board has.
func (b *Board) Len() int { return len(b.lines) }

// At is line i, counted from 0; it panics when i is not below Len. It takes
// logarithmic time, for the rank is looked up and not stored.
func (b *Board) At(i int) Row {
	e := b.lines[i]
	above := sort.Search(i, func(j int) bool { return b.lines[j].Clicks <= e.Clicks })
	row := Row{Rank: above + 1, Name: e.Name, Clicks: e.Clicks}
	at, present := slices.BinarySearchFunc(b.present, i, func(p presence, i int) int { return cmp.Compare(int(p.line), i) })
	if present {
		row.Online, row.Rate = b.present[at].online, b.present[at].rate
		row.see(b.present[at].seen)
		return row
	}
	at, seen := slices.BinarySearchFunc(b.seen, i, func(s sighting, i int) int { return cmp.Compare(int(s.line), i) })
	if seen {
		row.see(b.seen[at].seconds)
	}
	return row
}

// boards makes boards no more often than they are worth: a new one is the old
// one merged with the players that moved since, which takes time in proportion
// to all players, so it is allowed a twentieth of one core. What it takes to sort
// boards in other orders is of that share.
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
	b.latest = b.latest.after(l.survey())
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
func (b *Board) after(s survey) *Board {
	t, same := b.table, len(s.moved)+len(s.left) == 0
	if !same {
		t = t.merge(s.moved, s.left)
	}
	present := t.place(s.nearby)
	if same && slices.Equal(present, b.present) {
		return b
	}
	return &Board{table: t, present: present, boards: b.boards}
}

// place finds the lines of players whom the table has, and sorts them by these.
func (t *table) place(players []nearby) []presence {
	present := make([]presence, len(players))
	for i, p := range players {
		line := sort.Search(len(t.lines), func(j int) bool { return !before(t.lines[j], p.Balance) })
		present[i] = p.presence
		present[i].line = int32(line) //nolint:gosec // G115: so many players do not fit into memory
	}
	slices.SortFunc(present, func(a, b presence) int { return cmp.Compare(a.line, b.line) })
	return slices.Compact(present)
}

// merge returns the table with the moved players in their new places, and without
// the names that are left.
func (t *table) merge(moved []entry, left map[string]struct{}) table {
	again := left
	for _, e := range moved {
		again[e.Name] = struct{}{}
	}
	lines := make([]Balance, 0, len(t.lines)+len(moved))
	seen := make([]sighting, 0, len(t.seen)+len(moved))
	put := func(b Balance, seconds int64) {
		if seconds != 0 {
			seen = append(seen, sighting{int32(len(lines)), seconds}) //nolint:gosec // G115: so many players do not fit into memory
		}
		lines = append(lines, b)
	}
	old := t.seen
	for i, b := range t.lines {
		var seconds int64
		if len(old) > 0 && int(old[0].line) == i {
			seconds, old = old[0].seconds, old[1:]
		}
		if _, ok := again[b.Name]; ok {
			continue
		}
		for len(moved) > 0 && before(moved[0].Balance, b) {
			put(moved[0].Balance, moved[0].seen)
			moved = moved[1:]
		}
		put(b, seconds)
	}
	for _, e := range moved {
		put(e.Balance, e.seen)
	}
	return newTable(lines, seen)
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
