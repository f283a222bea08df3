package journal

import (
	"context"
	"errors"
	"fmt"
)

// Last returns the sequence number of the newest event, even if it was purged; 0 if there never was
// one.
func (j *Journal) Last(ctx context.Context) (uint64, error) {
	_, last, err := j.Bounds(ctx)
	return last, err
}

// Bounds returns the sequence numbers of the oldest event that is still there and, as of the same
// moment, of Last. The log has last+1-first events.
func (j *Journal) Bounds(ctx context.Context) (first, last uint64, err error) {
	ctx, endCall, err := j.beginCall(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer endCall()
	ctx, cancel := context.WithTimeout(ctx, j.requestTimeout)
	defer cancel()
	if first, last, err = j.stream.bounds(ctx); err != nil {
		return 0, 0, fmt.Errorf("read the journal's bounds: %w", withCause(ctx, translateError(err)))
	}
	return first, last, nil
}

// Purge deletes the events up to and including that sequence number. It keeps this server's newest
// event, because that resolves whether the next one is in the log; where other servers append too,
// only while an append is unresolved. Purging again does nothing. It waits for an Append in
// progress.
//
// The caller makes sure that nobody needs the events: that the snapshot has them, and that other
// servers have the answers to their appends. A server that doesn't gets ErrPurged.
func (j *Journal) Purge(ctx context.Context, upTo uint64) error {
	ctx, endCall, err := j.beginCall(ctx)
	if err != nil {
		return err
	}
	defer endCall()
	if err := j.acquire(ctx); err != nil {
		return err
	}
	defer j.release()
	ctx, cancel := context.WithTimeout(ctx, j.requestTimeout)
	defer cancel()
	if err := j.purge(ctx, upTo); err != nil {
		j.alarm.raise()
		return fmt.Errorf("remove journal events up to %d: %w", upTo, withCause(ctx, translateError(err)))
	}
	return nil
}

func (j *Journal) purge(ctx context.Context, upTo uint64) error {
	if err := j.backend.repair(ctx, 0); err != nil {
		return err
	}
	ctx, stop := j.alarm.watch(ctx)
	defer stop()
	// The order matters: an own event that is still on its way comes after last, so no unseen event
	// is purged.
	first, last, err := j.stream.bounds(ctx)
	if err != nil {
		return err
	}
	upTo = min(upTo, last)
	own, _, found, err := j.stream.lastOf(ctx, j.subject())
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
		j.own.seqStale = true
	}
	j.noteSeen(upTo)
	return j.stream.purge(ctx, upTo+1)
}

// withCause adds the cause of the end of ctx to the chain of err, because it often explains err.
func withCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}
