package flush

import (
	"context"
	"fmt"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

const (
	// bindingsInterval is how often the store is checked for key bindings by the operator.
	bindingsInterval = 2 * time.Second
	// bindingsTimeout limits one check.
	bindingsTimeout = 5 * time.Second
	// awaitBindingsTimeout is how long a check waits for the journal. Later bindings are left for
	// the next check.
	awaitBindingsTimeout = time.Second
)

// tryBindings applies bindings while store and journal work. It logs failures only for debugging,
// because flushes and renewals report them.
func (f *Flusher) tryBindings(ctx context.Context) {
	if f.lost || f.failing || f.ledger.Status().JournalDown {
		return
	}
	if err := f.applyBindings(ctx, func(context.Context) {}); err != nil && ctx.Err() == nil {
		f.log.Debug("can't apply key bindings yet", "err", err)
	}
}

// applyBindings applies the operator's key bindings from the store, one server at a time. write
// must append them to the journal; the store then forgets those that the journal has. A binding may
// be applied twice if the server is killed in between, or loses the database: a key that got the
// name since then loses it again, if the binding is sole.
func (f *Flusher) applyBindings(ctx context.Context, write func(context.Context)) error {
	ctx, cancel := context.WithTimeout(ctx, bindingsTimeout)
	defer cancel()
	switch found, err := f.store.Bindings(ctx); {
	case err != nil:
		return fmt.Errorf("read key bindings: %w", err)
	case len(found) == 0:
		clear(f.bindings) // IDs aren't reused
		return nil
	}
	err := f.store.TakeBindings(ctx, func(found []store.Binding) []uint64 {
		f.proposeBindings(found)
		write(ctx)
		return f.awaitBindings(ctx, found)
	})
	if err != nil {
		return fmt.Errorf("take key bindings: %w", err)
	}
	return nil
}

// applyFirstBindings applies bindings from the time when no server ran, before anybody can connect.
func (f *Flusher) applyFirstBindings(ctx context.Context) error {
	err := f.applyBindings(ctx, func(ctx context.Context) {
		if f.appender.appendAll(ctx) == nil { // a failure was logged, and is retried
			_ = f.replay(ctx) // retried below
		}
	})
	if err != nil {
		f.log.Warn("can't read key bindings; they're applied later", "err", err)
	}
	return f.replay(ctx)
}

func (f *Flusher) proposeBindings(found []store.Binding) {
	for _, b := range found {
		if _, known := f.bindings[b.ID]; known {
			continue
		}
		f.log.Info("binding a name to a key", "player", b.Name, "key", b.Fingerprint, "sole", b.Sole)
		f.bindings[b.ID] = f.ledger.ProposeKeyChange(game.KeyChange{Kind: game.KeyBind, Name: b.Name, Key: b.Fingerprint, Sole: b.Sole})
	}
}

// awaitBindings waits until the journal has the bindings, and returns the IDs of those that it has.
func (f *Flusher) awaitBindings(ctx context.Context, found []store.Binding) (done []uint64) {
	ctx, cancel := context.WithTimeout(ctx, awaitBindingsTimeout)
	defer cancel()
	for _, b := range found {
		if took := f.bindings[b.ID]; took != nil {
			select {
			case <-took:
			case <-ctx.Done():
				continue
			}
		}
		f.bindings[b.ID] = nil // in case the store doesn't forget it
		done = append(done, b.ID)
	}
	return done
}
