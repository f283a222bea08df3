package admin

import (
	"context"
	"strings"

	"clickky/sync/live"
)

const (
	maxFilter  = 64     // characters that can be searched for
	maxMatches = 10_000 // lines that a search returns; who wants more types more

	// searchedASnapshot is how many lines may be searched again for each snapshot. A search among
	// very many players is repeated more seldom than one among few.
	searchedASnapshot = 20_000
)

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
