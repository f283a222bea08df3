// Package finding has what the checks of clickky doctor return. Every warning and problem comes
// with its fix.
package finding

import (
	"fmt"
	"strings"
	"time"
)

// Severity is how severe a finding is.
type Severity string

// The severities. Skipped means that the check was impossible or unnecessary.
const (
	OK      Severity = "ok"
	Warning Severity = "warning"
	Problem Severity = "problem"
	Skipped Severity = "skipped"
)

// Finding is the result of one check.
type Finding struct {
	// Name identifies the check; Report.Add sets it. A check of several things has several
	// findings.
	Name     string   `json:"name"`
	Severity Severity `json:"status"`
	// Text is the result in a short sentence for people.
	Text string `json:"finding"`
	// Fix is the command or the action that fixes it; empty if nothing is wrong.
	Fix string `json:"mend"`
}

// OKf returns a finding without a problem.
func OKf(format string, args ...any) Finding { return Newf(OK, "", format, args...) }

// Skipf returns a finding that says why something was not checked.
func Skipf(format string, args ...any) Finding { return Newf(Skipped, "", format, args...) }

// Warnf returns a warning and its fix.
func Warnf(fix, format string, args ...any) Finding { return Newf(Warning, fix, format, args...) }

// Problemf returns a problem and its fix.
func Problemf(fix, format string, args ...any) Finding { return Newf(Problem, fix, format, args...) }

// Newf returns a finding. If nothing is wrong, fix is ignored.
func Newf(severity Severity, fix, format string, args ...any) Finding {
	if severity == OK {
		fix = ""
	}
	return Finding{Severity: severity, Text: fmt.Sprintf(format, args...), Fix: fix}
}

// Report has the findings of several checks in their order.
type Report []Finding

// Add adds the finding of the check with that name. It ignores the zero Finding.
func (r *Report) Add(name string, f Finding) {
	if f != (Finding{}) {
		f.Name = name
		*r = append(*r, f)
	}
}

// Count returns the number of findings with a severity.
func (r Report) Count(severity Severity) (n int) {
	for _, f := range r {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// ClockSeverity returns the severity of a difference between two clocks.
func ClockSeverity(difference time.Duration) Severity {
	switch {
	case difference > 10*time.Second:
		return Problem
	case difference > time.Second:
		return Warning
	}
	return OK
}

// Err returns a problem as an error, whose text ends with the fix.
func (f Finding) Err() error { return fmt.Errorf("%s; %s", f.Text, f.Fix) }

// TLS reports whether a connection is encrypted: version is that of TLS, empty without it.
func TLS(version string, remote bool, fix string) Finding {
	switch {
	case version != "":
		return OKf("the connection uses %s", version)
	case remote:
		return Warnf(fix, "the connection to another machine isn't encrypted")
	}
	return OKf("not used; not needed on this machine")
}

// MoveAway returns the command that moves a file or directory away.
func MoveAway(path string) string { return "mv " + Quote(path) + " " + Quote(path+".old") }

// Quote quotes an argument for a shell.
func Quote(arg string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,="
	if arg != "" && strings.Trim(arg, plain) == "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
