package finding

import "testing"

func TestQuote(t *testing.T) {
	for arg, want := range map[string]string{
		"/srv/clickky": "/srv/clickky", "my data": "'my data'", "it's": `'it'\''s'`, "": "''", "$HOME;": "'$HOME;'", "-x\n": "'-x\n'",
	} {
		if got := Quote(arg); got != want {
			t.Errorf("%q is quoted as %s, want %s", arg, got, want)
		}
	}
}
