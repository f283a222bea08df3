package identity

import (
	"errors"
	"slices"
	"sync/atomic"
)

// Reasons why somebody may not play under a name.
var (
	// ErrNotYours means that the name belongs to other keys.
	ErrNotYours = errors.New("the name belongs to another key")
	// ErrNoKey means that the server has no guests.
	ErrNoKey = errors.New("only players with an SSH key can play")
)

// Key is a key to which a name belongs.
type Key struct {
	Fingerprint Fingerprint
	// Bound tells that it was the operator who gave the name to this key.
	Bound bool
}

// Title is by what right somebody plays under a name.
type Title int

const (
	// Guest is somebody without a key under a name that belongs to nobody.
	Guest Title = iota
	// Sharer is somebody under a name that is everybody's, with a key or
	// without.
	Sharer
	// Newcomer is somebody with a key under a name that belongs to nobody: it
	// becomes the key's with the first click.
	Newcomer
	// Owner is somebody to whose key the name belongs.
	Owner
)

// Player is somebody who may play.
type Player struct {
	Name Name
	// Key is the key that the connection has proved; empty without one.
	Key   Fingerprint
	Title Title
	// Kept tells that the operator keeps the name, as --admin NAME, and sees
	// to its keys.
	Kept bool
	// Admin tells that the player is one.
	Admin bool
}

// Rules decide who may play under which name. They are safe for concurrent use.
type Rules struct {
	admins   atomic.Pointer[Admins]
	noGuests bool
	keysOf   func(Name) []Key
}

// NewRules returns rules for a game with these admins. NoGuests refuses everybody
// without a key. KeysOf returns the keys to which a name belongs; none when it is
// free.
func NewRules(admins *Admins, noGuests bool, keysOf func(Name) []Key) *Rules {
	r := &Rules{noGuests: noGuests, keysOf: keysOf}
	r.admins.Store(admins)
	return r
}

// Trust has other admins in the place of those until now. What was judged before
// is not judged anew.
func (r *Rules) Trust(admins *Admins) { r.admins.Store(admins) }

// Judge is who somebody with this key, or with none, is under that name. It
// writes nothing, so that it may be asked about keys that are only offered. The
// error is ErrNotYours or ErrNoKey.
func (r *Rules) Judge(name Name, key Fingerprint) (Player, error) {
	if r.noGuests && key == "" {
		return Player{}, ErrNoKey
	}
	p := Player{Name: name, Key: key}
	admins := r.admins.Load()
	trusted, kept := admins.names[name]
	keys := r.keysOf(name)
	mine := slices.IndexFunc(keys, func(k Key) bool { return k.Fingerprint == key && key != "" })
	switch {
	case kept:
		// A key that came by the name over the network counts for nothing
		// here: whoever has this name is an admin.
		if !trusted.has(key) && (mine < 0 || !keys[mine].Bound) {
			return Player{}, ErrNotYours
		}
		p.Title, p.Kept = Owner, true
	case mine >= 0:
		p.Title = Owner
	case len(keys) > 0:
		return Player{}, ErrNotYours
	case shared[name.s]:
		p.Title = Sharer
	case key != "":
		p.Title = Newcomer
	}
	p.Admin = kept || admins.keys.has(key)
	return p, nil
}

// IsOwned reports whether the name belongs to keys, so that nobody else may play
// under it.
func (r *Rules) IsOwned(name Name) bool {
	_, kept := r.admins.Load().names[name]
	return kept || len(r.keysOf(name)) > 0
}

// MayGive tells why an admin may not give the name to a player; nil if it may be
// given. A kept name would make an admin of whoever has a bound key.
func (r *Rules) MayGive(name Name) error {
	if _, kept := r.admins.Load().names[name]; kept {
		return errors.New("that name is reserved by the operator")
	}
	if shared[name.s] {
		return errors.New("everybody shares that name")
	}
	return nil
}

// Claims tells whether the name becomes the player's with the next click, if it
// belongs to nobody by then.
func (p Player) Claims() bool { return p.Title == Newcomer || p.Title == Owner }
