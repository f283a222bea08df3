// Package finding is the form in which each part of Clickky reports to clickky doctor how it is.
// Every finding that is not good says what fixes it.
package finding

import (
	"fmt"
	"strings"
	"time"
)

// Severity says how bad something is.
type Severity string

// The severities. Skipped is for what could not be checked, or need not be.
const (
	OK      Severity = "ok"
	Warning Severity = "warning"
	Problem Severity = "problem"
	Skipped Severity = "skipped"
)

// Finding is what one check has found.
type Finding struct {
	// Name identifies the check. A check of several things has several findings.
	Name     string   `json:"name"`
	Severity Severity `json:"status"`
	// Text is what was found, in a short sentence for a person.
	Text string `json:"finding"`
	// Fix is the command or the action that mends it; empty if nothing is wrong.
	Fix string `json:"mend"`
}

// Report is what several checks have found, in their order.
type Report []Finding

// OK adds that something is as it should be.
func (r *Report) OK(name, format string, args ...any) { r.Add(name, OK, "", format, args...) }

// Skip adds that something was not checked, and why.
func (r *Report) Skip(name, format string, args ...any) { r.Add(name, Skipped, "", format, args...) }

// Warn adds that something could be better, and how.
func (r *Report) Warn(name, fix, format string, args ...any) {
	r.Add(name, Warning, fix, format, args...)
}

// Problem adds that something is wrong, and what fixes it.
func (r *Report) Problem(name, fix, format string, args ...any) {
	r.Add(name, Problem, fix, format, args...)
}

// Add adds a finding. If nothing is wrong, fix is ignored.
func (r *Report) Add(name string, severity Severity, fix, format string, args ...any) {
	if severity == OK {
		fix = ""
	}
	*r = append(*r, Finding{Name: name, Severity: severity, Text: fmt.Sprintf(format, args...), Fix: fix})
}

// Count returns how many findings have a severity.
func (r Report) Count(severity Severity) (n int) {
	for _, f := range r {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// OfClocks returns how bad it is that two clocks differ by so much.
func OfClocks(apart time.Duration) Severity {
	switch {
	case apart > 10*time.Second:
		return Problem
	case apart > time.Second:
		return Warning
	}
	return OK
}

// Plural returns a number of things, as in "1 click" and "2 clicks".
func Plural[N int | uint64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// MoveAway returns the command that moves a file or directory away.
func MoveAway(path string) string { return "mv " + Quote(path) + " " + Quote(path+".old") }

// Quote returns an argument as a shell takes it.
func Quote(arg string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,="
	if arg != "" && strings.Trim(arg, plain) == "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
