package live

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// Order is what a listing goes by.
type Order uint8

const (
	// ByRank has the most clicks first, players with equal counts by name, as
	// the board has them.
	ByRank Order = iota
	// ByName goes by the bytes of the name.
	ByName
	// ByRate has the fastest now first, the others by rank.
	ByRate
	// BySeen has those first who are online, by rank, then who was seen last, and
	// then, by rank, those of whom nobody knows when they were seen.
	BySeen

	orders = iota
)

// Listing is a board in an order. Like the board it is immutable.
type Listing struct {
	board *Board
	head  []int32 // the lines of the board that come first
	apart []int32 // the same in the order of the board, which all others follow
}

// In is the board in an order, one of the constants. It is made once for a board and
// an order, when it is first asked for, and may take its time then, in proportion
// to that of sorting: ByName and BySeen all players. Safe for concurrent use.
func (b *Board) In(o Order) *Listing {
	l := &b.listings[o]
	l.once.Do(func() {
		start := time.Now()
		l.made = b.list(o)
		if b.boards != nil {
			b.boards.spent(time.Since(start))
		}
	})
	return l.made
}

// Len is how many players the listing has: all of the board.
func (s *Listing) Len() int { return s.board.Len() }

// At is line i, counted from 0; it panics when i is not below Len. It takes
// logarithmic time, as that of the board does.
func (s *Listing) At(i int) Row {
	switch {
	case i < len(s.head):
		i = int(s.head[i])
	case len(s.apart) > 0:
		i -= len(s.head)
		i += sort.Search(len(s.apart), func(j int) bool { return int(s.apart[j])-j > i })
	}
	return s.board.At(i)
}

// list sorts.
func (b *Board) list(o Order) *Listing {
	s := &Listing{board: b}
	switch o {
	case ByRank:
		return s
	case ByName:
		s.head = b.byName()
	case ByRate:
		s.head = b.byRate()
	case BySeen:
		s.head = b.bySeen()
	}
	if len(s.head) < b.Len() {
		s.apart = slices.Sorted(slices.Values(s.head))
	}
	return s
}

// byRate is the lines of those who click.
func (b *Board) byRate() []int32 {
	var fast []presenceLine
	for _, p := range b.present {
		if p.rate > 0 {
			fast = append(fast, p)
		}
	}
	slices.SortFunc(fast, func(a, b presenceLine) int { return cmp.Or(cmp.Compare(b.rate, a.rate), cmp.Compare(a.line, b.line)) })
	lines := make([]int32, len(fast))
	for i, p := range fast {
		lines[i] = p.line
	}
	return lines
}

// bySeen is all lines.
func (b *Board) bySeen() []int32 {
	lines := make([]int32, 0, b.Len())
	// One number for each who is away: it is less the later somebody was seen, and
	// then the further above the line is.
	away := make([]uint64, 0, b.Len())
	here := b.present
	for i := range b.lines {
		seen := b.lines[i].Seen
		if len(here) > 0 && int(here[0].line) == i {
			p := here[0]
			if here = here[1:]; p.online {
				lines = append(lines, p.line)
				continue
			}
			seen = p.seen
		}
		away = append(away, uint64(^seen)<<32|uint64(i))
	}
	slices.Sort(away)
	for _, a := range away {
		lines = append(lines, int32(uint32(a)))
	}
	return lines
}
