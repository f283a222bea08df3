package flush

import (
	"context"
	"fmt"
	"time"

	"clickky/sync/game"
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
	if err := f.takeBindings(ctx); err != nil && ctx.Err() == nil {
		f.log.Debug("can't apply key bindings yet", "err", err)
	}
}

// takeBindings carries out the bindings that the operator has left in the store,
// and has the store forget those that the journal has. One server at a time has them
// in hand. A binding may be carried out twice if that one is killed in between, or
// loses the database for a minute; a key that got the name by then loses it again if
// the operator wanted that.
func (f *Flusher) takeBindings(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bindingsTimeout)
	defer cancel()
	if err := f.proposeBindings(ctx); err != nil {
		return err
	}
	if len(f.bindings) == 0 {
		return nil
	}
	late, stop := context.WithTimeout(ctx, journalWait)
	defer stop()
	var done []uint64
	for id, took := range f.bindings {
		select {
		case <-took:
			done = append(done, id)
		case <-late.Done():
		}
	}
	return f.forgetBindings(ctx, done)
}

// bindFirst carries out what the operator wanted while no server ran, before
// anybody can come in.
func (f *Flusher) bindFirst(ctx context.Context) error {
	if err := f.proposeBindings(ctx); err != nil {
		f.log.Warn("can't read key bindings; they're applied later", "err", err)
		return nil
	}
	if len(f.bindings) == 0 {
		return nil
	}
	if err := f.recorder.record(ctx); err != nil {
		return nil // has been told, and is tried again
	}
	return f.catchUp(ctx)
}

// proposeBindings has the bindings that are new put into the journal.
func (f *Flusher) proposeBindings(ctx context.Context) error {
	found, err := f.store.Bindings(ctx)
	if err != nil {
		return fmt.Errorf("read key bindings: %w", err)
	}
	if len(found) == 0 {
		return nil
	}
	held, err := f.store.HoldBindings(ctx)
	if err != nil || !held {
		return err
	}
	// What was read before may be what another server has just carried out.
	if found, err = f.store.Bindings(ctx); err != nil {
		return fmt.Errorf("read key bindings: %w", err)
	}
	for _, b := range found {
		if _, known := f.bindings[b.ID]; known {
			continue
		}
		f.log.Info("binding a name to a key", "player", b.Name, "key", b.Fingerprint, "sole", b.Sole)
		f.bindings[b.ID] = f.ledger.Propose(game.KeyChange{Kind: game.KeyBind, Name: b.Name, Key: b.Fingerprint, Sole: b.Sole})
	}
	return f.releaseBindings(ctx)
}

// releaseBindings leaves the bindings to other servers when this one has none.
func (f *Flusher) releaseBindings(ctx context.Context) error {
	if len(f.bindings) > 0 {
		return nil
	}
	if err := f.store.ReleaseBindings(ctx); err != nil {
		return fmt.Errorf("release key bindings: %w", err)
	}
	return nil
}

func (f *Flusher) forgetBindings(ctx context.Context, done []uint64) error {
	if len(done) == 0 {
		return nil
	}
	for _, id := range done {
		f.bindings[id] = carriedOut // until the store has forgotten it
	}
	if err := f.store.ForgetBindings(ctx, done...); err != nil {
		return fmt.Errorf("delete applied key bindings: %w", err)
	}
	for _, id := range done {
		delete(f.bindings, id)
	}
	return f.releaseBindings(ctx)
}

// carriedOut stands for a binding that the journal has.
var carriedOut = func() <-chan bool {
	c := make(chan bool)
	close(c)
	return c
}()
