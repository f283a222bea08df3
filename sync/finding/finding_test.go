package finding

import (
	"slices"
	"testing"
)

func TestQuote(t *testing.T) {
	for arg, want := range map[string]string{
		"/srv/clickky": "/srv/clickky", "my data": "'my data'", "it's": `'it'\''s'`, "": "''", "$HOME;": "'$HOME;'", "-x\n": "'-x\n'",
	} {
		if got := Quote(arg); got != want {
			t.Errorf("%q is quoted as %s, want %s", arg, got, want)
		}
	}
}

func TestReportAddsNamedFindings(t *testing.T) {
	var r Report
	r.Add("skipped", Finding{})
	r.Add("port", Newf(OK, "unused", "%s is free", ":2222"))
	r.Add("tls", Warnf("tls=true", "not encrypted"))
	want := Report{{Name: "port", Severity: OK, Text: ":2222 is free"}, {Name: "tls", Severity: Warning, Text: "not encrypted", Fix: "tls=true"}}
	if !slices.Equal(r, want) || r.Count(OK) != 1 {
		t.Errorf("%+v, want %+v", r, want)
	}
}
