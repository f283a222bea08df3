package live

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// SortBy is how a view of the leaderboard is sorted.
type SortBy uint8

const (
	// ByRank sorts by clicks, most first, and equal counts by name.
	ByRank SortBy = iota
	// ByName sorts by the bytes of the name.
	ByName
	// ByRate puts players who click first, fastest first, and then the others by rank.
	ByRate
	// BySeen puts players who are online first, by rank, then those seen last, and then, by rank,
	// those never seen.
	BySeen

	sortings = iota
)

// SortedView is a leaderboard in some order. It is immutable.
type SortedView struct {
	leaderboard *Leaderboard
	head        []int32 // the lines that come first
	headSorted  []int32 // the same lines by rank; all others follow by rank
}

// SortedBy returns the leaderboard in an order. The first call for an order sorts the players, all
// of them for ByName and BySeen. It is safe for concurrent use.
func (b *Leaderboard) SortedBy(o SortBy) *SortedView {
	v := &b.views[o]
	v.once.Do(func() {
		start := time.Now()
		v.view = b.newView(o)
		if b.cache != nil {
			b.cache.charge(time.Since(start))
		}
	})
	return v.view
}

// Len returns the number of players, the same as that of the leaderboard.
func (v *SortedView) Len() int { return v.leaderboard.Len() }

// At returns line i, counted from 0; it panics if i is out of range. It takes logarithmic time.
func (v *SortedView) At(i int) Row {
	switch {
	case i < len(v.head):
		i = int(v.head[i])
	case len(v.headSorted) > 0:
		i -= len(v.head)
		i += sort.Search(len(v.headSorted), func(j int) bool { return int(v.headSorted[j])-j > i })
	}
	return v.leaderboard.At(i)
}

// newView sorts the leaderboard.
func (b *Leaderboard) newView(o SortBy) *SortedView {
	s := &SortedView{leaderboard: b}
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
		s.headSorted = slices.Sorted(slices.Values(s.head))
	}
	return s
}

// byRate returns the lines of players who click, fastest first.
func (b *Leaderboard) byRate() []int32 {
	fast := slices.DeleteFunc(slices.Clone(b.present), func(p presenceLine) bool { return p.Rate == 0 })
	slices.SortFunc(fast, func(a, b presenceLine) int { return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(a.line, b.line)) })
	lines := make([]int32, len(fast))
	for i, p := range fast {
		lines[i] = p.line
	}
	return lines
}

// bySeen returns all lines.
func (b *Leaderboard) bySeen() []int32 {
	lines := make([]int32, 0, b.Len())
	// One number for each player who is offline: smaller if seen later, then if ranked higher.
	offline := make([]uint64, 0, b.Len())
	present := b.present
	for i := range b.lines {
		seen := b.lines[i].Seen
		if len(present) > 0 && int(present[0].line) == i {
			p := present[0]
			if present = present[1:]; p.Online {
				lines = append(lines, p.line)
				continue
			}
			seen = p.Seen
		}
		offline = append(offline, uint64(^seen)<<32|uint64(i))
	}
	slices.Sort(offline)
	for _, a := range offline {
		lines = append(lines, int32(uint32(a)))
	}
	return lines
}
