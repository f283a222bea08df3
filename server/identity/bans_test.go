package identity

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

const (
	bannedKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAl7ABqCkrfvzE1HpCGnPUVdOTqUpSaAHKZYfHBRQMaG"
	otherPrint = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// fingerprintOf returns the fingerprint of a line of a key file.
func fingerprintOf(t testing.TB, line string) Fingerprint {
	t.Helper()
	keys, _, err := readKeys(line)
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

func TestBansMatchKeysAddressesAndPrefixes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bans")
	text := "# of today\n\n" + bannedKey + " a#b # a key\r\n 198.51.100.7\t# an address\n2001:db8:1::/48\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := ParseBans([]string{otherPrint, " 192.0.2.77/24 ", "2001:db8::1", "2001:db8:9::1/128", "::ffff:203.0.113.0/120", "fe80::1%eth0", path, path})
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() != 9 {
		t.Errorf("%d bans, want 9", b.Len())
	}
	for key, want := range map[Fingerprint]bool{
		otherPrint: true, fingerprintOf(t, bannedKey): true, "": false, "SHA256:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": false,
	} {
		if b.HasKey(key) != want {
			t.Errorf("%q banned: %v, want %v", key, !want, want)
		}
	}
	for addr, want := range map[string]bool{
		"192.0.2.0": true, "192.0.2.255": true, "192.0.3.0": false, "::ffff:192.0.2.1": true,
		"198.51.100.7": true, "198.51.100.8": false, "203.0.113.200": true, "203.0.114.0": false,
		"2001:db8::1": true, "2001:db8::2": true, "2001:db8:0:1::1": false, "2001:db8:9::1": true, "2001:db8:9::2": false, "fe80::2": false, "2001:db8:1:2::3": true, "2001:db8:2::": false, "fe80::1%eth1": true, "192.0.2.1%": false,
	} {
		at, _ := netip.ParseAddr(addr) // the last one is invalid
		if b.HasAddress(at) != want {
			t.Errorf("%s banned: %v, want %v", addr, !want, want)
		}
	}
}

func TestBansEmptyMatchNobody(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("# nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseBans([]string{empty})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*Bans{nil, parsed} {
		if b.Len() != 0 || b.HasKey(otherPrint) || b.HasKey("") || b.HasAddress(netip.MustParseAddr("192.0.2.1")) || b.HasAddress(netip.Addr{}) {
			t.Errorf("%+v bans somebody", b)
		}
	}
}

func TestBansInvalidAreNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("192.0.2.1\n\n192.0.2.256\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(dir, "short")
	if err := os.WriteFile(short, []byte("SHA256:abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for who, says := range map[string]string{
		"alice": "use a fingerprint", "192.0.2.0/33": "use a fingerprint", "": "use a fingerprint", "SHA256:abc": "this fingerprint is incomplete",
		dir: "is a directory", bad: "line 3 of the file", short: "line 1 of the file",
	} {
		b, err := ParseBans([]string{"192.0.2.1", who})
		if b != nil || err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one sentence with %q", who, err, says)
		}
	}
}

// FuzzBans reads any file of bans. There is at most one ban for each line.
func FuzzBans(f *testing.F) {
	for _, text := range []string{
		"", "# x", bannedKey, "192.0.2.1\n192.0.2.0/24 # all\n", "::/0", "::ffff:1.2.3.4/96", "::ffff:0:0/95", "fe80::1%x", otherPrint + "\t#", "1.2.3.4/0", "\x1b[2J", "a#b",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := &Bans{keys: keySet{}, prefixes: map[netip.Prefix]struct{}{}}
		if err := b.addLines(text); err != nil && strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("the error %q repeats the file", err)
		}
		if lines := strings.Count(text, "\n") + 1; b.Len() > lines {
			t.Errorf("%d bans on %d lines", b.Len(), lines)
		}
		for prefix := range b.prefixes {
			if !b.HasAddress(prefix.Addr()) {
				t.Errorf("%v is not banned by %v", prefix.Addr(), prefix)
			}
		}
	})
}
