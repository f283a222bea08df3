package ledger

import (
	"context"
	"slices"

	"clickky/sync/game"
)

// owner returns the keys that own a login name; they must not be changed. A claim of this server
// counts from the moment it is made, until the log decides.
func (b *book) owner(login string) []game.Key {
	if keys := b.state.Owner(login); len(keys) > 0 {
		return keys
	}
	if claimed, ok := b.claims[login]; ok {
		return []game.Key{{Fingerprint: claimed}}
	}
	return nil
}

// claim lets a key have a name that belongs to nobody, until the log decides.
func (b *book) claim(login, key string) {
	b.claims[login] = key
	b.propose(game.KeyChange{Kind: game.KeyClaim, Name: login, Key: key}, nil)
	b.keysRevision++
}

func (b *book) propose(c game.KeyChange, done chan bool) {
	b.outbox.keyChanges = append(b.outbox.keyChanges, &proposal[game.KeyChange, bool]{c, done})
	b.isDue()
}

// decideKeyChange ends a proposal of this server.
func (b *book) decideKeyChange(p *proposal[game.KeyChange, bool], o game.KeyOutcome) {
	if p.what.Kind == game.KeyClaim {
		delete(b.claims, o.Login)
	}
	p.decide(o.Applied)
}

// Keys returns the keys that a login name belongs to; none when it is free. A
// claim of this server counts from the moment it is made, until the log decides.
func (l *Ledger) Keys(login string) []game.Key {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.owner(login))
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
	for login, keys := range l.state.Owners() { // which can change at the pauses, as any map in a loop
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

// Propose puts a key change on its way. The channel gets one value, when the log has it: whether
// it took effect. Nobody has to receive it.
func (l *Ledger) Propose(c game.KeyChange) <-chan bool {
	took := make(chan bool, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.propose(c, took)
	return took
}

// Change makes a key change and returns whether it took effect, once the log has it. When ctx ends
// before, it returns the context's error, and the change can still take effect later.
func (l *Ledger) Change(ctx context.Context, c game.KeyChange) (bool, error) {
	select {
	case took := <-l.Propose(c):
		return took, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}
