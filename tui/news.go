package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

const (
	// ownNewsSeconds is for how many seconds of the game the player's own news show in the line.
	ownNewsSeconds = 20
	// lineNews is the maximum number of items in the line.
	lineNews = 2
	// maxNewsText is the maximum width of an admin's message in news.
	maxNewsText = 200
	// maxNewsName is the maximum width of a name in news.
	maxNewsName = 32
)

// newsKey is what the line and the lists of news show.
type newsKey struct {
	public *live.News // may be nil
	own    *ownNews   // may be nil
}

// ownNews is what only this player may know. It is immutable: equal pointers mean equal news.
type ownNews struct {
	list   []game.News // the newest first, at most live.MaxNews
	isLate bool        // the newest one no longer shows in the line
}

// add returns the news with one more.
func (o *ownNews) add(n game.News) *ownNews {
	list := []game.News{n}
	if o != nil {
		list = append(list, o.list[:min(len(o.list), live.MaxNews-1)]...)
	}
	return &ownNews{list: list}
}

// showsInLine reports whether the newest item shows in the line.
func (o *ownNews) showsInLine() bool { return o != nil && !o.isLate }

// recent returns the items for the line, the newest first. The player's own one goes first.
func (k newsKey) recent() []game.News {
	var items []game.News
	if k.own.showsInLine() {
		items = append(items, k.own.list[0])
	}
	if k.public != nil {
		items = append(items, k.public.List[:k.public.Recent]...)
	}
	return items[:min(len(items), lineNews)]
}

// all returns the last items, the newest first.
func (k newsKey) all() []game.News {
	var items []game.News
	if k.public != nil {
		items = append(items, k.public.List...)
	}
	if k.own != nil {
		items = append(items, k.own.list...)
		slices.SortStableFunc(items, func(a, b game.News) int { return b.At.Compare(a.At) })
	}
	return items[:min(len(items), live.MaxNews)]
}

// shownName returns another player's name, safe to show.
func shownName(name string, guest bool) string {
	shown, _ := text.Clean(screen.MarkGuest(name, guest), maxNewsName)
	return shown
}

// sentenceOf says an item in words that are safe to show.
func sentenceOf(n *game.News) string {
	message, _ := text.Clean(n.Text, maxNewsText)
	return n.Sentence(shownName(n.Name, n.Guest), text.Grouped(n.Count), message)
}

// newsSpans is the line of news in at most w cells: the newest item, and an older one if there is room.
func (a *appearance) newsSpans(k newsKey, w int) []span {
	items := k.recent()
	if len(items) == 0 {
		return nil
	}
	newest, _ := text.Clean(sentenceOf(&items[0]), w)
	spans := []span{{&a.Styles.Plain, newest}}
	for i := range items[1:] {
		if older := (span{&a.Styles.Dim, " · " + sentenceOf(&items[1+i])}); spansWidth(spans)+text.Width(older.Text) <= w {
			spans = append(spans, older)
		}
	}
	return spans
}

// timeCells is the width of the time before an item of a list, with the space after it.
const timeCells = len("15:04 ")

// newsRows is a list of news, w cells wide and at most rows high: the newest first, each with its time
// in UTC. Long ones take several rows.
func (a *appearance) newsRows(k newsKey, w, rows int) [][]span {
	var list [][]span
	for _, n := range k.all() {
		at := n.At.UTC().Format("15:04 ")
		style := &a.Styles.Plain
		if len(list) > 0 {
			style = &a.Styles.Dim
		}
		for line := range strings.SplitSeq(ansi.Wrap(sentenceOf(&n), max(w-timeCells, 1), ""), "\n") {
			if len(list) == rows {
				return list
			}
			list = append(list, []span{{&a.Styles.Dim, at}, {style, line}})
			at = text.Spaces(timeCells)
		}
	}
	return list
}
