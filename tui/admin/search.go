package admin

import (
	"context"
	"strings"

	"clickky/sync/live"
	"clickky/tui/text"
)

const (
	maxFilter  = 64     // characters of a search
	maxMatches = 10_000 // rows that a search returns

	// rowsPerSnapshot limits how often a search is repeated: a search among many players skips more
	// snapshots.
	rowsPerSnapshot = 20_000
)

// query says what is looked up.
type query struct {
	order  live.SortBy
	filter string // part of a name; empty: all players
	days   int    // how many days count, including today; 0: all time
}

// periods are the numbers of days that a list can show.
var periods = []int{0, 1, 7, 30}

func periodText(days int) string {
	switch days {
	case 0:
		return "all time"
	case 1:
		return "today"
	default:
		return text.Count(days, "day")
	}
}

type searchResult struct {
	query
	players      *live.SortedView // nil until the first result
	matches      []int32          // the rows that match the filter
	isTruncated  bool             // there are more matches
	maxClicks    uint64           // the largest count of all players
	barScale     uint64           // the count whose bar is full
	serverStatus Status           // for the dashboard
}

func (f *searchResult) len() int {
	switch {
	case f.players == nil:
		return 0
	case f.filter == "":
		return f.players.Len()
	default:
		return len(f.matches)
	}
}

func (f *searchResult) at(i int) live.Row {
	if f.filter != "" {
		i = int(f.matches[i])
	}
	return f.players.At(i)
}

// search finds the rows whose names contain the filter, ignoring case. It stops when ctx ends.
func (f *searchResult) search(ctx context.Context) {
	const checkEvery = 1024 // rows between two checks of ctx
	needle := strings.ToLower(f.filter)
	for i := range f.players.Len() {
		switch {
		case i%checkEvery == 0 && ctx.Err() != nil:
			return
		case !strings.Contains(strings.ToLower(f.players.At(i).Name), needle):
		case len(f.matches) == maxMatches:
			f.isTruncated = true
			return
		default:
			f.matches = append(f.matches, int32(i))
		}
	}
}
