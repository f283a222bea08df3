package admin

import (
	"context"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

const (
	maxFilter  = 64     // characters that can be searched for
	maxMatches = 10_000 // lines that a search returns; who wants more types more

	// searchedASnapshot is how many lines may be searched again for each snapshot. A search among
	// very many players is repeated more seldom than one among few.
	searchedASnapshot = 20_000
)

// list is the players that a screen scrolls through and searches. It shows one immutable listing at
// a time, and of that only the lines that are in sight are looked up.
type list struct {
	*Admin
	found
	top     int  // the first line in sight
	selects bool // one line is selected, and what scrolls moves that
	cursor  int  // which one

	wanted query
	input  *textinput.Model // where the filter is typed; nil when it is not

	again bool // the game went on while it was looked up
	rest  int  // for how many snapshots not to search again
}

// query is what is looked up.
type query struct {
	order  live.Order
	filter string // part of a name; empty: all
}

// found is what a look-up has found.
type found struct {
	query
	players *live.Listing // nil until the first one has arrived
	matches []int32       // lines of it that the filter lets through
	capped  bool          // there are more matches than were kept
	most    uint64        // the largest count of all
	server  Machine       // for the dashboard
}

// len is how many lines there are to scroll through.
func (f *found) len() int {
	switch {
	case f.players == nil:
		return 0
	case f.filter == "":
		return f.players.Len()
	default:
		return len(f.matches)
	}
}

// at is line i of those.
func (f *found) at(i int) live.Row {
	if f.filter == "" {
		return f.players.At(i)
	}
	return f.players.At(int(f.matches[i]))
}

// refresh looks up the newest board and searches it.
func (l *list) refresh() tea.Cmd {
	l.again = false
	board, wanted, machine := l.board, l.wanted, func() Machine { return Machine{} }
	if l.selects {
		machine = l.desk.Machine
	}
	return l.lookUp(l, func(ctx context.Context) tea.Msg {
		b := board()
		if b == nil {
			b = &live.Board{}
		}
		f := found{query: wanted, players: b.In(wanted.order)}
		if b.Len() > 0 {
			f.most = b.At(0).Clicks
		}
		if wanted.filter != "" {
			f.search(ctx)
		}
		f.server = machine()
		return f
	})
}

// search keeps the lines whose name contains the filter, in either case. It gives up when nobody
// waits any more.
func (f *found) search(ctx context.Context) {
	const glance = 1024 // lines between two looks at whether somebody does
	needle := strings.ToLower(f.filter)
	for i := range f.players.Len() {
		switch {
		case i%glance == 0 && ctx.Err() != nil:
			return
		case !strings.Contains(strings.ToLower(f.players.At(i).Name), needle):
		case len(f.matches) == maxMatches:
			f.capped = true
			return
		default:
			f.matches = append(f.matches, int32(i))
		}
	}
}

// take shows what a look-up found, in so many rows. The player who is selected stays so if that one
// is still among the lines in sight, wherever the line has moved.
func (l *list) take(f found, rows int) {
	name, same := "", f.query == l.query
	if l.selects && same && l.cursor < l.len() {
		name = l.at(l.cursor).Name
	}
	l.found, l.rest = f, 0
	if f.filter != "" {
		l.rest = f.players.Len() / searchedASnapshot
	}
	if !same {
		l.top, l.cursor = 0, 0
	}
	for i := l.top; name != "" && i < min(l.top+rows, l.len()); i++ {
		if l.at(i).Name == name {
			l.cursor = i
			break
		}
	}
	l.scroll(0, rows)
}

// scroll moves the lines in sight, or the selected one, as far as there are any.
func (l *list) scroll(by, rows int) {
	rows = max(rows, 1)
	if !l.selects {
		l.top = max(min(l.top+by, l.len()-rows), 0)
		return
	}
	l.cursor = max(min(l.cursor+by, l.len()-1), 0)
	l.top = max(min(l.top, l.len()-rows, l.cursor), l.cursor-rows+1, 0)
}

// press acts on a key that scrolls or searches, and reports whether it did.
func (l *list) press(k screen.Key, rows int) (tea.Cmd, bool) {
	if l.input != nil {
		return l.typed(k, rows)
	}
	if by, ok := l.Keys.Scrolls(k, rows, l.len()); ok {
		l.scroll(by, rows)
		return nil, true
	}
	switch {
	case k.IsRepeat:
	case key.Matches(k, l.keys.find):
		l.input = newInput(l.wanted.filter, maxFilter)
		return nil, true
	case key.Matches(k, l.keys.all) && l.wanted.filter != "":
		return l.filterBy(""), true
	}
	return nil, false
}

// typed acts on a key while a search is typed. What scrolls without being text still does, and
// some keys lead out of here; all others are for the field.
func (l *list) typed(k screen.Key, rows int) (tea.Cmd, bool) {
	switch {
	case k.IsRepeat && key.Matches(k, l.keys.keep, l.keys.cancel, l.keys.shut):
		return nil, true // it was held on the way here
	case key.Matches(k, l.keys.keep):
		l.input = nil
		return nil, true
	case key.Matches(k, l.keys.cancel):
		l.input = nil
		return l.filterBy(""), true
	case k.Text == "" && !key.Matches(k, l.Keys.Home, l.Keys.End):
		if by, ok := l.Keys.Scrolls(k, rows, l.len()); ok {
			l.scroll(by, rows)
			return nil, true
		}
	}
	ok := typeInto(l.input, k)
	return l.filterBy(l.input.Value()), ok
}

// filterBy filters the list by part of a name.
func (l *list) filterBy(part string) tea.Cmd {
	if part == l.wanted.filter {
		return nil
	}
	l.wanted.filter = part
	return l.refresh()
}

// why says why there are no lines.
func (l *list) why() string {
	switch {
	case l.players == nil:
		return "one moment"
	case l.filter != "":
		return "no name contains that"
	default:
		return "nobody has clicked yet"
	}
}

// searched is what the list is searched for, in at most w cells; empty when it is not.
func (l *list) searched(w int) string {
	const lead = "/"
	if l.input != nil {
		return l.field(l.input, lead, "", w)
	}
	if l.wanted.filter == "" {
		return ""
	}
	shown, _ := text.Clean(l.wanted.filter, w-1)
	return l.Styles.Title.Render(lead) + shown
}

// inSight says which lines of all are in sight.
func (l *list) inSight(rows int) string {
	label := position(l.top, rows, l.len())
	if l.capped {
		label += "+"
	}
	return label
}

// position says which of so many lines are in sight.
func position(top, rows, all int) string {
	if all == 0 {
		return ""
	}
	return text.Grouped(top+1) + "-" + text.Grouped(min(top+rows, all)) + " of " + text.Grouped(all)
}
