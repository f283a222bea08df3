package flush

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/store"
)

// lastAppendTimeout is how long the last clicks may take to get into the journal, even if ctx has
// ended.
const lastAppendTimeout = 5 * time.Second

// lastSaveTimeout is how long the end waits for a database that was already down, and for one that
// only has to save when players were last seen.
const lastSaveTimeout = 2 * time.Second

// errUnread means that the last clicks are in the journal, but this server can't read that far.
var errUnread = errors.New("this server can't read the latest events")

// Final appends the last clicks to the journal and saves the counts, retrying until ctx ends, and
// then saves when players were last seen. Unsaved counts are no error, because the journal has
// them; clicks missing from the journal are one. Call it after Run has returned. It does nothing if
// the game was never open.
func (f *Flusher) Final(ctx context.Context) error {
	select {
	case <-f.ledger.Loaded():
	default:
		return nil
	}
	err := f.appendLast(context.WithoutCancel(ctx))
	switch {
	case errors.Is(err, errUnread):
		f.log.Warn("this server can no longer read the journal; the other servers save the last counts", "err", err)
		return nil
	case err != nil:
		return err
	}
	if !f.flushLast(ctx) {
		f.log.Warn("the last counts aren't in the database yet; they're in the journal and are saved on the next start",
			"clicks", f.ledger.Status().Unsaved)
		return nil
	}
	if f.ledger.Status().Ownership == game.Lost {
		return nil
	}
	f.saveSeen(ctx)
	if !f.sharing.isAlone() {
		return nil
	}
	// So that a server with another journal need not wait for the lease to run out.
	if err := f.store.Release(ctx, f.journal.ID()); err != nil {
		f.log.Debug("couldn't release the database lease", "err", err)
	}
	return nil
}

// appendLast appends and replays until there is nothing more: an event that comes back can cause a
// new one, such as a preference that waited for a claim.
func (f *Flusher) appendLast(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastAppendTimeout)
	defer cancel()
	for {
		if err := f.appender.appendAll(ctx); err != nil {
			if errors.Is(err, journal.ErrPurged) || !sleep(ctx, appendInterval) {
				return f.appendLastError(err)
			}
			continue
		}
		switch err := f.replay(ctx); {
		case err == nil:
		case f.sharing != nil || errors.Is(err, journal.ErrPurged): // other servers have it, or purged it
			return fmt.Errorf("%w: %w", errUnread, err)
		default:
			return err
		}
		select {
		case <-f.ledger.Due():
		default:
			return nil
		}
	}
}

// appendLastError is the error if the last event couldn't be appended. If only its answer was lost
// and the event was read back, it is in the journal.
func (f *Flusher) appendLastError(why error) error {
	lost := f.ledger.Status().Unjournaled
	if lost == 0 && f.sharing != nil {
		return fmt.Errorf("%w: %w", errUnread, why)
	}
	return fmt.Errorf("%d clicks are lost because the journal can't be written: %w", lost, why)
}

// saveSeen saves when players were last seen who left without a click since the last flush. It
// tries only briefly: nothing else is lost with it.
func (f *Flusher) saveSeen(ctx context.Context) {
	if !f.ledger.HasUnsavedPlayers() || f.ledger.Status().StoreDown {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastSaveTimeout)
	defer cancel()
	err := f.save(ctx)
	for errors.Is(err, store.ErrMoved) && !f.lost && sleep(ctx, appendInterval) { // other servers are still saving
		if err = f.replay(ctx); err == nil {
			err = f.save(ctx)
		}
	}
	if err != nil {
		f.log.Debug("couldn't save when the last players left", "err", err)
	}
}

// flushLast flushes until it succeeds or ctx ends, and reports whether everything was saved.
func (f *Flusher) flushLast(ctx context.Context) bool {
	if f.ledger.Status().StoreDown {
		// It may be back, but isn't worth a long wait.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lastSaveTimeout)
		defer cancel()
	}
	backoff := f.backoff()
	for ctx.Err() == nil {
		err := f.flush(ctx)
		if err == nil {
			return true
		}
		if errors.Is(err, errSavedByOther) {
			continue
		}
		if delay, _ := backoff.Next(); !sleep(ctx, delay) {
			break
		}
	}
	return false
}
