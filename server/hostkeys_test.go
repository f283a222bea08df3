package server_test

import (
	"bytes"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"clickky/cmd/clickky/sshtest"
	"clickky/server"
	"clickky/server/identity"
	"clickky/sync/ledger"
)

// keygen creates a key with ssh-keygen, and returns its path and its public key.
func keygen(t *testing.T, args ...string) (path, public string) {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		if os.Getenv("CLICKKY_REQUIRE_DB") != "" {
			t.Fatal("the tests need the package openssh-client")
		}
		t.Skip("ssh-keygen is not installed")
	}
	path = filepath.Join(t.TempDir(), "key")
	args = append([]string{"-q", "-f", path}, args...)
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return path, string(text)
}

// TestHostKeyOldStaysValid has the real client connect with each of the server's keys, and no
// other, in its known_hosts.
func TestHostKeyOldStaysValid(t *testing.T) {
	t.Parallel()
	fresh := filepath.Join(t.TempDir(), "host_key")
	rsa, rsaPublic := keygen(t, "-N", "", "-t", "rsa", "-b", "2048")
	pem, pemPublic := keygen(t, "-N", "", "-t", "ecdsa", "-b", "256", "-m", "PEM")
	ecdsa, ecdsaPublic := keygen(t, "-N", "", "-t", "ecdsa", "-b", "384")
	g := start(t, func(c *server.Config) { c.HostKeys = []string{fresh, rsa, pem, ecdsa} }).load(t, 0)
	made, err := os.ReadFile(fresh + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(made, []byte("ssh-ed25519 ")) {
		t.Errorf("the first key is %s, want Ed25519", made)
	}
	_, strange := keygen(t, "-N", "", "-t", "rsa", "-b", "2048")
	for what, c := range map[string]struct {
		known  string
		status int
		errs   string
	}{
		"Ed25519":                {string(made), 0, ""},
		"RSA":                    {rsaPublic, 0, ""},
		"ECDSA":                  {ecdsaPublic, 0, ""},
		"ECDSA in PEM":           {pemPublic, 0, ""},
		"another server's (RSA)": {strange, 255, "REMOTE HOST IDENTIFICATION HAS CHANGED"},
	} {
		t.Run(what, func(t *testing.T) {
			port := g.addr[strings.LastIndex(g.addr, ":")+1:]
			known := filepath.Join(t.TempDir(), "known_hosts")
			if err := os.WriteFile(known, []byte("[127.0.0.1]:"+port+" "+c.known), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=yes",
				"-o", "UserKnownHostsFile="+known, "-o", "IdentityFile=none", "-o", "IdentityAgent=none", "-p", port, "alice@127.0.0.1", "me")
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			_ = cmd.Run() // its status tells
			const banner = "Clickky is a game: play it with ssh NAME@HOST; BatchMode needs an SSH key."
			warned := strings.TrimSpace(strings.Replace(errs.String(), banner, "", 1))
			if status := cmd.ProcessState.ExitCode(); status != c.status || !strings.Contains(errs.String(), c.errs) || c.errs == "" && warned != "" {
				t.Errorf("status %d, %s%s; want %d and %q", status, out.String(), errs.String(), c.status, c.errs)
			}
		})
	}
}

// hostKeysOffered returns the host key algorithms that a server offers.
func hostKeysOffered(t *testing.T, addr string) (offered []string) {
	t.Helper()
	for _, algorithm := range []string{gossh.KeyAlgoED25519, gossh.KeyAlgoECDSA256, gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSA} {
		config := sshtest.Config("alice")
		config.HostKeyAlgorithms = []string{algorithm}
		if client, err := gossh.Dial("tcp", addr, config); err == nil {
			_ = client.Close()
			offered = append(offered, algorithm)
		}
	}
	return offered
}

func TestHostKeyOfEachKindIsMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := server.HostKeyFiles(dir)
	withFiles := func(c *server.Config) { c.HostKeys, c.MakeHostKeys = files, true }
	g := start(t, withFiles).load(t, 0)
	want := []string{gossh.KeyAlgoED25519, gossh.KeyAlgoECDSA256, gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256}
	if got := hostKeysOffered(t, g.addr); !slices.Equal(got, want) {
		t.Errorf("offered are %v, want %v: none with SHA-1", got, want)
	}
	g.end()
	made := contents(t, dir)
	if len(made) != 6 { // with the public halves
		t.Errorf("%d files were made: %v", len(made), made)
	}
	for name := range made {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, info.Mode(), err)
		}
	}
	start(t, withFiles).end()
	if again := contents(t, dir); !maps.Equal(again, made) {
		t.Error("the second start made other keys")
	}
	// A version that made only the first key has run there.
	for _, path := range files[1:] {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	g = start(t, withFiles).load(t, 0)
	if got := hostKeysOffered(t, g.addr); !slices.Equal(got, want) {
		t.Errorf("offered after an upgrade are %v, want %v", got, want)
	}
	if again := contents(t, dir); again["host_key"] != made["host_key"] || again["host_key_rsa"] == made["host_key_rsa"] {
		t.Error("the upgrade did not keep the one key and make the others")
	}
}

// contents returns the contents of a directory's files.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

// TestHostKeyEmptyIsReplaced has files that a power cut may leave of a key that was not
// synced.
func TestHostKeyEmptyIsReplaced(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	path := filepath.Join(t.TempDir(), "host_key")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := start(t, func(c *server.Config) {
		jsonLog(&log, slog.LevelInfo)(c)
		c.HostKeys = []string{path}
	}).load(t, 0)
	if got := hostKeysOffered(t, g.addr); !slices.Equal(got, []string{gossh.KeyAlgoED25519}) {
		t.Errorf("offered are %v", got)
	}
	if !strings.Contains(string(log.Bytes()), "is empty") || !strings.Contains(string(log.Bytes()), path) {
		t.Errorf("the log does not name the empty key:\n%s", log.Bytes())
	}
}

func TestHostKeyBrokenIsKept(t *testing.T) {
	t.Parallel()
	for i := range 3 {
		files := server.HostKeyFiles(t.TempDir())
		if err := os.WriteFile(files[i], []byte("-----BEGIN OPENSSH PRIVATE KEY-----\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := server.New(server.Config{
			HostKeys: files, MakeHostKeys: true, Ledger: ledger.New(), Admins: &identity.Admins{}, Log: slog.New(slog.DiscardHandler),
		})
		if err == nil || !strings.Contains(err.Error(), files[i]+" isn't a private key") || !strings.Contains(err.Error(), "restore it from a backup") {
			t.Errorf("%s: %v", files[i], err)
		}
		if text, err := os.ReadFile(files[i]); err != nil || !strings.HasPrefix(string(text), "-----BEGIN") {
			t.Errorf("%s was written over: %q, %v", files[i], text, err)
		}
	}
}

func TestHostKeyUnusableIsNamed(t *testing.T) {
	t.Parallel()
	good, _ := keygen(t, "-N", "", "-t", "ed25519")
	twin, _ := keygen(t, "-N", "", "-t", "ed25519")
	locked, _ := keygen(t, "-N", "secret", "-t", "ed25519")
	missing := filepath.Join(t.TempDir(), "missing")
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("-----BEGIN NOTHING-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		keys []string
		want string
	}{
		"missing, and not the first": {[]string{good, missing}, missing},
		"two of a kind":              {[]string{good, twin}, "only one of each type"},
		"with a passphrase":          {[]string{locked}, "ssh-keygen -p"},
		"not a key":                  {[]string{broken}, broken + " isn't a private key"},
		"a directory":                {[]string{filepath.Dir(good)}, "isn't a file"},
	} {
		_, err := server.New(server.Config{HostKeys: c.keys, Ledger: ledger.New(), Admins: &identity.Admins{}, Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", what, err, c.want)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a key that was not the first was made")
	}
}

// TestHostKeyIsMadePrivate also covers keys that another program made.
func TestHostKeyIsMadePrivate(t *testing.T) {
	t.Parallel()
	rsa, _ := keygen(t, "-N", "", "-t", "rsa", "-b", "2048")
	if err := os.Chmod(rsa, 0o644); err != nil {
		t.Fatal(err)
	}
	g := start(t, func(c *server.Config) { c.HostKeys = append(c.HostKeys, rsa) }).load(t, 0)
	if info, err := os.Stat(rsa); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	var offered []string
	for _, algorithm := range []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoED25519} {
		config := sshtest.Config("alice")
		config.HostKeyAlgorithms = []string{algorithm}
		client, err := gossh.Dial("tcp", g.addr, config)
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
			continue
		}
		_ = client.Close()
		offered = append(offered, algorithm)
	}
	if len(offered) != 2 {
		t.Errorf("only these are offered: %v", offered)
	}
}
