// Package news says in words what has happened in the game: in a line, in a list, on a page, and as a
// moment that a player celebrates. What it returns is safe to show and as wide as asked for. It has no
// clock.
package news

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

const (
	// ownSeconds is for how many seconds a player's own news shows in the line.
	ownSeconds = 20
	// lineItems is the maximum number of items in the line.
	lineItems = 2
	// maxName and maxMessage are the maximum widths of a name and of an admin's message.
	maxName, maxMessage = 32, 200
)

// Key is what lines and lists show. Equal keys mean equal news.
type Key struct {
	Public *live.News // may be nil
	Own    *Own       // may be nil
}

// Own is the news that only one player may know. It is immutable; nil means none.
type Own struct {
	list   []game.News // the newest first, at most live.MaxNews
	second int         // the second of the game's history in which the newest one came
	isOld  bool        // the newest one no longer shows in the line
}

// Add returns the news with one more item, which came in a second of the game's history.
func (o *Own) Add(n game.News, second int) *Own {
	list := []game.News{n}
	if o != nil {
		list = append(list, o.list[:min(len(o.list), live.MaxNews-1)]...)
	}
	return &Own{list: list, second: second}
}

// Age returns the news in a later second.
func (o *Own) Age(second int) *Own {
	if o.InLine() && second-o.second >= ownSeconds {
		return &Own{o.list, o.second, true}
	}
	return o
}

// InLine reports whether the newest one shows in the line.
func (o *Own) InLine() bool { return o != nil && !o.isOld }

// Newest returns the newest one in words.
func (o *Own) Newest() string { return Sentence(&o.list[0]) }

// recent returns the items for the line: the player's own one, and then the newest public ones.
func (k Key) recent() []game.News {
	var items []game.News
	if k.Own.InLine() {
		items = append(items, k.Own.list[0])
	}
	if k.Public != nil {
		items = append(items, k.Public.Items[:k.Public.Recent]...)
	}
	return items[:min(len(items), lineItems)]
}

// All returns the last items, the newest first.
func (k Key) All() []game.News {
	var items []game.News
	if k.Public != nil {
		items = append(items, k.Public.Items...)
	}
	if k.Own != nil {
		items = append(items, k.Own.list...)
		slices.SortStableFunc(items, func(a, b game.News) int { return b.At.Compare(a.At) })
	}
	return items[:min(len(items), live.MaxNews)]
}

// Time returns the time of day at which an item happened, in UTC.
func Time(n *game.News) string { return n.At.UTC().Format("15:04") }

// Sentence returns an item in a few words.
func Sentence(n *game.News) string {
	return n.Sentence(shownName(n.Name, n.Guest), text.Grouped(n.Count), text.Clean(n.Text, maxMessage))
}

func shownName(name string, guest bool) string {
	return text.Clean(screen.MarkGuest(name, guest), maxName)
}

// Line returns the newest item, and an older one if there is room, in at most w cells; nil if nothing
// has happened lately.
func Line(s *theme.Styles, k Key, w int) []theme.Span {
	items := k.recent()
	if len(items) == 0 {
		return nil
	}
	newest := text.Clean(Sentence(&items[0]), w)
	spans := []theme.Span{s.Plain.Span(newest)}
	for i := range items[1:] {
		if older := " · " + Sentence(&items[1+i]); text.Width(newest+older) <= w {
			spans = append(spans, s.Dim.Span(older))
		}
	}
	return spans
}

// Rows returns the last items in at most w cells and rows lines: the newest first, each with its time.
// Long ones take several lines.
func Rows(s *theme.Styles, k Key, w, rows int) [][]theme.Span {
	const timeCells = len("15:04 ")
	var list [][]theme.Span
	for _, n := range k.All() {
		at, style := Time(&n)+" ", &s.Plain
		if len(list) > 0 {
			style = &s.Dim
		}
		for line := range strings.SplitSeq(ansi.Wrap(Sentence(&n), max(w-timeCells, 1), ""), "\n") {
			if len(list) == rows {
				return list
			}
			list = append(list, []theme.Span{s.Dim.Span(at), style.Span(line)})
			at = text.Spaces(timeCells)
		}
	}
	return list
}

// maxColumn limits the width of a page: long lines are hard to read.
const maxColumn = 72

// Page returns all news, in a column in the middle of w cells.
func Page(s *theme.Styles, k Key, w int) string {
	const unlimited = 1000
	column := min(w-2, maxColumn)
	rows := Rows(s, k, column, unlimited)
	if len(rows) == 0 {
		rows = [][]theme.Span{{s.Dim.Span(text.FirstFit(column, "nothing has happened yet", "nothing yet"))}}
	} else {
		rows = append(rows, nil, []theme.Span{s.Dim.Span(text.FirstFit(column, "times are in UTC", "UTC"))})
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString("\n" + text.Spaces((w-column)/2))
		for _, span := range row {
			span.Style.Write(&b, span.Text)
		}
	}
	return b.String()
}
