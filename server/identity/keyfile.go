package identity

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// SkippedKey is a line of a key file with options in front of its key. Options limit what a key may
// do, which Clickky can't enforce, so it ignores the key.
type SkippedKey struct {
	File string
	Line int // from 1
}

var (
	errNoKeys  = errors.New("use a fingerprint (SHA256:…), public key, key file or player's name")
	errOptions = errors.New("this key has options in front, which Clickky doesn't support; remove them")
)

// ReadKeys parses a fingerprint or a public key, or reads an authorized_keys file. It skips keys in
// the file that have options. The error is a sentence for the operator.
func ReadKeys(text string) (keys []Fingerprint, skipped []SkippedKey, err error) {
	keys, skipped, err = readKeys(strings.TrimSpace(text))
	if errors.Is(err, errNoKeys) {
		return nil, nil, errors.New("use a fingerprint (SHA256:…), public key or key file")
	}
	return keys, skipped, err
}

// readKeys parses a fingerprint or a public key, or reads a file of keys. It returns errNoKeys if
// the text is none of these.
func readKeys(text string) ([]Fingerprint, []SkippedKey, error) {
	if strings.HasPrefix(text, "SHA256:") {
		key, err := ParseFingerprint(text)
		return []Fingerprint{key}, nil, err
	}
	if strings.Contains(text, " ") {
		switch key, hasOptions, err := parseAuthorizedKey([]byte(text)); {
		case hasOptions:
			return nil, nil, errOptions
		case err == nil:
			return []Fingerprint{key}, nil, nil
		}
	}
	file, err := os.ReadFile(text)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errNoKeys
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read keys: %w", err)
	}
	keys, lines, err := parseAuthorizedKeys(file)
	skipped := make([]SkippedKey, len(lines))
	for i, line := range lines {
		skipped[i] = SkippedKey{text, line}
	}
	return keys, skipped, err
}

// ParseFingerprint parses a fingerprint as ssh-keygen prints it, perhaps with padding. The error is a
// sentence for the operator.
func ParseFingerprint(text string) (Fingerprint, error) {
	hash := strings.TrimRight(strings.TrimSpace(strings.TrimPrefix(text, "SHA256:")), "=")
	if sum, err := base64.RawStdEncoding.DecodeString(hash); err != nil || len(sum) != 32 {
		return "", errors.New("this fingerprint is incomplete; ssh-keygen -lf KEY.pub prints all of it")
	}
	return Fingerprint("SHA256:" + hash), nil
}

// parseAuthorizedKey parses a line of an authorized_keys file. It also reports whether options
// precede the key.
func parseAuthorizedKey(line []byte) (key Fingerprint, hasOptions bool, err error) {
	public, _, _, _, err := gossh.ParseAuthorizedKey(line)
	if err != nil {
		return "", false, err
	}
	return FingerprintOf(public), string(bytes.Fields(line)[0]) != public.Type(), nil
}

// parseAuthorizedKeys parses an authorized_keys file. It skips keys with options and returns their
// lines.
func parseAuthorizedKeys(text []byte) (keys []Fingerprint, skipped []int, err error) {
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		switch key, hasOptions, err := parseAuthorizedKey(line); {
		case err != nil:
			return nil, nil, fmt.Errorf("line %d of the file isn't a public key", i+1)
		case hasOptions:
			skipped = append(skipped, i+1)
		default:
			keys = append(keys, key)
		}
	}
	switch {
	case len(keys) > 0:
		return keys, skipped, nil
	case len(skipped) > 0:
		return nil, nil, fmt.Errorf("line %d of the file has options in front of the key, so it's ignored, and the file has no other key; add one without options", skipped[0])
	}
	return nil, nil, errors.New("the file contains no public key")
}
