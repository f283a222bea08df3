package flush

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/store"
)

// flush saves everything that the journal has and the store has not, once. It
// does nothing when the database belongs to another server by now, nor when players
// have only left: that can wait for the next counts. It fails with errOvertaken when
// others have just saved: what is left can wait too.
func (f *Flusher) flush(ctx context.Context) error {
	if f.lost {
		return nil
	}
	if !f.ledger.HasUnsavedEvents() { // others may have saved what could not be saved here
		f.unflushed = false
		return nil
	}
	err := f.save(ctx)
	if errors.Is(err, store.ErrMoved) && !f.lost && !f.overtaken && !f.doubtful && f.ledger.HasUnsavedEvents() {
		// It was an earlier save that moved it, whose answer was lost, or it went
		// back: now that the position is known, this one can go on from there.
		err = f.save(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return err // it was cut short, which says nothing about the store
	}
	if errors.Is(err, store.ErrMoved) && !f.lost && !f.doubtful {
		f.unflushed = false
		f.ledger.StoreReached()
		f.succeeded()
		return errOvertaken
	}
	f.unflushed = err != nil && !f.lost
	if f.unflushed {
		f.ledger.StoreFailed(store.Answered(err))
		f.failed("couldn't save the counts; they're safe in the journal, and saving is retried", err)
		return fmt.Errorf("flush: %w", err)
	}
	f.succeeded()
	return nil
}

// save writes one batch. When it fails the ledger knows where the store is,
// unless that cannot be read either.
func (f *Flusher) save(ctx context.Context) error {
	start := time.Now()
	b := f.ledger.Unsaved()
	if b.To < b.From {
		return fmt.Errorf("%w: it is at event %d, but this server has only read the journal up to event %d", store.ErrMoved, b.From, b.To)
	}
	b.Journal = f.journal.ID()
	saving, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	rejected, err := f.store.Save(saving, b.Checkpoint)
	switch {
	case errors.Is(err, store.ErrMissing):
		f.log.Warn("players are missing from the database; saving everything again", "err", err)
		f.ledger.StoreIncomplete()
		return f.save(ctx) // which expects no rows
	case err != nil:
		return f.settle(ctx, b, err)
	}
	f.ledger.Saved(b, time.Now())
	f.stored, f.doubtful = b.To, false
	for _, r := range rejected {
		f.log.Error("the database rejects a player's count; setting it aside", "player", r.Name, "clicks", r.Clicks, "why", r.Reason)
	}
	f.log.Info("counts saved", "players", len(b.Players), "total", b.Total, "position", b.To,
		"took", time.Since(start).Round(time.Microsecond))
	f.cut(ctx, b.To)
	return nil
}

// settle finds out what became of a batch that could not be saved, or whose
// outcome is unknown, by reading the position back. It returns nil if the batch
// was saved, and else why not.
func (f *Flusher) settle(ctx context.Context, b ledger.Batch, why error) error {
	ctx, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	state, err := f.store.State(ctx)
	switch {
	case err != nil:
		f.doubtful = true
		why = errors.Join(why, fmt.Errorf("read back the position: %w", err))
		if errors.Is(err, store.ErrNoTables) {
			return f.mend(ctx, why)
		}
		return why
	case state.Journal != f.journal.ID():
		f.lose()
		return why
	case state.Position == b.To && b.From < b.To && !errors.Is(why, store.ErrMoved): // else it tells nothing
		f.ledger.Saved(b.AsSavedByOther(), time.Now())
		f.stored, f.doubtful = b.To, false
		f.log.Info("counts saved; the database confirmed it late", "players", len(b.Players), "total", b.Total, "position", b.To)
		return nil
	default:
		f.storeAt(state.Position)
		if errors.Is(why, store.ErrMoved) {
			return why
		}
		return f.mend(ctx, why)
	}
}

// mend brings the tables into order when the database answers and does not take a batch,
// for that may be why. It returns why the batch could not be saved.
func (f *Flusher) mend(ctx context.Context, why error) error {
	err := f.store.Migrate(ctx)
	switch unfit := errors.Is(err, store.ErrUnfit); {
	case unfit && !f.unfit:
		f.log.Error("the database's tables were changed; nothing is saved until they're repaired", "err", err)
		fallthrough
	case unfit:
		f.unfit = true
		return errors.Join(err, why)
	}
	f.unfit = f.unfit && err != nil
	return why
}

// storeAt notes where the store is.
func (f *Flusher) storeAt(position uint64) {
	f.overtaken = position > f.stored && !f.doubtful
	f.stored, f.doubtful = position, false
	if f.ledger.SetStorePosition(position, time.Now()) {
		f.log.Warn("the database went back in time, perhaps restored from a backup; saving everyone's counts again", "position", position)
	}
}

// lose stops flushing for good.
func (f *Flusher) lose() {
	if !f.lost {
		f.log.Error("another server took over the database, or there was an import; this server no longer saves counts and only keeps them in its journal")
	}
	f.lost = true
	f.ledger.SetOwnership(game.Lost)
}

// cut drops from the journal what nobody needs any more. It is tried again
// after the next flush.
func (f *Flusher) cut(ctx context.Context, saved uint64) {
	if saved <= margin {
		return
	}
	upTo, err := saved-margin, error(nil)
	if f.sharing != nil {
		upTo, err = f.cutShared(ctx, upTo)
	}
	if err == nil && upTo > 0 {
		err = f.journal.Cut(ctx, upTo)
	}
	if err != nil {
		f.log.Warn("couldn't remove old events from the journal", "err", err)
	}
}
