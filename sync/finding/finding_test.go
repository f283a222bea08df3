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

func TestTLS(t *testing.T) {
	for _, c := range []struct {
		version string
		remote  bool
		want    Finding
	}{
		{"", true, Warnf("tls=true", "the connection to another machine isn't encrypted")},
		{"TLSv1.3", true, OKf("the connection uses TLSv1.3")},
		{"", false, OKf("not used; not needed on this machine")},
	} {
		if got := TLS(c.version, c.remote, "tls=true"); got != c.want {
			t.Errorf("%q, remote %v: %+v, want %+v", c.version, c.remote, got, c.want)
		}
	}
}
