// Package identity says who somebody is: names, keys, and who is an admin.
//
// It guarantees that a Name holds nothing that could do harm on a screen, in a
// log or in a database, because the only way to make one is to parse it; and
// that being an admin follows from a key which the connection has proved,
// never from a name.
package identity

import (
	"errors"
	"strings"
)

// MaxNameLength is how many characters a name may have.
const MaxNameLength = 32

// ErrBadName is in the chain of every error of ParseName.
var ErrBadName = errors.New("that isn't a valid player's name")

// nameError is a sentence for the player.
type nameError string

func (e nameError) Error() string { return string(e) }
func (nameError) Unwrap() error   { return ErrBadName }

const (
	errEmpty    = nameError("You need a name to play.")
	errTooLong  = nameError("That name is too long: a name can have at most 32 characters.")
	errFirst    = nameError("A name starts with a letter or a digit.")
	errAlphabet = nameError("A name can only contain the letters a to z, digits, dots, dashes and underscores.")
)

// Name is the name of a player: 1 to 32 of a-z, 0-9, dot, dash and underscore,
// beginning with a letter or digit. The zero Name is nobody's.
type Name struct{ s string }

// String is the name as it is shown and stored.
func (n Name) String() string { return n.s }

// ParseName takes a login name as a client sent it, which may be any bytes.
// Capitals become small letters. The error is a sentence for the player that
// repeats nothing of what was sent.
func ParseName(raw string) (Name, error) {
	switch {
	case raw == "":
		return Name{}, errEmpty
	case len(raw) > MaxNameLength:
		return Name{}, errTooLong
	}
	for i := range len(raw) {
		if !allowed(raw[i]) {
			return Name{}, errAlphabet
		}
	}
	if strings.IndexByte("._-", raw[0]) >= 0 {
		return Name{}, errFirst
	}
	return Name{strings.ToLower(raw)}, nil
}

func allowed(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}
