// Package checkup looks whether a Clickky server can run here: its address, host
// keys, data directory, descriptors, database and journal; or, of a game on many
// servers, NATS and the other servers.
//
// It guarantees that nothing is changed by looking: no file and no table, nor is
// the data directory made. Only the address is taken for a moment, to learn
// whether that is possible, and a copy of the journal is among the temporary files
// while it is looked at. Every finding that is not good says how to fix it.
package checkup

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"clickky/server/identity"
	"clickky/sync/finding"
)

// To go with the last subsystem that is judged here.
type (
	Finding  = finding.Finding
	Severity = finding.Severity
)

const (
	OK      = finding.OK
	Warning = finding.Warning
	Problem = finding.Problem
	Skipped = finding.Skipped
)

func ok(name, format string, args ...any) Finding {
	return Finding{Name: name, Severity: OK, Text: fmt.Sprintf(format, args...)}
}

func skipped(name, format string, args ...any) Finding {
	return Finding{Name: name, Severity: Skipped, Text: fmt.Sprintf(format, args...)}
}

func warning(name, finding, fix string) Finding {
	return Finding{Name: name, Severity: Warning, Text: finding, Fix: fix}
}

func problem(name, finding, fix string) Finding {
	return Finding{Name: name, Severity: Problem, Text: finding, Fix: fix}
}

// Print writes the findings for a person: a line each, and below it what mends it.
func Print(w io.Writer, results finding.Report) error {
	var out strings.Builder
	width := 0
	for _, r := range results {
		width = max(width, utf8.RuneCountInString(r.Name))
	}
	for _, r := range results {
		fmt.Fprintf(&out, "%-7s  %-*s  %s\n", r.Severity, width, r.Name, oneLine(r.Text))
		if r.Fix != "" {
			fmt.Fprintf(&out, "%*s  fix: %s\n", 7+2+width, "", oneLine(r.Fix))
		}
	}
	fmt.Fprintf(&out, "%s, %s\n", count(results.Count(Problem), "problem"), count(results.Count(Warning), "warning"))
	_, err := io.WriteString(w, out.String())
	return err
}

// PrintJSON writes the findings as an array of objects with the keys name, status,
// finding and mend.
func PrintJSON(w io.Writer, results finding.Report) error { return json.NewEncoder(w).Encode(results) }

// oneLine makes what may come from a database, a peer or the name of a file safe
// to print in a line.
func oneLine(s string) string { return identity.Printable(strings.Join(strings.Fields(s), " ")) }

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func quoted(arg string) string { return finding.Quote(arg) }
