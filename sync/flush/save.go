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

// flush saves once everything that the journal has and the store lacks. It does nothing if another
// journal has the database, or if players have only left: that can wait for the next counts. It
// fails with errSavedByOther if another server has just saved: the rest can wait, too.
func (f *Flusher) flush(ctx context.Context) error {
	if f.lost {
		return nil
	}
	if !f.ledger.HasUnsavedEvents() { // another server may have saved what this one couldn't
		f.flushFailed = false
		return nil
	}
	err := f.save(ctx)
	if errors.Is(err, store.ErrMoved) && !f.lost && !f.overtaken && !f.positionUnknown && f.ledger.HasUnsavedEvents() {
		// An earlier save moved the position and its answer was lost, or the database was restored:
		// now that the position is known, saving can continue from there.
		err = f.save(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return err // ctx ended; says nothing about the store
	}
	if errors.Is(err, store.ErrMoved) && !f.lost && !f.positionUnknown {
		f.flushFailed = false
		f.ledger.SetStoreHealth(false, false)
		f.logRecovery()
		return errSavedByOther
	}
	f.flushFailed = err != nil && !f.lost
	if f.flushFailed {
		f.ledger.SetStoreHealth(true, store.Answered(err))
		f.logFailure("couldn't save the counts; they're safe in the journal, and saving is retried", err)
		return fmt.Errorf("flush: %w", err)
	}
	f.logRecovery()
	return nil
}

// save writes one batch. After an error the ledger knows the store's position, unless that can't be
// read either.
func (f *Flusher) save(ctx context.Context) error {
	start := time.Now()
	b := f.ledger.Unsaved()
	if b.To < b.From {
		return fmt.Errorf("%w: it is at event %d, but this server has only read the journal up to event %d", store.ErrMoved, b.From, b.To)
	}
	b.Journal = f.journal.ID()
	saving, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	rejected, err := f.store.Save(saving, b.Checkpoint)
	switch {
	case errors.Is(err, store.ErrMissing):
		f.log.Warn("players are missing from the database; saving everything again", "err", err)
		f.ledger.StoreIncomplete()
		return f.save(ctx) // now without expecting rows
	case err != nil:
		return f.resolveSave(ctx, b, err)
	}
	f.ledger.Saved(b, time.Now())
	f.position, f.positionUnknown = b.To, false
	for _, r := range rejected {
		f.log.Error("the database rejects a player's count; setting it aside", "player", r.Name, "clicks", r.Clicks, "why", r.Reason)
	}
	f.log.Info("counts saved", "players", len(b.Players), "total", b.Total, "position", b.To,
		"took", time.Since(start).Round(time.Microsecond))
	f.purge(ctx, b.To)
	return nil
}

// resolveSave finds out by reading the position back what became of a batch that failed, or whose
// outcome is unknown. It returns nil if the batch was saved, and otherwise why it wasn't.
func (f *Flusher) resolveSave(ctx context.Context, b ledger.Batch, why error) error {
	ctx, cancel := context.WithTimeout(ctx, renewInterval)
	defer cancel()
	state, err := f.store.State(ctx)
	switch {
	case err != nil:
		f.positionUnknown = true
		why = errors.Join(why, fmt.Errorf("read back the position: %w", err))
		if errors.Is(err, store.ErrNoTables) {
			return f.repairTables(ctx, why)
		}
		return why
	case state.Journal != f.journal.ID():
		f.loseOwnership()
		return why
	case state.Position == b.To && b.From < b.To && !errors.Is(why, store.ErrMoved): // otherwise the position proves nothing
		f.ledger.Saved(b.AsSavedByOther(), time.Now())
		f.position, f.positionUnknown = b.To, false
		f.log.Info("counts saved; the database confirmed it late", "players", len(b.Players), "total", b.Total, "position", b.To)
		return nil
	default:
		f.setPosition(state.Position)
		if errors.Is(why, store.ErrMoved) {
			return why
		}
		return f.repairTables(ctx, why)
	}
}

// repairTables migrates the tables if the database answers but rejects a batch, which they may have
// caused. It returns why the batch couldn't be saved.
func (f *Flusher) repairTables(ctx context.Context, why error) error {
	err := f.store.Migrate(ctx)
	switch unfit := errors.Is(err, store.ErrUnfit); {
	case unfit && !f.tablesUnfit:
		f.log.Error("the database's tables were changed; nothing is saved until they're repaired", "err", err)
		fallthrough
	case unfit:
		f.tablesUnfit = true
		return errors.Join(err, why)
	}
	f.tablesUnfit = f.tablesUnfit && err != nil
	return why
}

func (f *Flusher) setPosition(position uint64) {
	f.overtaken = position > f.position && !f.positionUnknown
	f.position, f.positionUnknown = position, false
	if f.ledger.SetStorePosition(position, time.Now()) {
		f.log.Warn("the database went back in time, perhaps restored from a backup; saving everyone's counts again", "position", position)
	}
}

// loseOwnership stops flushing for good.
func (f *Flusher) loseOwnership() {
	if !f.lost {
		f.log.Error("another server took over the database, or there was an import; this server no longer saves counts and only keeps them in its journal")
	}
	f.lost = true
	f.ledger.SetOwnership(game.Lost)
}

// purge deletes events that nobody needs any longer. A failure is retried after the next flush.
func (f *Flusher) purge(ctx context.Context, saved uint64) {
	if saved <= keepEvents {
		return
	}
	upTo, err := saved-keepEvents, error(nil)
	if f.sharing != nil {
		upTo, err = f.purgeLimit(ctx, upTo)
	}
	if err == nil && upTo > 0 {
		err = f.journal.Purge(ctx, upTo)
	}
	if err != nil {
		f.log.Warn("couldn't remove old events from the journal", "err", err)
	}
}
