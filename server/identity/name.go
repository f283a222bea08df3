// Package identity decides who a player is: names, keys, admins and bans.
//
// It promises that a Name is safe to show, log and store, because the only way to create one is to
// parse it, and that admins are identified by a key that the connection has proved, never by a
// name.
package identity

import (
	"errors"
	"strings"
)

// MaxNameLength is the maximum number of characters in a name.
const MaxNameLength = 32

// ErrBadName is wrapped by all errors of ParseName.
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

// Name is a player's name: 1 to 32 of a-z, 0-9, dot, dash and underscore, starting with a letter or
// digit. The zero Name is invalid.
type Name struct{ s string }

// String returns the name as it is shown and stored.
func (n Name) String() string { return n.s }

// ParseName parses a login name, which may be any bytes. Capitals become small letters. The error
// is a sentence for the player that quotes nothing of the input.
func ParseName(raw string) (Name, error) {
	const letters, others = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "._-"
	switch {
	case raw == "":
		return Name{}, errEmpty
	case len(raw) > MaxNameLength:
		return Name{}, errTooLong
	case strings.Trim(raw, letters+others) != "":
		return Name{}, errAlphabet
	case strings.IndexByte(others, raw[0]) >= 0:
		return Name{}, errFirst
	}
	return Name{strings.ToLower(raw)}, nil
}
