package identity

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// Fingerprint identifies a public key, as "SHA256:…" in the form of
// ssh-keygen -l. The empty fingerprint stands for having no key.
type Fingerprint string

// FingerprintOf is the fingerprint of a key, or the empty one of a nil key.
func FingerprintOf(key gossh.PublicKey) Fingerprint {
	if key == nil {
		return ""
	}
	return Fingerprint(gossh.FingerprintSHA256(key))
}

type keySet map[Fingerprint]struct{}

// Admins are the keys that the operator trusts, and the names kept for them.
// It never changes once it is made; Reload makes another one.
type Admins struct {
	keys  keySet          // admin under every name that is not kept for another
	names map[Name]keySet // only these keys play that name, as admin
	said  []saying        // what all of it comes from
}

// saying is one --admin, understood.
type saying struct {
	who  string // as the operator gave it
	keys string // a fingerprint, a public key or the path of a file; empty: none
	kept bool   // they are for a name
	name Name   // which is this one
}

// ParseAdmins reads what the operator gave as --admin: each a fingerprint, a
// public key, the path of an authorized_keys file, NAME= and any of these, or
// a NAME that is kept until a key is bound to it. The error is a sentence for
// the operator.
func ParseAdmins(whos []string) (*Admins, error) {
	a := newAdmins()
	for _, who := range whos {
		if err := a.add(understand(who)); err != nil {
			return nil, fmt.Errorf("admin %q: %w", who, err)
		}
	}
	return a, nil
}

// Reload reads the files of keys again, and returns who is an admin by what the
// operator says now. What was a file has to be there still, if it is named again: it
// is never taken for a name. The error is a sentence for the operator, and then
// everything is as it was.
func (a *Admins) Reload(whos []string) (*Admins, error) {
	again := newAdmins()
	for _, who := range whos {
		at := slices.IndexFunc(a.said, func(s saying) bool { return s.who == who })
		var err error
		if at < 0 {
			err = again.add(understand(who))
		} else if err = again.add(a.said[at]); errors.Is(err, errNoKeys) {
			err = errors.New("the file is not there any more")
		}
		if err != nil {
			return nil, fmt.Errorf("admin %q: %w", who, err)
		}
	}
	return again, nil
}

// Keys is how many keys there are, for all names and for kept ones together.
func (a *Admins) Keys() int {
	all := maps.Clone(a.keys)
	for _, keys := range a.names {
		maps.Copy(all, keys)
	}
	return len(all)
}

func newAdmins() *Admins { return &Admins{keys: keySet{}, names: map[Name]keySet{}} }

// understand tells names from keys and files. Only of what may be either it looks
// whether there is such a file.
func understand(who string) saying {
	s := saying{who: who, keys: strings.TrimSpace(who)}
	var err error
	if before, after, ok := strings.Cut(s.keys, "="); ok && after != "" {
		if s.name, err = ParseName(before); err == nil {
			s.kept, s.keys = true, after
			return s
		}
	}
	if s.name, err = ParseName(s.keys); err != nil {
		return s
	}
	if _, err = os.Stat(s.keys); errors.Is(err, fs.ErrNotExist) {
		s.kept, s.keys = true, ""
	}
	return s
}

// add adds the keys of a saying.
func (a *Admins) add(s saying) error {
	a.said = append(a.said, s)
	set := a.keys
	if s.kept {
		if a.names[s.name] == nil {
			a.names[s.name] = keySet{}
		}
		set = a.names[s.name]
	}
	if s.kept && s.keys == "" {
		return nil
	}
	keys, err := readKeys(s.keys)
	for _, key := range keys {
		set[key] = struct{}{}
	}
	return err
}

var errNoKeys = errors.New("this is no fingerprint (SHA256:…), public key, file of keys or player's name")

// readKeys understands a fingerprint, a public key or the path of a file of
// keys. It returns errNoKeys when it is none of these.
func readKeys(who string) ([]Fingerprint, error) {
	if hash, ok := strings.CutPrefix(who, "SHA256:"); ok {
		hash = strings.TrimRight(hash, "=")
		if sum, err := base64.RawStdEncoding.DecodeString(hash); err != nil || len(sum) != 32 {
			return nil, errors.New("this is not a whole fingerprint; ssh-keygen -lf KEY.pub prints it")
		}
		return []Fingerprint{Fingerprint("SHA256:" + hash)}, nil
	}
	if strings.Contains(who, " ") {
		if key, _, _, _, err := gossh.ParseAuthorizedKey([]byte(who)); err == nil {
			return []Fingerprint{FingerprintOf(key)}, nil
		}
	}
	text, err := os.ReadFile(who) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoKeys
	}
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return parseAuthorizedKeys(text)
}

// parseAuthorizedKeys reads the keys of an authorized_keys file. Options
// before a key limit what it may do, which cannot be honoured here, so a key
// with options is refused instead of trusted.
func parseAuthorizedKeys(text []byte) ([]Fingerprint, error) {
	var keys []Fingerprint
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, _, options, _, err := gossh.ParseAuthorizedKey(line)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d of the file is not a public key", i+1)
		case len(options) > 0:
			return nil, fmt.Errorf("line %d of the file has options before the key; give a file without options", i+1)
		}
		keys = append(keys, FingerprintOf(key))
	}
	if len(keys) == 0 {
		return nil, errors.New("the file has no public key in it")
	}
	return keys, nil
}

func (s keySet) has(key Fingerprint) bool {
	_, ok := s[key]
	return ok && key != ""
}

// ReadKeys reads the keys that an operator names: a fingerprint, a public key or
// the path of an authorized_keys file. The error is a sentence for the operator.
func ReadKeys(who string) ([]Fingerprint, error) {
	keys, err := readKeys(strings.TrimSpace(who))
	if errors.Is(err, errNoKeys) {
		return nil, errors.New("this is no fingerprint (SHA256:…), public key or file of keys")
	}
	return keys, err
}
