// Package checkup looks whether a Clickky server can run here: its address, host
// keys, data directory, descriptors, database and journal; or, of a game on many
// servers, NATS and the other servers.
//
// It guarantees that nothing is changed by looking: no file and no table, nor is
// the data directory made. Only the address is taken for a moment, to learn
// whether that is possible, and a copy of the journal is among the temporary files
// while it is looked at. Every result that is not good says what mends it.
package checkup

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"clickky/server/identity"
)

// Status says how good something is.
type Status string

// The statuses. Skipped is for what could not be looked at, or need not be.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Problem Status = "problem"
	Skipped Status = "skipped"
)

// Result is what one check has found.
type Result struct {
	// Name identifies the check. A check that looks at several things has
	// several results of its name.
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Finding is a short text for a person.
	Finding string `json:"finding"`
	// Mend is the command or the action that mends it; empty if there is nothing
	// to be mended.
	Mend string `json:"mend"`
}

func ok(name, format string, args ...any) Result {
	return Result{Name: name, Status: OK, Finding: fmt.Sprintf(format, args...)}
}

func skipped(name, format string, args ...any) Result {
	return Result{Name: name, Status: Skipped, Finding: fmt.Sprintf(format, args...)}
}

func warning(name, finding, mend string) Result {
	return Result{Name: name, Status: Warning, Finding: finding, Mend: mend}
}

func problem(name, finding, mend string) Result {
	return Result{Name: name, Status: Problem, Finding: finding, Mend: mend}
}

// Count is how many results have a status.
func Count(results []Result, status Status) (n int) {
	for _, r := range results {
		if r.Status == status {
			n++
		}
	}
	return n
}

// Print writes the results for a person: a line each, and below it what mends it.
func Print(w io.Writer, results []Result) error {
	var out strings.Builder
	width := 0
	for _, r := range results {
		width = max(width, utf8.RuneCountInString(r.Name))
	}
	for _, r := range results {
		fmt.Fprintf(&out, "%-7s  %-*s  %s\n", r.Status, width, r.Name, oneLine(r.Finding))
		if r.Mend != "" {
			fmt.Fprintf(&out, "%*s  fix: %s\n", 7+2+width, "", oneLine(r.Mend))
		}
	}
	fmt.Fprintf(&out, "%s, %s\n", count(Count(results, Problem), "problem"), count(Count(results, Warning), "warning"))
	_, err := io.WriteString(w, out.String())
	return err
}

// PrintJSON writes the results as an array of objects with the keys name, status,
// finding and mend.
func PrintJSON(w io.Writer, results []Result) error { return json.NewEncoder(w).Encode(results) }

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
