package identity

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
)

// FuzzAuthorizedKeys reads any file of keys. Each key in the result must be on a line of its
// own in the file; keys with options are skipped.
func FuzzAuthorizedKeys(f *testing.F) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAl7ABqCkrfvzE1HpCGnPUVdOTqUpSaAHKZYfHBRQMaG"
	for _, text := range []string{
		"", "\n\n# nobody\n", key, key + " me@laptop\n" + key + "\n", "  \t" + key + "\r\n", `command="ls" ` + key, "no-pty " + key,
		"cert-authority " + key, "restrict,command=\"a\\\" b\" " + key, `environment="A=` + key + `" ` + key, "ssh-rsa x\n", "ssh-ed25519 AAAA",
		"ssh-ed25519-cert-v01@openssh.com AAAA", key[:40], key + key, "\x1b]52;c;aGk=\a" + key, "# " + key, "\xff\xfe" + key, "\x00",
		strings.Repeat("x", 1<<16), strings.Repeat("\n", 1000) + key, `"` + key, key + "\n-----BEGIN OPENSSH PRIVATE KEY-----\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, skipped, err := parseAuthorizedKeys(text)
		if (err == nil) == (len(keys) == 0) {
			t.Fatalf("%d keys and the error %v", len(keys), err)
		}
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("the error %q repeats the file", err)
			}
			return
		}
		lines := -len(skipped)
		for _, line := range bytes.Split(text, []byte("\n")) {
			if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
				lines++
			}
		}
		if len(keys) != lines {
			t.Errorf("%d keys on %d lines", len(keys), lines)
		}
		for _, line := range skipped {
			if kind := bytes.Fields(bytes.Split(text, []byte("\n"))[line-1])[0]; string(kind) == "ssh-ed25519" {
				t.Errorf("line %d has no options", line)
			}
		}
		for _, key := range keys {
			if !strings.HasPrefix(string(key), "SHA256:") || len(key) != 50 {
				t.Errorf("a fingerprint %q", key)
			}
		}
	})
}
