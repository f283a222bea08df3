// Package checkup reports whether a Clickky server can run on this machine. It checks the
// address, host keys, data directory and descriptors, and whether database and journal match.
// The database, the journal and the cluster have checks of their own.
//
// It guarantees that checks change no file or table, and don't create the data directory. The
// address check listens for a moment, and a copy of the journal exists as a temporary file
// during its check.
package checkup

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize/english"

	"clickky/server/identity"
	"clickky/sync/finding"
)

// Print writes the findings for people: a line for each, and its fix below it.
func Print(w io.Writer, r finding.Report) error {
	table := tabwriter.NewWriter(w, len("problem  "), 0, 2, ' ', 0)
	for _, f := range r {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", f.Severity, f.Name, oneLine(f.Text)) // Flush returns the error
		if f.Fix != "" {
			_, _ = fmt.Fprintf(table, "\t\tfix: %s\n", oneLine(f.Fix))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s\n", english.Plural(r.Count(finding.Problem), "problem", ""), english.Plural(r.Count(finding.Warning), "warning", ""))
	return err
}

// PrintJSON writes the findings as an array of objects with the keys name, status,
// finding and mend.
func PrintJSON(w io.Writer, r finding.Report) error { return json.NewEncoder(w).Encode(r) }

// oneLine makes text from a database, a peer or a file name safe to print in a line.
func oneLine(s string) string { return identity.Printable(strings.Join(strings.Fields(s), " ")) }
