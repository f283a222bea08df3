package server

import (
	"strings"
	"testing"
)

func TestPlainTextIsASCIIWithoutUTF8(t *testing.T) {
	t.Parallel()
	out := &strings.Builder{}
	printLines(asciiWriter{out}, "Grüße ★ e\u0301 – 日本", "\xff")
	if got, want := out.String(), "Gr??e * e - ??\n?\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNeedsASCII(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  []string
		want bool
	}{
		{nil, false},
		{[]string{"LANG=", "TERM=xterm", "LC_TIME=C"}, false},
		{[]string{"LANG=en_US.UTF-8"}, false},
		{[]string{"LANG=C.utf8"}, false},
		{[]string{"LC_CTYPE=UTF-8"}, false},
		{[]string{"LANG=C"}, true},
		{[]string{"LANG=POSIX"}, true},
		{[]string{"LANG=de_DE.ISO-8859-15@euro"}, true},
		{[]string{"LANG=C", "LC_CTYPE=ja_JP.UTF-8"}, false},
		{[]string{"LC_CTYPE=ja_JP.eucJP", "LANG=ja_JP.UTF-8"}, true},
		{[]string{"LC_ALL=C", "LC_CTYPE=ja_JP.UTF-8", "LANG=ja_JP.UTF-8"}, true},
		{[]string{"LC_ALL=", "LC_CTYPE=ja_JP.UTF-8"}, false},
		{[]string{"LANG=C", "LANG=C.UTF-8"}, false},
	} {
		if got := needsASCII(c.env); got != c.want {
			t.Errorf("needsASCII(%q) = %v, want %v", c.env, got, c.want)
		}
	}
}
