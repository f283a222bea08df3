package game

import (
	"iter"
	"maps"
	"slices"
	"time"
)

// MaxKeys is how many keys a player can add to one name. The operator can bind more.
const MaxKeys = 20

// Key is a key that owns a name.
type Key struct {
	// Fingerprint identifies the key, as "SHA256:…".
	Fingerprint string `json:"fingerprint"`
	// Bound reports whether the operator gave the name to this key.
	Bound bool `json:"bound,omitempty"`
	// Since is when the key got the name, in UTC and whole seconds; zero while the claim isn't in
	// the log.
	Since time.Time `json:"since,omitzero"`
}

// Owner is a login name with all keys that own it.
type Owner struct {
	Name string
	Keys []Key
}

// Kinds of a KeyChange.
const (
	// KeyClaim gives a free name to Key.
	KeyClaim = "claim"
	// KeyAdd adds Key to a name that By owns.
	KeyAdd = "add"
	// KeyRemove removes Key from a name that By owns, unless it is the name's last key.
	KeyRemove = "remove"
	// KeyBind gives a name to Key on behalf of the operator. With Sole, all other keys lose the
	// name.
	KeyBind = "bind"
)

// KeyChange is a change of the keys that own a name. Key changes don't commute, so each is part of
// an Event and takes effect in the order of the log. If it is no longer possible by then, it does
// nothing.
type KeyChange struct {
	// Kind is one of the constants above.
	Kind string `json:"do"`
	// Name is the login name.
	Name string `json:"name"`
	// Key is the fingerprint of the key that gets or loses the name.
	Key string `json:"key"`
	// By is the fingerprint of the key that asked for the change.
	By string `json:"by,omitempty"`
	// Sole makes KeyBind take the name from all other keys.
	Sole bool `json:"sole,omitempty"`
}

// Owner returns the keys that own a login name. The caller must not modify them.
func (s *State) Owner(login string) []Key { return s.owners[login] }

// Owners returns all login names that have keys, in any order.
func (s *State) Owners() iter.Seq2[string, []Key] { return maps.All(s.owners) }

// HasKey reports whether a fingerprint is among keys.
func HasKey(keys []Key, fingerprint string) bool { return indexKey(keys, fingerprint) >= 0 }

func indexKey(keys []Key, fingerprint string) int {
	return slices.IndexFunc(keys, func(k Key) bool { return k.Fingerprint == fingerprint })
}

// changeKeys applies a key change to a login name and reports whether it was possible.
func (s *State) changeKeys(login string, c KeyChange, at time.Time) bool {
	keys := s.owners[login]
	i := indexKey(keys, c.Key)
	known := i >= 0
	added := Key{Fingerprint: c.Key, Since: at}
	switch c.Kind {
	case KeyClaim:
		if len(keys) > 0 {
			return false
		}
		keys = []Key{added}
	case KeyAdd:
		if known || !HasKey(keys, c.By) || len(keys) >= MaxKeys {
			return false
		}
		keys = append(slices.Clone(keys), added)
	case KeyRemove:
		if !known || !HasKey(keys, c.By) || len(keys) == 1 {
			return false
		}
		keys = slices.Delete(slices.Clone(keys), i, i+1)
	case KeyBind:
		if keys = bindKey(keys, added, c.Sole); slices.Equal(keys, s.owners[login]) {
			return false
		}
	default:
		return false
	}
	s.setOwner(login, keys)
	return true
}

// bindKey returns the keys of a name after the operator gave it to key.
func bindKey(keys []Key, key Key, sole bool) []Key {
	keys = slices.Clone(keys)
	key.Bound = true
	if i := indexKey(keys, key.Fingerprint); i >= 0 {
		key.Since = keys[i].Since
		keys = slices.Delete(keys, i, i+1)
	}
	if sole {
		keys = nil
	}
	return append(keys, key)
}

// setOwner replaces the keys of a login name; none free it. The caller must not modify keys
// afterwards.
func (s *State) setOwner(login string, keys []Key) {
	if len(keys) == 0 && len(s.owners[login]) == 0 {
		return
	}
	if len(keys) == 0 {
		delete(s.owners, login)
	} else {
		s.owners[login] = keys
	}
	s.addChange(OwnersChanged{login})
}
