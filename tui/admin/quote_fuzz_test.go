package admin

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/anmitsu/go-shlex"
)

// FuzzQuote quotes names, and splits the result as the server does.
func FuzzQuote(f *testing.F) {
	for _, name := range []string{"alice", "a b", "it's", `"'\`, "''", `\`, "a\nb", "$x`y`", "世界", "\u2028", "-x", "é", "\x00", "\xff"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		word, ok := shellQuote(name)
		if sayable := name != "" && utf8.ValidString(name); ok != sayable {
			t.Fatalf("%q: %v", name, ok)
		}
		if !ok {
			return
		}
		got, err := shlex.Split("players kick "+word+" --why x", true)
		if want := []string{"players", "kick", name, "--why", "x"}; err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q is quoted as %s, and read as %q, %v", name, word, got, err)
		}
	})
}
