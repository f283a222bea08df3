// Package checkup reports whether a Clickky server can run here: on its address, host
// keys, data directory and descriptors, and on whether its database and journal fit
// together. The database, the journal and the cluster report on themselves.
//
// It guarantees that nothing is changed by looking: no file and no table, nor is
// the data directory made. Only the address is taken for a moment, to learn
// whether that is possible, and a copy of the journal is among the temporary files
// while it is looked at.
package checkup

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"clickky/server/identity"
	"clickky/sync/finding"
)

// Print writes the findings for a person: a line each, and below it what fixes it.
func Print(w io.Writer, r finding.Report) error {
	table := tabwriter.NewWriter(w, len("problem  "), 0, 2, ' ', 0)
	for _, f := range r {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", f.Severity, f.Name, oneLine(f.Text)) // Flush tells
		if f.Fix != "" {
			_, _ = fmt.Fprintf(table, "\t\tfix: %s\n", oneLine(f.Fix))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s\n", finding.Plural(r.Count(finding.Problem), "problem"), finding.Plural(r.Count(finding.Warning), "warning"))
	return err
}

// PrintJSON writes the findings as an array of objects with the keys name, status,
// finding and mend.
func PrintJSON(w io.Writer, r finding.Report) error { return json.NewEncoder(w).Encode(r) }

// oneLine makes what may come from a database, a peer or the name of a file safe
// to print in a line.
func oneLine(s string) string { return identity.Printable(strings.Join(strings.Fields(s), " ")) }
