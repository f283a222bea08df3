package live

import (
	"slices"
	"time"

	"clickky/sync/game"
)

const (
	// MaxNews is the maximum number of items in a News.
	MaxNews = 20
	// newsEvery is the minimum time between two items, in which the most interesting one wins.
	newsEvery = 4 * time.Second
	// recentFor is for how long an item is recent.
	recentFor = 10 * time.Minute

	// standingRecord is how many seconds a record must have stood until a better one is news, and
	// leastRecord the number of clicks that it must have.
	standingRecord, leastRecord = 60, 10
)

// News is what has happened lately in the game that everybody may know. It is immutable: equal
// pointers mean equal news. Items are kept in memory only, and since this server started.
type News struct {
	List   []game.News // the newest first, at most MaxNews
	Recent int         // how many of them are less than ten minutes old
	Last   uint64      // the number of the newest one; the first one since the start has number 1
}

// news is the newest News, and how it was made. Times are since the epoch.
type news struct {
	list      *News // nil: there is none yet
	published []time.Duration
	record    game.News // a better second that isn't published yet, if it has a kind
	recordEnd int       // the second of the record

	hiddenRevision uint64 // when names were last removed
}

// updateNews publishes the most interesting news if it is time to, and ages older ones. When somebody
// hides, it removes the name also from older ones. v.mu is held.
func (v *Live) updateNews(hiddenRevision uint64) {
	n, now := &v.news, v.now()
	if hiddenRevision != n.hiddenRevision {
		n.hiddenRevision = hiddenRevision
		n.removeNames(v.ledger.Hides)
		v.celebration.removeName(v.ledger.Hides)
	}
	if len(n.published) == 0 || now-n.published[0] >= newsEvery-interval/2 { // a tick may be slightly early
		if item, ok := v.takeNews(); ok {
			n.add(item, now)
			return
		}
	}
	if n.list != nil && n.countRecent(now) != n.list.Recent {
		n.list = &News{List: n.list.List, Recent: n.countRecent(now), Last: n.list.Last}
	}
}

// takeNews returns the most interesting news, and forgets all others. v.mu is held.
func (v *Live) takeNews() (item game.News, ok bool) {
	item, ok = v.ledger.TakeNews()
	if record := v.news.record; record.Kind > item.Kind {
		item, ok = record, true
	}
	v.news.record = game.News{}
	return item, ok
}

// add publishes an item.
func (n *news) add(item game.News, now time.Duration) {
	next := &News{List: []game.News{item}, Last: 1}
	if n.list != nil {
		next.List, next.Last = append(next.List, n.list.List...), n.list.Last+1
	}
	next.List = next.List[:min(len(next.List), MaxNews)]
	n.published = slices.Insert(n.published, 0, now)[:len(next.List)]
	next.Recent = n.countRecent(now)
	n.list = next
}

// removeNames removes the names of players who hide, and news that need these names.
func (n *news) removeNames(hides func(name string) bool) {
	if n.list == nil || !slices.ContainsFunc(n.list.List, func(item game.News) bool { return item.Name != "" && hides(item.Name) }) {
		return
	}
	next := &News{Recent: n.list.Recent, Last: n.list.Last}
	var published []time.Duration
	for i, item := range n.list.List {
		if item.Name != "" && hides(item.Name) {
			item.Name, item.Guest = "", false
		}
		if item.Name != "" || !item.Kind.NeedsName() {
			next.List, published = append(next.List, item), append(published, n.published[i])
		}
	}
	n.list, n.published = next, published
	next.Recent = min(next.Recent, len(published))
}

// countRecent returns how many items are recent.
func (n *news) countRecent(now time.Duration) int {
	i := slices.IndexFunc(n.published, func(at time.Duration) bool { return now-at >= recentFor })
	if i < 0 {
		return len(n.published)
	}
	return i
}

// addRecord makes news of the best second, which has just ended, if the record before had stood for a
// while.
func (n *news) addRecord(h *history) {
	if h.best >= leastRecord && n.recordEnd > 0 && h.now.End-n.recordEnd >= standingRecord {
		n.record = game.News{Kind: game.BestSecond, At: time.Now().UTC(), Count: uint64(h.best)}
	}
	n.recordEnd = h.now.End
}
