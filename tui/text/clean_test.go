package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func TestCleanKeepsPrintableNames(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"alice", 10, "alice"},
		{"alice", 5, "alice"},
		{"alice", 4, "ali…"},
		{"alice", 1, "…"},
		{"alice", 0, ""},
		{"", 9, ""},
		{"müller ñ", 9, "müller ñ"},
		{"e\u0301a", 9, "e\u0301a"},
		{"界界界", 6, "界界界"},
		{"界界界", 5, "界界…"},
		{"界界界", 4, "界…"},
		{"🦊", 2, "🦊"},
		{"🦊", 1, "…"},
		{"a\nb\r\tc", 9, "a·b··c"},
		{"\x1b[31mred", 9, "·[31mred"},
		{"\u009b31m", 9, "·31m"},
		{"a\u202eb", 9, "a·b"},
		{"a\u200bb\u00adc", 9, "a·b·c"},
		{"\xffa", 9, "·a"},
		{"👩‍🚀!", 9, "👩!"},
		{"❤️!", 9, "❤!"},
	} {
		if got := Clean(c.in, c.w); got != c.want || Width(got) != ansi.StringWidth(c.want) {
			t.Errorf("Clean(%q, %d) = %q, %d; want %q", c.in, c.w, got, Width(got), c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"alice", "a\x1b[2J", "\x9b2J", "two\nlines", "界界界", "👩‍🚀🇩🇪❤️", "e" + strings.Repeat("\u0301", 99), "\u202eevil",
		"שלום", "क्षि", "ᄀ\u1161\u11a8", "\u1100\u0301\u1161", "\xff\xfe", "\u0600a", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\U000e0001", "｡ﾞ",
	} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		w = min(max(w, -1), 300)
		got := Clean(s, w)
		n := Width(got)
		if !utf8.ValidString(got) || n > max(w, 0) || ansi.StringWidth(got) != n || ansi.StringWidthWc(got) != n {
			t.Fatalf("Clean(%q, %d) = %q, %d: %d and %d wide", s, w, got, n, ansi.StringWidth(got), ansi.StringWidthWc(got))
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("Clean(%q, %d) = %q holds %U", s, w, got, r)
			}
		}
		if len(got) > (n+1)*maxCluster {
			t.Fatalf("Clean(%q, %d) has %d bytes", s, w, len(got))
		}
		if again := Clean(got, n); again != got {
			t.Fatalf("Clean(%q, %d) = %q, which becomes %q", s, w, got, again)
		}
	})
}
