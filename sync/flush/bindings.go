package flush

import (
	"context"
	"fmt"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

const (
	// bindingsEvery is how often the store is asked for what the operator
	// wants.
	bindingsEvery = 2 * time.Second
	// bindingsTimeout bounds one such look.
	bindingsTimeout = 5 * time.Second
	// journalWait is how long a look waits for the journal; what it does not
	// have by then is left for the next one.
	journalWait = time.Second
)

// lookForBindings takes bindings while store and journal are well. That it cannot is no
// news: flushes and renewals tell of it.
func (f *Flusher) lookForBindings(ctx context.Context) {
	if f.lost || f.failing || f.ledger.Status().JournalDown {
		return
	}
	if err := f.takeBindings(ctx, func(context.Context) {}); err != nil && ctx.Err() == nil {
		f.log.Debug("can't apply key bindings yet", "err", err)
	}
}

// takeBindings carries out the bindings that the operator has left in the store, which
// forgets those that the journal has when write returns. One server does so at a time. A
// binding may be carried out twice if that one is killed in between, or loses the
// database; a key that got the name by then loses it again if the operator wanted that.
func (f *Flusher) takeBindings(ctx context.Context, write func(context.Context)) error {
	ctx, cancel := context.WithTimeout(ctx, bindingsTimeout)
	defer cancel()
	switch found, err := f.store.Bindings(ctx); {
	case err != nil:
		return fmt.Errorf("read key bindings: %w", err)
	case len(found) == 0:
		clear(f.bindings) // their IDs are not used again
		return nil
	}
	err := f.store.TakeBindings(ctx, func(found []store.Binding) []uint64 {
		f.proposeBindings(found)
		write(ctx)
		return f.carriedOut(ctx, found)
	})
	if err != nil {
		return fmt.Errorf("take key bindings: %w", err)
	}
	return nil
}

// bindFirst carries out what the operator wanted while no server ran, before
// anybody can come in.
func (f *Flusher) bindFirst(ctx context.Context) error {
	err := f.takeBindings(ctx, func(ctx context.Context) {
		if f.recorder.record(ctx) == nil { // else it has been told, and is tried again
			_ = f.catchUp(ctx) // again below
		}
	})
	if err != nil {
		f.log.Warn("can't read key bindings; they're applied later", "err", err)
	}
	return f.catchUp(ctx)
}

// proposeBindings has the bindings that are new put into the journal.
func (f *Flusher) proposeBindings(found []store.Binding) {
	for _, b := range found {
		if _, known := f.bindings[b.ID]; known {
			continue
		}
		f.log.Info("binding a name to a key", "player", b.Name, "key", b.Fingerprint, "sole", b.Sole)
		f.bindings[b.ID] = f.ledger.Propose(game.KeyChange{Kind: game.KeyBind, Name: b.Name, Key: b.Fingerprint, Sole: b.Sole})
	}
}

// carriedOut waits for the journal and returns the IDs of the bindings that it has.
func (f *Flusher) carriedOut(ctx context.Context, found []store.Binding) (done []uint64) {
	ctx, cancel := context.WithTimeout(ctx, journalWait)
	defer cancel()
	for _, b := range found {
		if took := f.bindings[b.ID]; took != nil {
			select {
			case <-took:
			case <-ctx.Done():
				continue
			}
		}
		f.bindings[b.ID] = nil // should the store not forget it
		done = append(done, b.ID)
	}
	return done
}
