package ledger

import (
	"context"
	"slices"
	"time"
)

// MaxKeys is how many keys a player may have for one name. The operator can bind
// more.
const MaxKeys = 20

// Key is a key that plays under a name.
type Key struct {
	// Fingerprint identifies the key.
	Fingerprint string `json:"fingerprint"`
	// Bound tells that it was the operator who gave the name to this key.
	Bound bool `json:"bound,omitempty"`
	// Since is when the key got the name, in whole seconds; zero when the
	// journal does not know of it yet.
	Since time.Time `json:"since,omitzero"`
}

// Owner is who owns a login name: all of its keys.
type Owner struct {
	Name string
	Keys []Key
}

// What a Change can do.
const (
	// Claim gives a name that belongs to nobody to Key.
	Claim = "claim"
	// Add gives a name to Key as well; By is one of its keys.
	Add = "add"
	// Remove takes a name from Key, unless it is the last one; By is one of
	// the name's keys.
	Remove = "remove"
	// Bind is the operator giving a name to Key; Sole takes it from all others.
	Bind = "bind"
)

// Change is a change of the keys of a name. Changes do not commute, so each
// becomes an event of the journal and takes effect in its order, for all servers
// alike; one that is not possible by then does nothing.
type Change struct {
	// Do is what it does: one of the constants above.
	Do string
	// Name is the login name.
	Name string
	// Key is the fingerprint of the key that gets or loses the name, and By
	// that of the key which asked for it.
	Key, By string
	// Sole makes a Bind take the name from all other keys.
	Sole bool
}

// keyring is which names belong to which keys. The ledger's mutex guards it.
type keyring struct {
	owners map[string][]Key // as the journal has them
	// claims are those of this server that the journal does not have yet.
	// They count already, unless the journal says otherwise in the end.
	claims map[string]string

	outbox[*proposal]

	// unsaved are the names whose keys the store may not have, with the position
	// of their last change.
	unsaved  map[string]uint64
	at       uint64 // the position of the journal at which things change now
	revision uint64 // grows with each change of owners and claims
}

// proposal is a change of this server on its way through the journal.
type proposal struct {
	Change

	took chan bool // has one slot; gets whether it took effect; nil when nobody asks
}

func newKeyring() keyring {
	return keyring{owners: map[string][]Key{}, claims: map[string]string{}, unsaved: map[string]uint64{}, revision: 1}
}

func (k *keyring) load(owners []Owner) {
	for _, o := range owners {
		if len(o.Keys) > 0 {
			k.owners[o.Name] = slices.Clone(o.Keys)
		}
	}
	k.revision++
}

// of returns the keys of a name. They must not be changed.
func (k *keyring) of(name string) []Key {
	if keys := k.owners[name]; len(keys) > 0 {
		return keys
	}
	if claimed, ok := k.claims[name]; ok {
		return []Key{{Fingerprint: claimed}}
	}
	return nil
}

func has(keys []Key, fingerprint string) bool { return find(keys, fingerprint) >= 0 }

func find(keys []Key, fingerprint string) int {
	return slices.IndexFunc(keys, func(k Key) bool { return k.Fingerprint == fingerprint })
}

// propose has a change put into the next event.
func (k *keyring) propose(c Change, took chan bool) {
	k.pending = append(k.pending, &proposal{c, took})
}

// claim lets a key have a name that belongs to nobody, until the journal tells.
func (k *keyring) claim(name, key string) {
	k.claims[name] = key
	k.propose(Change{Do: Claim, Name: name, Key: key}, nil)
	k.revision++
}

// take moves up to n changes into an event.
func (k *keyring) take(n int) []Change {
	left := k.leave(n)
	if len(left) == 0 {
		return nil
	}
	changes := make([]Change, len(left))
	for i, p := range left {
		changes[i] = p.Change
	}
	return changes
}

// foldChanges lets the changes of an entry take effect. They follow a player who
// was renamed, and do nothing if the player was deleted. l.mu is held.
func (l *Ledger) foldChanges(e Entry, own bool) {
	k := &l.keys
	for _, c := range e.Changes {
		now, took := l.acts.follow(c.Name, e.Seen)
		c.Name = now
		took = took && k.apply(c, e.At.UTC().Truncate(time.Second))
		k.revision++
		if took {
			k.unsaved[c.Name] = k.at
			l.awarded(c.Name)
		}
		if !own {
			continue
		}
		p := k.back()
		if c.Do == Claim {
			delete(k.claims, c.Name)
		}
		if p.took != nil {
			p.took <- took
		}
	}
}

// apply tells whether a change was possible.
func (k *keyring) apply(c Change, at time.Time) bool {
	keys := k.owners[c.Name]
	i := find(keys, c.Key)
	known := i >= 0
	switch c.Do {
	case Claim:
		if len(keys) > 0 {
			return false
		}
		k.owners[c.Name] = []Key{{Fingerprint: c.Key, Since: at}}
	case Add:
		if known || !has(keys, c.By) || len(keys) >= MaxKeys {
			return false
		}
		k.owners[c.Name] = append(slices.Clone(keys), Key{Fingerprint: c.Key, Since: at})
	case Remove:
		if !known || !has(keys, c.By) || len(keys) == 1 {
			return false
		}
		k.owners[c.Name] = slices.Delete(slices.Clone(keys), i, i+1)
	case Bind:
		return k.bind(c, at)
	default:
		return false
	}
	return true
}

// bind is what the operator wants; binding again does nothing.
func (k *keyring) bind(c Change, at time.Time) bool {
	keys := slices.Clone(k.owners[c.Name])
	bound := Key{Fingerprint: c.Key, Bound: true, Since: at}
	if i := find(keys, c.Key); i >= 0 {
		bound.Since = keys[i].Since
		keys = slices.Delete(keys, i, i+1)
	}
	if c.Sole {
		keys = nil
	}
	keys = append(keys, bound)
	if slices.Equal(keys, k.owners[c.Name]) {
		return false
	}
	k.owners[c.Name] = keys
	return true
}

// set gives a name these keys and no others, without asking anybody.
func (k *keyring) set(name string, keys []Key) {
	if len(keys) == 0 && len(k.owners[name]) == 0 {
		return
	}
	k.revision++
	k.unsaved[name] = k.at
	if len(keys) == 0 {
		delete(k.owners, name)
	} else {
		k.owners[name] = keys
	}
}

// rename gives the keys of a name to another one that has none, and has what
// this server wants to change of them follow.
func (k *keyring) rename(from, to string) {
	if keys := k.owners[from]; len(keys) > 0 {
		k.set(from, nil)
		k.set(to, keys)
	}
	if key, ok := k.claims[from]; ok {
		delete(k.claims, from)
		k.claims[to] = key
	}
	for _, p := range k.pending {
		if p.Name == from {
			p.Name = to
		}
	}
}

// forget drops the claim of a name.
func (k *keyring) forget(name string) {
	delete(k.claims, name)
	k.pending = slices.DeleteFunc(k.pending, func(p *proposal) bool { return p.Do == Claim && p.Name == name })
}

// Keys returns the keys that a login name belongs to; none when it is free. A
// claim of this server counts from the moment it is made.
func (l *Ledger) Keys(name string) []Key {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.keys.of(name))
}

// NamesOf returns the names that belong to a key, those of players as the leaderboard
// has them, in their order. It looks at the keys of all names, a few at a time, so that
// no click waits for it: what changes meanwhile may be in it or not.
func (l *Ledger) NamesOf(key string) []string {
	const fewNames = 1000
	var names []string
	l.mu.Lock()
	add := func(login string) {
		if p := l.lookup(login); p != nil {
			login = p.name
		}
		names = append(names, login)
	}
	looked := 0
	for login, keys := range l.keys.owners { // which may change at the pauses, as any map in a loop
		if has(keys, key) {
			add(login)
		}
		if looked++; looked%fewNames == 0 {
			l.mu.Unlock()
			l.mu.Lock()
		}
	}
	for login, claimed := range l.keys.claims {
		if claimed == key && len(l.keys.owners[login]) == 0 {
			add(login)
		}
	}
	l.mu.Unlock()
	slices.Sort(names)
	return names
}

// Propose puts a change on its way. The channel gets one value, when the
// journal has it: whether it took effect. Nobody has to receive it.
func (l *Ledger) Propose(c Change) <-chan bool {
	took := make(chan bool, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys.propose(c, took)
	l.isDue()
	return took
}

// Change makes a change and returns whether it took effect, once the journal has
// it. When ctx ends before, it returns the context's error, and the change may
// still take effect later.
func (l *Ledger) Change(ctx context.Context, c Change) (bool, error) {
	select {
	case took := <-l.Propose(c):
		return took, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}
