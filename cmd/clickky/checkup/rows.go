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
func SetAside(rejected []store.Rejected) []Result {
	const name = "set-aside"
	if len(rejected) == 0 {
		return []Result{ok(name, "the database refuses no count")}
	}
	var results []Result
	for i, r := range rejected {
		if i == shownRows {
			return append(results, problem(name, fmt.Sprintf("and %s more", humanize.Comma(int64(len(rejected)-i))), "mend what the database says"))
		}
		results = append(results, problem(name,
			fmt.Sprintf("%s with %s since %s: %s", r.Name, count64(r.Clicks, "click"), r.At.UTC().Format(time.RFC3339), r.Reason),
			"mend what the database says; the next click of the player saves the count"))
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
func Bindings(waiting []store.Binding, alive bool) Result {
	const name = "bindings"
	switch {
	case len(waiting) == 0:
		return ok(name, "none waits")
	case alive:
		return warning(name, fmt.Sprintf("%s to be carried out by the server that runs", waits(len(waiting))), "if that is still so in a minute, look into its log")
	}
	return ok(name, "%s for the server's next start", waits(len(waiting)))
}

func waits(n int) string {
	if n == 1 {
		return "1 waits"
	}
	return fmt.Sprintf("%d wait", n)
}
