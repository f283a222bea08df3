package journal

import (
	"context"
	"errors"
	"fmt"
)

// Last returns the sequence number of the newest event, even if it has been
// cut; 0 if there never was one.
func (j *Journal) Last(ctx context.Context) (uint64, error) {
	_, last, err := j.Bounds(ctx)
	return last, err
}

// Bounds returns the sequence number of the oldest event that is still there and
// Last of the same moment. There are last+1-first events in the log.
func (j *Journal) Bounds(ctx context.Context) (first, last uint64, err error) {
	ctx, leave, err := j.enter(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, j.answer)
	defer cancel()
	if first, last, err = j.wire.bounds(ctx); err != nil {
		return 0, 0, fmt.Errorf("read the journal's bounds: %w", withCause(ctx, explained(err)))
	}
	return first, last, nil
}

// Cut deletes the events up to and with that sequence number. The newest event
// of this server always stays, because it is what settles whether the next one
// is in the log; but where other servers append too, only if such a one is on its
// way, so that a server which has nothing to say does not keep what others say.
// Cutting again, or what is cut already, does nothing. It waits for an Append in
// progress.
//
// Whoever cuts sees to it that nobody needs the events: that the snapshot has
// them, and that servers elsewhere which append to the same log have the
// answers to their appends (one of them that does not finds ErrCut).
func (j *Journal) Cut(ctx context.Context, upTo uint64) error {
	ctx, leave, err := j.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := j.take(ctx); err != nil {
		return err
	}
	defer j.release()
	ctx, cancel := context.WithTimeout(ctx, j.answer)
	defer cancel()
	if err := j.cut(ctx, upTo); err != nil {
		j.alarms.raise()
		return fmt.Errorf("remove journal events up to %d: %w", upTo, withCause(ctx, explained(err)))
	}
	return nil
}

func (j *Journal) cut(ctx context.Context, upTo uint64) error {
	if err := j.backend.mend(ctx, 0); err != nil {
		return err
	}
	ctx, stop := j.alarms.watch(ctx)
	defer stop()
	// The order matters: an own event that is still on its way comes after
	// last, so nothing unseen is cut.
	first, last, err := j.wire.bounds(ctx)
	if err != nil {
		return err
	}
	upTo = min(upTo, last)
	own, _, found, err := j.wire.lastOf(ctx, j.subject())
	if err != nil {
		return err
	}
	switch {
	case found && (!j.shared || j.own.sent):
		upTo = min(upTo, own-1)
	case j.shared && j.own.sent:
		upTo = min(upTo, j.own.base)
	}
	if upTo < first {
		return nil
	}
	if j.shared && j.own.number > 0 && upTo >= j.own.seq {
		j.own.astray = true
	}
	j.saw(upTo)
	return j.wire.purge(ctx, upTo+1)
}

// withCause puts into the chain of err why ctx has ended, which often is the reason for err.
func withCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}
