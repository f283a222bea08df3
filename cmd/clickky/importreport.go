package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize/english"

	"clickky/server/identity"
	"clickky/sync/transfer"
)

// maxListed is the maximum number of names in a line of a report.
const maxListed = 20

// printRefused prints the lines that can't be imported, with reasons.
func printRefused(w io.Writer, in *transfer.Input) error {
	var text strings.Builder
	for _, r := range in.Rejected {
		text.WriteString("refused  ")
		if r.Line > 0 {
			_, _ = fmt.Fprintf(&text, "line %d: ", r.Line)
		}
		_, _ = fmt.Fprintf(&text, "%.40q %s\n", r.Name, r.Why)
	}
	if in.More > 0 {
		_, _ = fmt.Fprintf(&text, "refused  and %d more\n", in.More)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// printReport prints what an import would do or has done.
func printReport(out io.Writer, from, into string, r transfer.Report, done bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(what, format string, args ...any) {
		_, _ = fmt.Fprintf(w, what+"\t"+format+"\n", args...) // Flush tells of the error
	}
	line("from", "%s", from)
	line("into", "%s", into)
	line("players", "%d new, %d changed, %d unchanged", r.New, r.Changed, r.Unchanged)
	if r.NamesGiven > 0 {
		line("keys", "assigned to %s", english.Plural(r.NamesGiven, "name", ""))
	}
	if len(r.NamesKept) > 0 {
		line("keys", "not imported for %s that other keys own here: %s", english.Plural(len(r.NamesKept), "name", ""), list(r.NamesKept))
	}
	if r.Preferences > 0 {
		line("choices", "%d", r.Preferences)
	}
	if r.Bans > 0 {
		line("bans", "%d", r.Bans)
	}
	if r.Records > 0 {
		line("audit log", "%s", english.Plural(r.Records, "entry", "entries"))
	}
	if r.RecordsLeft > 0 {
		line("audit log", "not imported, because this game already has its own")
	}
	line("total", "%d before, %d after", r.Before, r.After)
	if done {
		line("", "Done.")
	} else {
		line("", "Nothing was written. Add --yes to import.")
	}
	return w.Flush()
}

func list(names []string) string {
	shown := make([]string, min(len(names), maxListed))
	for i := range shown {
		shown[i] = identity.Printable(names[i])
	}
	text := strings.Join(shown, ", ")
	if len(names) > maxListed {
		text += fmt.Sprintf(" and %d more", len(names)-maxListed)
	}
	return text
}
