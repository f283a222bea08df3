package flush

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"clickky/sync/journal"
	"clickky/sync/ledger"
)

const (
	// recordEvery is how long clicks are in memory only.
	recordEvery = 100 * time.Millisecond
	// recordTimeout bounds one try to write an event.
	recordTimeout = 5 * time.Second
)

// The journal has room for all that one entry can have.
const (
	_ = uint(journal.MaxActs - ledger.MaxActs)
	_ = uint(journal.MaxChoices - ledger.MaxChoices)
	_ = uint(journal.MaxChoiceLength - ledger.MaxChoiceLength)
)

// recorder puts the clicks, changes, acts and choices of this server into the
// journal. One goroutine at a time may use it.
type recorder struct {
	ledger  *ledger.Ledger
	journal Journal
	health  *health
	log     *slog.Logger

	event   *journal.Event // taken from the ledger and not known to be written
	failing bool           // the last try failed; for one log line a change
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
			entry := r.ledger.Take(journal.MaxChanges*room/journal.MaxPlayers, room)
			if entry.Empty() {
				return nil
			}
			r.event = eventOf(entry)
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
		if !r.failing {
			r.log.Error("can't write the journal; clicks are only in memory until it recovers", "err", err)
		}
		r.failing = true
		r.health.append(false)
		return err
	}
	r.event = nil
	if r.failing {
		r.log.Info("the journal is writable again")
	}
	r.failing = false
	r.health.append(true)
	return nil
}

// eventOf is an entry as an event of now.
func eventOf(entry ledger.Entry) *journal.Event {
	e := &journal.Event{At: time.Now().UTC(), Seen: entry.Seen, Choices: entry.Choices, Clicks: entry.Clicks}
	for _, c := range entry.Changes {
		e.Changes = append(e.Changes, journal.Change(c))
	}
	for _, a := range entry.Acts {
		e.Acts = append(e.Acts, journal.Act(a))
	}
	return e
}

// entryOf is an event as the ledger takes it in.
func entryOf(e journal.Event) ledger.Entry {
	entry := ledger.Entry{At: e.At, Seen: e.Seen, Choices: e.Choices, Clicks: e.Clicks}
	for _, c := range e.Changes {
		entry.Changes = append(entry.Changes, ledger.Change(c))
	}
	for _, a := range e.Acts {
		entry.Acts = append(entry.Acts, ledger.Act(a))
	}
	return entry
}
