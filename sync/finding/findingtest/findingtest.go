// Package findingtest checks what the parts of Clickky report to clickky doctor.
package findingtest

import (
	"strings"
	"testing"

	"clickky/sync/finding"
)

// First returns the first thing that a check reports.
func First(check func(*finding.Report)) finding.Finding {
	var r finding.Report
	if check(&r); len(r) == 0 {
		return finding.Finding{}
	}
	return r[0]
}

// Judged checks one finding: its severity, and what it and its fix contain.
func Judged(t *testing.T, what string, r finding.Finding, severity finding.Severity, says, fix string) {
	t.Helper()
	if r.Severity != severity || !strings.Contains(r.Text, says) || !strings.Contains(r.Fix, fix) {
		t.Errorf("%s: %+v; want %s, %q and %q", what, r, severity, says, fix)
	}
	bad := r.Severity == finding.Warning || r.Severity == finding.Problem
	if bad != (r.Fix != "") {
		t.Errorf("%s: %+v; what is not good has something that fixes it, and nothing else has", what, r)
	}
}
