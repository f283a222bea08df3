package flush

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"clickky/sync/game"
	"clickky/sync/journal"
	"clickky/sync/ledger"
)

const (
	// recordEvery is how long clicks are in memory only.
	recordEvery = 100 * time.Millisecond
	// recordTimeout bounds one try to write an event.
	recordTimeout = 5 * time.Second
)

// recorder puts the clicks, changes, acts and choices of this server into the
// journal. One goroutine at a time may use it, and another one watch.
type recorder struct {
	ledger  *ledger.Ledger
	journal Journal
	log     *slog.Logger

	event   *journal.Event // taken from the ledger and not known to be written
	failing atomic.Bool    // the last try failed
}

// run records until ctx ends, and sleeps when there is nothing to record. It
// does not record at the end. It fails when it can never be known whether an event
// is in the journal, so that no other one can follow it.
func (r *recorder) run(ctx context.Context) error {
	for sleep(ctx, recordEvery) {
		if err := r.record(ctx); err != nil {
			if errors.Is(err, journal.ErrCut) && ctx.Err() == nil {
				return fmt.Errorf("%w: %w", ErrAway, err)
			}
			continue // has been told, and is tried again
		}
		select {
		case <-ctx.Done():
		case <-r.ledger.Due():
		}
	}
	return nil
}

// record writes all that the ledger has for the journal. An event whose fate is
// unknown is written again, and recognised by the journal if it is there.
func (r *recorder) record(ctx context.Context) error {
	for {
		if r.event == nil {
			// Everything in the same proportion, so that it is certain to fit.
			room := r.journal.Room()
			entry := r.ledger.Drain(game.MaxEventKeyChanges*room/game.MaxEventPlayers, room)
			if entry.Empty() {
				return nil
			}
			entry.At = time.Now().UTC()
			r.event = &journal.Event{Event: entry}
		}
		if err := r.write(ctx); err != nil {
			return err
		}
	}
}

func (r *recorder) write(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if _, err := r.journal.Append(ctx, *r.event); err != nil {
		if errors.Is(ctx.Err(), context.Canceled) { // the end, which says nothing about the journal
			return err
		}
		if !r.failing.Swap(true) {
			r.log.Error("can't write the journal; clicks are only in memory until it recovers", "err", err)
		}
		r.ledger.SetJournalDown(true)
		return err
	}
	r.event = nil
	if r.failing.Swap(false) {
		r.log.Info("the journal is writable again")
	}
	r.ledger.SetJournalDown(false)
	return nil
}
