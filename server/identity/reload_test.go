package identity_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/server/identity"
)

// keyFile is a file of keys that changes.
type keyFile struct {
	t    *testing.T
	path string
}

func newKeyFile(t *testing.T, name string, keys ...gossh.PublicKey) *keyFile {
	t.Helper()
	f := &keyFile{t, filepath.Join(t.TempDir(), name)}
	f.has(keys...)
	return f
}

// has replaces the keys in the file.
func (f *keyFile) has(keys ...gossh.PublicKey) {
	f.t.Helper()
	text := "# the team\n"
	for _, key := range keys {
		text += line(key) + "\n"
	}
	f.write(text)
}

func (f *keyFile) write(text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// parsed returns the admins that the operator names.
func parsed(t *testing.T, whos ...string) *identity.Admins {
	t.Helper()
	admins, err := identity.ParseAdmins(whos)
	if err != nil {
		t.Fatal(err)
	}
	return admins
}

// reads reads the operator's files again.
func reads(t *testing.T, admins *identity.Admins, whos ...string) *identity.Admins {
	t.Helper()
	again, err := admins.Reload(whos)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// isAdmin reports whether a key is an admin's under a name.
func isAdmin(t *testing.T, admins *identity.Admins, as string, key gossh.PublicKey) bool {
	t.Helper()
	p, err := rules(admins).Authorize(name(t, as), identity.FingerprintOf(key))
	return err == nil && p.Admin
}

func TestReloadReadsFiles(t *testing.T) {
	one, two, three, given := newKey(t, 1), newKey(t, 2), newKey(t, 3), newKey(t, 4)
	team, chief := newKeyFile(t, "team", one), newKeyFile(t, "chief", two)
	whos := []string{team.path, "chief=" + chief.path, line(given), "kept"}
	first := parsed(t, whos...)
	if first.Keys() != 3 {
		t.Errorf("%d keys, want 3", first.Keys())
	}
	team.has(two, three)
	chief.has(three)
	second := reads(t, first, whos...)
	for _, c := range []struct {
		as            string
		key           gossh.PublicKey
		before, after bool
	}{
		{"any", one, true, false},
		{"any", two, false, true},
		{"any", three, false, true},
		{"any", given, true, true},
		{"chief", two, true, false},
		{"chief", three, false, true},
		{"kept", given, false, false},
	} {
		if before, after := isAdmin(t, first, c.as, c.key), isAdmin(t, second, c.as, c.key); before != c.before || after != c.after {
			t.Errorf("%s: admin %v before and %v after, want %v and %v", c.as, before, after, c.before, c.after)
		}
	}
	if second.Keys() != 3 {
		t.Errorf("%d keys after, want 3: one of them twice", second.Keys())
	}
	team.has(one)
	if third := reads(t, second, whos...); !isAdmin(t, third, "any", one) || isAdmin(t, third, "any", two) {
		t.Error("the third time is not as the second")
	}
}

func TestReloadNamesUnreadableFile(t *testing.T) {
	key := newKey(t, 1)
	t.Chdir(t.TempDir())
	for what, c := range map[string]struct {
		who   string
		spoil func(path string) error
		want  string
	}{
		"gone":             {"keys", os.Remove, "no longer exists"},
		"gone, for a name": {"boss=keys", os.Remove, "no longer exists"},
		"broken":           {"keys", func(path string) error { return os.WriteFile(path, []byte(line(key)+"\nssh-rsa x\n"), 0o600) }, "line 2"},
		"empty":            {"boss=keys", func(path string) error { return os.WriteFile(path, nil, 0o600) }, "no public key"},
		"a directory":      {"keys", func(path string) error { _ = os.Remove(path); return os.Mkdir(path, 0o700) }, "is a directory"},
	} {
		t.Run(what, func(t *testing.T) {
			_ = os.Remove("keys")
			if err := os.WriteFile("keys", []byte(line(key)), 0o600); err != nil {
				t.Fatal(err)
			}
			admins := parsed(t, c.who)
			if err := c.spoil("keys"); err != nil {
				t.Fatal(err)
			}
			_, err := admins.Reload([]string{c.who})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.who) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q and %q in one line", err, c.who, c.want)
			}
			if as, _, _ := strings.Cut(c.who, "="); !isAdmin(t, admins, as, key) && !isAdmin(t, admins, "any", key) {
				t.Error("what there was before is gone")
			}
		})
	}
}

func TestReloadKeepsNamesAndFilesApart(t *testing.T) {
	key := newKey(t, 1)
	t.Chdir(t.TempDir())
	admins := parsed(t, "boss") // there is no such file
	if err := os.WriteFile("boss", []byte(line(key)), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := reads(t, admins, "boss"); again.Keys() != 0 || isAdmin(t, again, "any", key) {
		t.Error("a name has become a file")
	}
	admins = parsed(t, "boss")
	if err := os.Remove("boss"); err != nil {
		t.Fatal(err)
	}
	if again, err := admins.Reload([]string{"boss"}); err == nil {
		t.Errorf("a file has become a name: %+v", again)
	}
}

func TestReloadReplacesList(t *testing.T) {
	one, two := newKey(t, 1), newKey(t, 2)
	team, more := newKeyFile(t, "team", one), newKeyFile(t, "more", two)
	first := parsed(t, team.path, "kept")
	second := reads(t, first, more.path, "other")
	if isAdmin(t, second, "any", one) || !isAdmin(t, second, "any", two) || !isAdmin(t, first, "any", one) {
		t.Error("the first list counts, or the second does not")
	}
	if none := reads(t, second); none.Keys() != 0 {
		t.Error("nobody is on the list, and there are keys")
	}
	if _, err := first.Reload([]string{"/no/such/file"}); err == nil || !strings.Contains(err.Error(), "fingerprint") {
		t.Errorf("a file that never was there: %v", err)
	}
}
