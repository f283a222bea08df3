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
)

// Severity says how bad something is.
type Severity string

// The severities. Skipped is for what could not be looked at, or need not be.
const (
	OK      Severity = "ok"
	Warning Severity = "warning"
	Problem Severity = "problem"
	Skipped Severity = "skipped"
)

// Finding is what one check has found.
type Finding struct {
	// Name identifies the check. A check that looks at several things has
	// several findings of its name.
	Name     string   `json:"name"`
	Severity Severity `json:"status"`
	// Text is what was found, in a short sentence for a person.
	Text string `json:"finding"`
	// Fix is the command or the action that mends it; empty if there is nothing
	// to mend.
	Fix string `json:"mend"`
}

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

// Count returns how many findings have a severity.
func Count(findings []Finding, severity Severity) (n int) {
	for _, f := range findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// Print writes the findings for a person: a line each, and below it what mends it.
func Print(w io.Writer, results []Finding) error {
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
	fmt.Fprintf(&out, "%s, %s\n", count(Count(results, Problem), "problem"), count(Count(results, Warning), "warning"))
	_, err := io.WriteString(w, out.String())
	return err
}

// PrintJSON writes the findings as an array of objects with the keys name, status,
// finding and mend.
func PrintJSON(w io.Writer, results []Finding) error { return json.NewEncoder(w).Encode(results) }

// oneLine makes what may come from a database, a peer or the name of a file safe
// to print in a line.
func oneLine(s string) string { return identity.Printable(strings.Join(strings.Fields(s), " ")) }

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// quoted is an argument as a shell takes it.
func quoted(arg string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%,=", r)
	}
	if arg != "" && !strings.ContainsFunc(arg, func(r rune) bool { return !plain(r) }) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
