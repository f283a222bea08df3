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
	// appendInterval is how long clicks are only in memory.
	appendInterval = 100 * time.Millisecond
	// appendTimeout limits one attempt to append an event.
	appendTimeout = 5 * time.Second
)

// appender appends this server's clicks, key changes, admin actions and preferences to the journal.
// One goroutine at a time may use it, and another one may call watchJournal.
type appender struct {
	ledger  *ledger.Ledger
	journal Journal
	log     *slog.Logger

	event   *journal.Event // drained from the ledger and not known to be in the journal
	failing atomic.Bool    // the last attempt failed
}

// run appends until ctx ends, and sleeps while there is nothing to append. It does no last append.
// It fails if it can never be known whether an event is in the journal, so that none can follow.
func (a *appender) run(ctx context.Context) error {
	for sleep(ctx, appendInterval) {
		if err := a.appendAll(ctx); err != nil {
			if errors.Is(err, journal.ErrPurged) && ctx.Err() == nil {
				return fmt.Errorf("%w: %w", ErrAway, err)
			}
			continue // was logged, and is retried
		}
		select {
		case <-ctx.Done():
		case <-a.ledger.Due():
		}
	}
	return nil
}

// appendAll appends everything that the ledger has for the journal. It repeats an event with an
// unknown outcome; the journal recognizes it.
func (a *appender) appendAll(ctx context.Context) error {
	for {
		if a.event == nil {
			// All limits shrink in proportion, so that the event certainly fits.
			room := a.journal.Room()
			entry := a.ledger.Drain(game.MaxEventKeyChanges*room/game.MaxEventPlayers, room)
			if entry.Empty() {
				return nil
			}
			a.event = &journal.Event{Event: entry}
		}
		if err := a.appendEvent(ctx); err != nil {
			return err
		}
	}
}

// appendEvent makes one attempt to append the drained event.
func (a *appender) appendEvent(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	if _, err := a.journal.Append(ctx, *a.event); err != nil {
		if errors.Is(ctx.Err(), context.Canceled) { // the server is stopping; says nothing about the journal
			return err
		}
		if !a.failing.Swap(true) {
			a.log.Error("can't write the journal; clicks are only in memory until it recovers", "err", err)
		}
		a.ledger.SetJournalDown(true)
		return err
	}
	a.event = nil
	if a.failing.Swap(false) {
		a.log.Info("the journal is writable again")
	}
	a.ledger.SetJournalDown(false)
	return nil
}
