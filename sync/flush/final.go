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

// lastRecord is how long the last clicks may take into the journal, whatever
// else is in a hurry.
const lastRecord = 5 * time.Second

// deadStore is how long the end waits for a database that was down before, and for
// one that is to take nothing but when players left.
const deadStore = 2 * time.Second

// errUnread means that the last clicks are in the journal, but that this server cannot
// read the journal up to there, or not get it to say so.
var errUnread = errors.New("this server can't read the latest events")

// Final puts the last clicks into the journal and saves the counts, trying
// until it is done or ctx ends, and with them when players left. That the counts are
// not saved is no error, for the journal has them; that clicks are not in the journal
// is one. It is to be called after Run has returned, and does nothing when the game
// was never open.
func (f *Flusher) Final(ctx context.Context) error {
	select {
	case <-f.ledger.Loaded():
	default:
		return nil
	}
	err := f.lastRecord(context.WithoutCancel(ctx))
	switch {
	case errors.Is(err, errUnread):
		f.log.Warn("this server can no longer read the journal; the other servers save the last counts", "err", err)
		return nil
	case err != nil:
		return err
	}
	if !f.lastFlush(ctx) {
		f.log.Warn("the last counts aren't in the database yet; they're in the journal and are saved on the next start",
			"clicks", f.ledger.Status().Unsaved)
		return nil
	}
	if f.ledger.Status().Ownership == game.Lost {
		return nil
	}
	f.saveSeen(ctx)
	if !f.sharing.alone() {
		return nil
	}
	// So that a server with another journal need not wait for the lease.
	if err := f.store.Release(ctx, f.journal.ID()); err != nil {
		f.log.Debug("couldn't release the database lease", "err", err)
	}
	return nil
}

// lastRecord writes the journal and folds what it has, until there is no more:
// what comes back may bring something new, such as a choice that waited for the
// name to be claimed.
func (f *Flusher) lastRecord(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastRecord)
	defer cancel()
	for {
		if err := f.recorder.record(ctx); err != nil {
			if errors.Is(err, journal.ErrCut) || !sleep(ctx, recordEvery) {
				return f.unrecorded(err)
			}
			continue
		}
		switch err := f.catchUp(ctx); {
		case err == nil:
		case f.sharing != nil || errors.Is(err, journal.ErrCut): // others have it, or it was cut by them
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

// unrecorded is the error when the last event could not be written. Its answer may only
// be lost: whoever has read it back knows that it is in the journal.
func (f *Flusher) unrecorded(why error) error {
	lost := f.ledger.Status().Unjournaled
	if lost == 0 && f.sharing != nil {
		return fmt.Errorf("%w: %w", errUnread, why)
	}
	return fmt.Errorf("%d clicks are lost because the journal can't be written: %w", lost, why)
}

// saveSeen saves when those were seen who have left without a click since the last
// flush. It is tried once, and not for long: nothing else is lost with it.
func (f *Flusher) saveSeen(ctx context.Context) {
	if !f.ledger.HasUnsavedPlayers() || f.ledger.Status().StoreDown {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, deadStore)
	defer cancel()
	err := f.save(ctx)
	for errors.Is(err, store.ErrMoved) && !f.lost && sleep(ctx, recordEvery) { // others go on saving
		if err = f.catchUp(ctx); err == nil {
			err = f.save(ctx)
		}
	}
	if err != nil {
		f.log.Debug("couldn't save when the last players left", "err", err)
	}
}

// lastFlush tells whether everything was saved.
func (f *Flusher) lastFlush(ctx context.Context) bool {
	if f.ledger.Status().StoreDown {
		// It may be back by now, but is not worth waiting for.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadStore)
		defer cancel()
	}
	backoff := f.backoff()
	for ctx.Err() == nil {
		err := f.flush(ctx)
		if err == nil {
			return true
		}
		if errors.Is(err, errOvertaken) {
			continue
		}
		if delay, _ := backoff.Next(); !sleep(ctx, delay) {
			break
		}
	}
	return false
}
