package server

import (
	"strings"
	"testing"
)

func TestPlainLinesAreASCIIWithoutUTF8(t *testing.T) {
	out := &strings.Builder{}
	say(asciiWriter{out}, "Grüße ★ e\u0301 – 日本", "\xff")
	if got, want := out.String(), "Gr??e * e ? ??\n?\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
