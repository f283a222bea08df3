package identity

import (
	"errors"
	"slices"
	"sync/atomic"

	"clickky/sync/game"
)

// Reasons why a player may not use a name.
var (
	// ErrNotYours means that the name belongs to other keys.
	ErrNotYours = errors.New("the name belongs to another key")
	// ErrNoKey means that the server doesn't allow guests.
	ErrNoKey = errors.New("only players with an SSH key can play")
)

// Role is a player's right to a name.
type Role int

const (
	// Guest has no key and plays a free name.
	Guest Role = iota
	// Sharer plays a name that everybody shares, with or without a key.
	Sharer
	// Newcomer has a key and plays a free name. The first click claims the name.
	Newcomer
	// Owner has a key that owns the name.
	Owner
)

// Player is somebody who may play.
type Player struct {
	Name Name
	// Key is the key that the connection has proved; empty without one.
	Key  Fingerprint
	Role Role
	// Reserved means that the operator reserved the name with --admin NAME, and manages its keys.
	Reserved bool
	// Admin means that the player is an admin.
	Admin bool
}

// Rules decides who may play under which name. It is safe for concurrent use.
type Rules struct {
	admins   atomic.Pointer[Admins]
	noGuests bool
	keysOf   func(name string) []game.Key
}

// NewRules returns the rules of a game with these admins. noGuests rejects players without a key.
// keysOf returns the keys that own a login name; none if it is free.
func NewRules(admins *Admins, noGuests bool, keysOf func(name string) []game.Key) *Rules {
	r := &Rules{noGuests: noGuests, keysOf: keysOf}
	r.admins.Store(admins)
	return r
}

// SetAdmins replaces the admins. Earlier decisions aren't revised.
func (r *Rules) SetAdmins(admins *Admins) { r.admins.Store(admins) }

// Authorize returns the player that a key, or no key, makes of a name. It changes nothing, so it may be
// called for keys that are only offered. The error is ErrNotYours or ErrNoKey.
func (r *Rules) Authorize(name Name, key Fingerprint) (Player, error) {
	if r.noGuests && key == "" {
		return Player{}, ErrNoKey
	}
	p := Player{Name: name, Key: key}
	admins := r.admins.Load()
	trusted, reserved := admins.names[name]
	keys := r.keysOf(name.s)
	owned := slices.IndexFunc(keys, func(k game.Key) bool { return k.Fingerprint == string(key) && key != "" })
	switch {
	case reserved:
		// Keys that claimed the name over the network don't count here, because this name makes an
		// admin.
		if !trusted.has(key) && (owned < 0 || !keys[owned].Bound) {
			return Player{}, ErrNotYours
		}
		p.Role, p.Reserved = Owner, true
	case owned >= 0:
		p.Role = Owner
	case len(keys) > 0:
		return Player{}, ErrNotYours
	case slices.Contains(sharedNames, name.s):
		p.Role = Sharer
	case key != "":
		p.Role = Newcomer
	}
	p.Admin = reserved || admins.keys.has(key)
	return p, nil
}

// IsOwned reports whether the name belongs to keys, so that nobody else may play it.
func (r *Rules) IsOwned(name Name) bool {
	_, reserved := r.admins.Load().names[name]
	return reserved || len(r.keysOf(name.s)) > 0
}

// CheckNewName returns why an admin may not give the name to a player, or nil. A reserved name
// would make anybody with a bound key an admin.
func (r *Rules) CheckNewName(name Name) error {
	if _, reserved := r.admins.Load().names[name]; reserved {
		return errors.New("that name is reserved by the operator")
	}
	if slices.Contains(sharedNames, name.s) {
		return errors.New("everybody shares that name")
	}
	return nil
}

// Claims reports whether the player's next click claims the name if it is free.
func (p Player) Claims() bool { return p.Role == Newcomer || p.Role == Owner }
