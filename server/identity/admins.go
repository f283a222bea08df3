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

// Fingerprint identifies a public key, as "SHA256:…" in the form of ssh-keygen -l. The empty
// fingerprint means no key.
type Fingerprint string

// FingerprintOf returns the fingerprint of a key, or the empty one for nil.
func FingerprintOf(key gossh.PublicKey) Fingerprint {
	if key == nil {
		return ""
	}
	return Fingerprint(gossh.FingerprintSHA256(key))
}

type keySet map[Fingerprint]struct{}

// Admins are the keys that the operator trusts and the names reserved for them. It is immutable;
// Reload returns a new one.
type Admins struct {
	keys  keySet          // admin under every name that isn't reserved for another key
	names map[Name]keySet // only these keys may play the name, as admin
	specs []adminSpec     // what it was parsed from

	skipped []SkippedKey
}

// adminSpec is a parsed --admin.
type adminSpec struct {
	text       string // as given by the operator
	keys       string // a fingerprint, a public key or the path of a file; empty: none
	isReserved bool   // it reserves name
	name       Name
}

// ParseAdmins parses the values of --admin: a fingerprint, a public key, the path of an
// authorized_keys file, NAME= with any of these, or a NAME that stays reserved until a key is bound
// to it. The error is a sentence for the operator.
func ParseAdmins(whos []string) (*Admins, error) {
	a := newAdmins()
	for _, text := range whos {
		if err := a.add(parseSpec(text)); err != nil {
			return nil, fmt.Errorf("admin %q: %w", text, err)
		}
	}
	return a, nil
}

// Reload reads the key files again and returns the admins for the new values. A value that was a
// file must still be one; it is never taken for a name. The error is a sentence for the operator.
func (a *Admins) Reload(whos []string) (*Admins, error) {
	reloaded := newAdmins()
	for _, text := range whos {
		i := slices.IndexFunc(a.specs, func(s adminSpec) bool { return s.text == text })
		var err error
		if i < 0 {
			err = reloaded.add(parseSpec(text))
		} else if err = reloaded.add(a.specs[i]); errors.Is(err, errNoKeys) {
			err = errors.New("the file no longer exists")
		}
		if err != nil {
			return nil, fmt.Errorf("admin %q: %w", text, err)
		}
	}
	return reloaded, nil
}

// Skipped returns the keys in files that don't count because they have options.
func (a *Admins) Skipped() []SkippedKey { return a.skipped }

// Keys returns the number of keys, including those of reserved names.
func (a *Admins) Keys() int {
	all := maps.Clone(a.keys)
	for _, keys := range a.names {
		maps.Copy(all, keys)
	}
	return len(all)
}

func newAdmins() *Admins { return &Admins{keys: keySet{}, names: map[Name]keySet{}} }

// parseSpec tells names from keys and files. If it could be either a name or a file, it checks
// whether the file exists.
func parseSpec(spec string) adminSpec {
	s := adminSpec{text: spec, keys: strings.TrimSpace(spec)}
	var err error
	if before, after, ok := strings.Cut(s.keys, "="); ok && after != "" {
		if s.name, err = ParseName(before); err == nil {
			s.isReserved, s.keys = true, after
			return s
		}
	}
	if s.name, err = ParseName(s.keys); err != nil {
		return s
	}
	if _, err = os.Stat(s.keys); errors.Is(err, fs.ErrNotExist) {
		s.isReserved, s.keys = true, ""
	}
	return s
}

func (a *Admins) add(spec adminSpec) error {
	a.specs = append(a.specs, spec)
	set := a.keys
	if spec.isReserved {
		if a.names[spec.name] == nil {
			a.names[spec.name] = keySet{}
		}
		set = a.names[spec.name]
	}
	if spec.isReserved && spec.keys == "" {
		return nil
	}
	keys, skipped, err := readKeys(spec.keys)
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
