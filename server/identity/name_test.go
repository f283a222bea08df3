package identity_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"clickky/server/identity"
)

func TestNameIsFoldedOrRejected(t *testing.T) {
	for raw, want := range map[string]string{
		"alice": "alice", "Alice": "alice", "a": "a", "0x.Y_z-": "0x.y_z-",
		strings.Repeat("a", 32): strings.Repeat("a", 32),
	} {
		if got, err := identity.ParseName(raw); err != nil || got.String() != want {
			t.Errorf("ParseName(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{
		"", " ", "alice ", "a b", ".a", "-a", "_a", "élan", "a\n", "a\x00", "\xff\xfe", "a\x1b[31m", "\u212a",
		strings.Repeat("a", 33), strings.Repeat("x", 250_000), "😀", "İ",
	} {
		got, err := identity.ParseName(raw)
		if !errors.Is(err, identity.ErrBadName) || got != (identity.Name{}) {
			t.Errorf("ParseName(%.40q) = %q, %v; want a refusal", raw, got, err)
		}
	}
}

func TestNameRejectionIsSentence(t *testing.T) {
	_, err := identity.ParseName("<bad>")
	if msg := err.Error(); !strings.HasSuffix(msg, ".") || strings.Contains(msg, "<bad>") {
		t.Errorf("refusal %q, want a sentence that does not repeat the input", msg)
	}
}

func FuzzParseName(f *testing.F) {
	for _, seed := range []string{"alice", "Root", "", "a\x1b]52;c;aGk=\a", "\xf0\x28\x8c\xbc", "a\u202eb", strings.Repeat("z", 33)} {
		f.Add(seed)
	}
	valid := regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := identity.ParseName(raw)
		if (err == nil) != valid.MatchString(name.String()) {
			t.Fatalf("ParseName(%q) = %q, %v", raw, name, err)
		}
		if err == nil && !strings.EqualFold(raw, name.String()) {
			t.Fatalf("ParseName(%q) = %q: another name", raw, name)
		}
		if again, err2 := identity.ParseName(name.String()); err == nil && (err2 != nil || again != name) {
			t.Fatalf("%q parsed again is %q, %v", name, again, err2)
		}
	})
}

func TestPrintableHasNoControls(t *testing.T) {
	for in, want := range map[string]string{
		"Zoë 😀 李":          "Zoë 😀 李",
		"a\x1b[2Jb\r\nc":   "a·[2Jb··c",
		"c1\u009b31m":      "c1·31m",
		"rtl\u202egnp.exe": "rtl·gnp.exe",
		"bad\xff":          "bad·",
	} {
		if got := identity.Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
	for r := range rune(0x3000) {
		if unicode.IsControl(r) && strings.ContainsRune(identity.Printable(string(r)), r) {
			t.Errorf("%U comes through", r)
		}
	}
}
