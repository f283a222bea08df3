package checkup

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"clickky/sync/store"
)

// shownRows is how many counts that are set aside are listed.
const shownRows = 20

// SetAside lists the counts that the database refused.
func SetAside(rejected []store.Rejected) []Finding {
	const name = "set-aside"
	if len(rejected) == 0 {
		return []Finding{ok(name, "the database accepts every count")}
	}
	var results []Finding
	for i, r := range rejected {
		if i == shownRows {
			return append(results, problem(name, fmt.Sprintf("and %s more", humanize.Comma(int64(len(rejected)-i))), "fix what the database reports"))
		}
		results = append(results, problem(name,
			fmt.Sprintf("%s with %s since %s: %s", r.Name, count64(r.Clicks, "click"), r.At.UTC().Format(time.RFC3339), r.Reason),
			"fix what the database reports; the player's next click saves the count"))
	}
	return results
}

func count64(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Bindings tells of the bindings that were asked for and not carried out. Alive
// tells that a server has the database, which looks for them every two seconds.
func Bindings(waiting []store.Binding, alive bool) Finding {
	const name = "bindings"
	switch {
	case len(waiting) == 0:
		return ok(name, "none pending")
	case alive:
		return warning(name, fmt.Sprintf("%d pending for the running server", len(waiting)), "check again in a minute; if nothing changes, check the server's log")
	}
	return ok(name, "%d pending until the server's next start", len(waiting))
}
