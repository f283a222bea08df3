package identity_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server/identity"
	"clickky/sync/game"
)

// newKey returns the same key for the same number.
func newKey(t *testing.T, n byte) gossh.PublicKey {
	t.Helper()
	return sshtest.Signer(t, n).PublicKey()
}

// rules returns the rules of a game in which no name has an owner.
func rules(admins *identity.Admins) *identity.Rules {
	return identity.NewRules(admins, false, func(string) []game.Key { return nil })
}

func line(key gossh.PublicKey) string {
	return strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key)))
}

func name(t *testing.T, s string) identity.Name {
	t.Helper()
	n, err := identity.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAdminsForms(t *testing.T) {
	root, friend, other := newKey(t, 1), newKey(t, 2), newKey(t, 3)
	file := filepath.Join(t.TempDir(), "authorized_keys")
	text := "# the team\n\n" + line(root) + " root@laptop\n" + line(friend) + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	type verdict struct{ play, admin, claimed bool }
	for _, c := range []struct {
		who  string
		key  gossh.PublicKey
		as   string
		want verdict
	}{
		{string(identity.FingerprintOf(root)), root, "any", verdict{true, true, false}},
		{string(identity.FingerprintOf(root)) + "=", root, "any", verdict{true, true, false}},
		{string(identity.FingerprintOf(root)), other, "any", verdict{true, false, false}},
		{string(identity.FingerprintOf(root)), nil, "any", verdict{true, false, false}},
		{line(root), root, "any", verdict{true, true, false}},
		{line(root) + " a comment, with = and more", root, "any", verdict{true, true, false}},
		{file, friend, "any", verdict{true, true, false}},
		{file, other, "any", verdict{true, false, false}},
		{"Boss=" + line(root), root, "boss", verdict{true, true, true}},
		{"boss=" + line(root), root, "any", verdict{true, false, false}},
		{"boss=" + line(root), other, "boss", verdict{false, false, false}},
		{"boss=" + line(root), nil, "boss", verdict{false, false, false}},
		{"boss=" + file, friend, "boss", verdict{true, true, true}},
		{"boss=" + string(identity.FingerprintOf(root)), root, "boss", verdict{true, true, true}},
		{"boss", root, "boss", verdict{false, false, false}},
		{"boss", nil, "other", verdict{true, false, false}},
	} {
		admins, err := identity.ParseAdmins([]string{c.who})
		if err != nil {
			t.Errorf("--admin %.30q: %v", c.who, err)
			continue
		}
		key := identity.FingerprintOf(c.key)
		p, err := rules(admins).Authorize(name(t, c.as), key)
		got := verdict{err == nil, p.Admin, p.Role == identity.Owner}
		if got != c.want {
			t.Errorf("--admin %.30q, %s with %.12s: %+v, want %+v", c.who, c.as, key, got, c.want)
		}
	}
}

func TestAdminsNameIsReserved(t *testing.T) {
	boss, other := newKey(t, 1), newKey(t, 2)
	admins, err := identity.ParseAdmins([]string{"boss=" + line(boss), line(other)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules(admins).Authorize(name(t, "boss"), identity.FingerprintOf(other)); !errors.Is(err, identity.ErrNotYours) {
		t.Errorf("another admin's key plays a name that is kept: %v", err)
	}
}

func TestAdminsInvalidAreExplained(t *testing.T) {
	dir := t.TempDir()
	write := func(file, text string) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for who, want := range map[string]string{
		"":                             "use a fingerprint",
		"SHA256:tooshort":              "this fingerprint is incomplete",
		"/no/such/file":                "use a fingerprint",
		"boss=/no/such/file":           "use a fingerprint",
		"boss=alice":                   "use a fingerprint",
		"two words":                    "use a fingerprint",
		dir:                            "is a directory",
		write("empty", "# nobody\n"):   "no public key",
		write("broken", "ssh-rsa x\n"): "line 1",
		write("options", "\ncommand=\"ls\" "+line(newKey(t, 1))): "line 2",
		write("ca", "cert-authority "+line(newKey(t, 1))):        "options",
	} {
		if _, err := identity.ParseAdmins([]string{who}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--admin %q: %v, want %q", who, err, want)
		}
	}
}

// TestAdminsFileSkipsKeyWithOptions reads lines as cloud images write them into root's file.
func TestAdminsFileSkipsKeyWithOptions(t *testing.T) {
	good, limited, forced, ca := newKey(t, 1), newKey(t, 2), newKey(t, 3), newKey(t, 4)
	file := filepath.Join(t.TempDir(), "authorized_keys")
	text := "# made by the image\n" +
		`no-port-forwarding,no-agent-forwarding,command="echo 'Please login as the user \"debian\" # not root';sleep 10;exit 142" ` + line(forced) + "\n" +
		line(good) + " me@laptop\r\n" +
		"restrict " + line(limited) + "\n" +
		"cert-authority\t" + line(ca) + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{file, "any=" + file} {
		first := parsed(t, who)
		for _, admins := range []*identity.Admins{first, reads(t, first, who)} {
			if !isAdmin(t, admins, "any", good) || admins.Keys() != 1 {
				t.Errorf("--admin %s: %d keys, want the one without options", who, admins.Keys())
			}
			for _, key := range []gossh.PublicKey{limited, forced, ca} {
				if isAdmin(t, admins, "any", key) {
					t.Errorf("--admin %s: a key with options is an admin's", who)
				}
			}
			want := []identity.SkippedKey{{File: file, Line: 2}, {File: file, Line: 4}, {File: file, Line: 5}}
			if got := admins.Skipped(); !slices.Equal(got, want) {
				t.Errorf("--admin %s: skipped %v, want %v", who, got, want)
			}
		}
	}
	if keys, skipped, err := identity.ReadKeys(file); err != nil || len(keys) != 1 || len(skipped) != 3 {
		t.Errorf("ReadKeys: %d keys, %v, %v", len(keys), skipped, err)
	}
	bans, err := identity.ParseBans([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []gossh.PublicKey{good, limited, forced, ca} {
		if !bans.HasKey(identity.FingerprintOf(key)) {
			t.Error("a key is not banned because of the options before it")
		}
	}
}

func TestAdminsRejectKeyWithOptions(t *testing.T) {
	for _, who := range []string{"restrict " + line(newKey(t, 1)), `command="ls" ` + line(newKey(t, 1)), `boss=command="ls" ` + line(newKey(t, 1))} {
		if _, err := identity.ParseAdmins([]string{who}); err == nil || !strings.Contains(err.Error(), "options") {
			t.Errorf("--admin %.20q: %v", who, err)
		}
	}
	if keys, _, err := identity.ReadKeys("restrict " + line(newKey(t, 1))); err == nil {
		t.Errorf("ReadKeys = %v", keys)
	}
}

func FuzzParseAdmins(f *testing.F) {
	for _, seed := range []string{"alice", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "a=b", "ssh-ed25519 AAAA", "=", "a=SHA256:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, who string) {
		admins, err := identity.ParseAdmins([]string{who})
		if err != nil {
			return
		}
		for _, as := range []string{"nobody", who} {
			n, err := identity.ParseName(as)
			if p, judged := rules(admins).Authorize(n, ""); err == nil && judged == nil && p.Admin {
				t.Fatalf("--admin %q makes somebody without a key an admin", who)
			}
		}
	})
}
