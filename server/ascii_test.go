package server

import (
	"strings"
	"testing"
)

func TestPlainTextIsASCIIWithoutUTF8(t *testing.T) {
	t.Parallel()
	out := &strings.Builder{}
	printLines(asciiWriter{out}, "Grüße ★ e\u0301 – 日本", "\xff")
	if got, want := out.String(), "Gr??e * e ? ??\n?\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNotUTF8(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  []string
		want string
	}{
		{nil, ""},
		{[]string{"LANG=", "TERM=xterm", "LC_TIME=C"}, ""},
		{[]string{"LANG=en_US.UTF-8"}, ""},
		{[]string{"LANG=C.utf8"}, ""},
		{[]string{"LC_CTYPE=UTF-8"}, ""},
		{[]string{"LANG=C"}, "LANG=C"},
		{[]string{"LANG=C", "LC_CTYPE=ja_JP.UTF-8"}, ""},
		{[]string{"LC_CTYPE=ja_JP.eucJP", "LANG=ja_JP.UTF-8"}, "LC_CTYPE=ja_JP.eucJP"},
		{[]string{"LC_ALL=C", "LC_CTYPE=ja_JP.UTF-8", "LANG=ja_JP.UTF-8"}, "LC_ALL=C"},
		{[]string{"LC_ALL=", "LC_CTYPE=ja_JP.UTF-8"}, ""},
		{[]string{"LANG=C", "LANG=C.UTF-8"}, ""},
	} {
		if got := notUTF8(c.env); got != c.want {
			t.Errorf("notUTF8(%q) = %q, want %q", c.env, got, c.want)
		}
	}
}
