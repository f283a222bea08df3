package live

import (
	"slices"
	"time"

	"clickky/sync/game"
)

const (
	// MaxNews is the maximum number of items in News.
	MaxNews = 20
	// newsEvery is the minimum time between two items. Of the items in that time, the most
	// interesting one is published.
	newsEvery = 4 * time.Second
	// recentFor is for how long an item is recent.
	recentFor = 10 * time.Minute

	// standingRecord is how many seconds a record must have stood until a better one is news, and
	// leastRecord the number of clicks that it must have.
	standingRecord, leastRecord = 60, 10
)

// News is what has happened lately and everybody may know. It is immutable: equal pointers mean
// equal news. It is kept in memory, so it begins when this server starts.
type News struct {
	Items  []game.News // the newest first, at most MaxNews
	Recent int         // how many of them are less than ten minutes old
	Last   uint64      // the number of the newest one; the first one since the start is number 1
}

// news is the newest News, and how it was made. Times are since the epoch.
type news struct {
	list      *News // nil: there is none yet
	published []time.Duration
	record    game.News // a best second that isn't published yet, if it has a kind
	recordEnd int       // the second of the record

	publicRevision uint64 // when names were last removed
}

// updateNews publishes the most interesting item if it is time to, and ages older ones. When a player
// hides or loses the name, it removes the name from older items, too. v.mu is held.
func (v *Live) updateNews(publicRevision uint64) {
	n, now := &v.news, v.now()
	if publicRevision != n.publicRevision {
		n.publicRevision = publicRevision
		n.removeNames(v.ledger.IsPublic)
		v.celebration.removeName(v.ledger.IsPublic)
	}
	if len(n.published) == 0 || now-n.published[0] >= newsEvery-interval/2 { // a tick may be slightly early
		if item, ok := v.takeNews(); ok {
			n.add(item, now)
			return
		}
	}
	if n.list != nil && n.countRecent(now) != n.list.Recent {
		n.list = &News{Items: n.list.Items, Recent: n.countRecent(now), Last: n.list.Last}
	}
}

// takeNews returns the most interesting item, and forgets the others. v.mu is held.
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
	next := &News{Items: []game.News{item}, Last: 1}
	if n.list != nil {
		next.Items, next.Last = append(next.Items, n.list.Items...), n.list.Last+1
	}
	next.Items = next.Items[:min(len(next.Items), MaxNews)]
	n.published = slices.Insert(n.published, 0, now)[:len(next.Items)]
	next.Recent = n.countRecent(now)
	n.list = next
}

// removeNames removes the names that aren't public, and the items that need these names.
func (n *news) removeNames(isPublic func(name string) bool) {
	isPrivate := func(item game.News) bool { return item.Name != "" && !isPublic(item.Name) }
	if n.list == nil || !slices.ContainsFunc(n.list.Items, isPrivate) {
		return
	}
	next := &News{Recent: n.list.Recent, Last: n.list.Last}
	var published []time.Duration
	for i, item := range n.list.Items {
		if isPrivate(item) {
			item.Name, item.Guest = "", false
		}
		if item.Name != "" || !item.Kind.NeedsName() {
			next.Items, published = append(next.Items, item), append(published, n.published[i])
		}
	}
	n.list, n.published = next, published
	next.Recent = min(next.Recent, len(published))
}

func (n *news) countRecent(now time.Duration) int {
	i := slices.IndexFunc(n.published, func(at time.Duration) bool { return now-at >= recentFor })
	if i < 0 {
		return len(n.published)
	}
	return i
}

// addRecord makes news of the second that has just ended, which is the best one, if the record before
// it had stood for a while.
func (n *news) addRecord(h *history) {
	if h.best >= leastRecord && n.recordEnd > 0 && h.now.End-n.recordEnd >= standingRecord {
		n.record = game.News{Kind: game.BestSecond, At: time.Now().UTC(), Count: uint64(h.best)}
	}
	n.recordEnd = h.now.End
}
