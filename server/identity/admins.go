package identity

import (
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

	skipped []SkippedKey
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
			err = errors.New("the file no longer exists")
		}
		if err != nil {
			return nil, fmt.Errorf("admin %q: %w", who, err)
		}
	}
	return again, nil
}

// Skipped are the keys in the files that are no admin's because of their options.
func (a *Admins) Skipped() []SkippedKey { return a.skipped }

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
	keys, skipped, err := readKeys(s.keys)
	a.skipped = append(a.skipped, skipped...)
	for _, key := range keys {
		set[key] = struct{}{}
	}
	return err
}

func (s keySet) has(key Fingerprint) bool {
	_, ok := s[key]
	return ok && key != ""
}
