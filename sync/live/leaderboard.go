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

// Leaderboard is all players at one moment, sorted ByRank. It is immutable, so any number of
// goroutines may read it without a lock.
type Leaderboard struct {
	table

	present []presenceLine    // sorted by line
	cache   *leaderboardCache // charged for the cost of views; may be nil
	views   [sortings]struct {
		once sync.Once
		view *SortedView
	}
}

// table is shared by leaderboards for as long as nobody clicks, is new or is renamed.
type table struct {
	lines []ledger.Line // Leaderboard.present has newer times
	// byName returns the lines sorted by name; the first call sorts them.
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

// Len returns the number of players.
func (b *Leaderboard) Len() int { return len(b.lines) }

// At returns line i, counted from 0; it panics if i is out of range. It looks the rank up, in
// logarithmic time.
func (b *Leaderboard) At(i int) Row {
	e := b.lines[i]
	above := sort.Search(i, func(j int) bool { return b.lines[j].Clicks <= e.Clicks })
	row := Row{Rank: above + 1, Name: e.Name, Clicks: e.Clicks}
	at, present := slices.BinarySearchFunc(b.present, i, func(p presenceLine, i int) int { return cmp.Compare(int(p.line), i) })
	if present {
		row.Online, row.Rate, e.Seen = b.present[at].Online, b.present[at].Rate, b.present[at].Seen
	}
	row.setSeen(e)
	return row
}

// leaderboardCache limits how often the leaderboard is rebuilt. Merging the changed players into
// the previous one takes time in proportion to all players, so it may use a twentieth of one core,
// including the sorting of views.
type leaderboardCache struct {
	mu        sync.Mutex // held during a rebuild; locked before Live.mu
	latest    *Leaderboard
	notBefore time.Time // earliest time of the next rebuild
}

// rebuildShare is the minimum pause after a rebuild, as a multiple of its duration.
const rebuildShare = 20

// Leaderboard returns the leaderboard, slightly outdated if there are very many players. It is
// rebuilt only on demand and shared by all callers.
func (v *Live) Leaderboard() *Leaderboard {
	b := &v.leaderboardCache
	b.mu.Lock()
	defer b.mu.Unlock()
	start := time.Now()
	if start.Before(b.notBefore) {
		return b.latest
	}
	b.latest = b.latest.update(v.changes())
	b.notBefore = time.Now().Add(rebuildShare * time.Since(start))
	return b.latest
}

// charge postpones the next rebuild because of a view that took d.
func (b *leaderboardCache) charge(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); b.notBefore.Before(now) {
		b.notBefore = now
	}
	b.notBefore = b.notBefore.Add(rebuildShare * d)
}

// update returns the next leaderboard: the same one if nothing changed, or one with the same table
// if only presence and rates changed.
func (b *Leaderboard) update(s ledger.Changes) *Leaderboard {
	t := b.table
	if s.Loaded != nil {
		t = newTable(s.Loaded)
	}
	same := s.Loaded == nil && len(s.Changed)+len(s.Removed) == 0
	if len(s.Changed)+len(s.Removed) > 0 {
		slices.SortFunc(s.Changed, ledger.ByRank)
		t = t.merge(s.Changed, s.Removed)
	}
	present := t.locate(s.Active)
	if same && slices.Equal(present, b.present) {
		return b
	}
	return &Leaderboard{table: t, present: present, cache: b.cache}
}

// presenceLine is a player who is online, is clicking, or went offline since the table was built.
type presenceLine struct {
	ledger.ActivePlayer

	line int32 // index in the table
}

func (v *Live) changes() ledger.Changes {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ledger.Changes(maps.Keys(v.presence.names))
}

// locate finds the lines of players, and sorts them by line.
func (t *table) locate(players []ledger.ActivePlayer) []presenceLine {
	present := make([]presenceLine, len(players))
	for i, p := range players {
		line := sort.Search(len(t.lines), func(j int) bool { return !ranksAbove(t.lines[j], p.Line) })
		present[i] = presenceLine{p, int32(line)}
	}
	slices.SortFunc(present, func(a, b presenceLine) int { return cmp.Compare(a.line, b.line) })
	return slices.Compact(present)
}

// merge returns the table with changed players in their new places, and without removed names.
func (t *table) merge(moved []ledger.Line, left map[string]struct{}) table {
	replaced := left
	for _, b := range moved {
		replaced[b.Name] = struct{}{}
	}
	lines := make([]ledger.Line, 0, len(t.lines)+len(moved))
	for _, b := range t.lines {
		if _, ok := replaced[b.Name]; ok {
			continue
		}
		for len(moved) > 0 && ranksAbove(moved[0], b) {
			lines = append(lines, moved[0])
			moved = moved[1:]
		}
		lines = append(lines, b)
	}
	return newTable(append(lines, moved...))
}

func ranksAbove(a, b ledger.Line) bool { return ledger.ByRank(a, b) < 0 }
