package ledger

import (
	"context"
	"slices"

	"clickky/sync/game"
)

// owner returns the keys that own a login name; the caller must not modify them. A claim of this
// server counts at once, until the log decides.
func (g *guarded) owner(login string) []game.Key {
	if keys := g.state.Owner(login); len(keys) > 0 {
		return keys
	}
	if claimed, ok := g.claims[login]; ok {
		return []game.Key{{Fingerprint: claimed}}
	}
	return nil
}

// claim gives a free name to a key until the log decides.
func (g *guarded) claim(login, key string) {
	g.claims[login] = key
	g.outbox.proposeKeyChange(game.KeyChange{Kind: game.KeyClaim, Name: login, Key: key}, nil)
	g.keysRevision++
}

// Keys returns the keys that own a login name; none if it is free. A claim of this server counts at
// once, until the log decides.
func (l *Ledger) Keys(login string) []game.Key {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.owner(login))
}

// NamesByKey returns the names that a key owns, in order, and as the leaderboard spells them. It
// looks at all names in batches, so that no click has to wait. Concurrent changes may be missing.
func (l *Ledger) NamesByKey(key string) []string {
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
	for login, keys := range l.state.Owners() { // the map may change while the mutex is unlocked
		if game.HasKey(keys, key) {
			add(login)
		}
		if looked++; looked%fewNames == 0 {
			l.mu.Unlock()
			l.mu.Lock()
		}
	}
	for login, claimed := range l.claims {
		if claimed == key && len(l.state.Owner(login)) == 0 {
			add(login)
		}
	}
	l.mu.Unlock()
	slices.Sort(names)
	return names
}

// ProposeKeyChange queues a key change. The returned channel, which has a buffer, gets one value
// once the log has decided: whether the change took effect.
func (l *Ledger) ProposeKeyChange(c game.KeyChange) <-chan bool {
	took := make(chan bool, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outbox.proposeKeyChange(c, took)
	return took
}

// ChangeKeys makes a key change and returns whether it took effect, once the log has decided. If
// ctx ends first, it returns the context's error, and the change may still take effect.
func (l *Ledger) ChangeKeys(ctx context.Context, c game.KeyChange) (bool, error) {
	select {
	case took := <-l.ProposeKeyChange(c):
		return took, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}
