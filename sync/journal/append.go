package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// requestTimeout is how long one request may take. A disk that needs longer to sync is assumed
	// to hang; the outcome is then resolved by reading.
	requestTimeout = 5 * time.Second
	// Pauses between attempts double from the first to the last.
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// ownEvents is what the journal knows about this server's own events.
type ownEvents struct {
	number uint64 // of the last event that is certainly in the log; 0 if there is none
	seq    uint64 // its sequence number
	// pending is the encoded event number+1, if an append was attempted, and at its time.
	pending []byte
	at      time.Time
	// base is the newest sequence number known to be in the log when pending was set: pending gets
	// a larger one.
	base uint64
	// sent reports whether pending may be in the log or may still get there.
	sent bool
	// seqStale reports whether seq is no longer the last one of this server's subject.
	seqStale bool
	damage   damageTimer
}

// Append adds the event to the log and returns its sequence number, once the event is on the disk.
// It sets the Version, Server and Number of the event, and At if it is zero.
//
// It retries until ctx ends, or until an immediate retry wouldn't help: ErrNoSpace, ErrTooLarge,
// ErrDamaged, ErrPurged, ErrClosed. After any error the outcome may be unknown: the caller must
// call Append with the very same event until it succeeds; the log then has it once. With another
// event it fails with ErrUnsettled, unless the previous one is certainly not in the log. Concurrent
// calls wait for each other.
func (j *Journal) Append(ctx context.Context, e Event) (seq uint64, err error) {
	ctx, endCall, err := j.beginCall(ctx)
	if err != nil {
		return 0, err
	}
	defer endCall()
	if err := j.acquire(ctx); err != nil {
		return 0, err
	}
	defer j.release()
	if err := j.setPending(e); err != nil {
		return 0, err
	}
	for wait := minBackoff; ; wait = min(2*wait, maxBackoff) {
		seq, err = j.tryAppend(ctx)
		if err == nil {
			j.own = ownEvents{number: j.own.number + 1, seq: seq}
			return seq, nil
		}
		if isNoAnswer(err) {
			j.alarm.raise()
		}
		if isFinal(err) && j.own.damage.confirmed(err, j.damageDelay) || !sleep(ctx, wait) {
			return 0, j.appendError(ctx, err)
		}
	}
}

func (j *Journal) setPending(e Event) error {
	e.Server, e.Number = j.run, j.own.number+1
	if e.At.IsZero() {
		e.At = time.Now()
		if j.own.sent {
			e.At = j.own.at
		}
	}
	e.At = e.At.UTC().Round(time.Millisecond)
	data, err := Encode(e)
	if j.own.sent {
		if err != nil || !bytes.Equal(data, j.own.pending) {
			return ErrUnsettled
		}
		return nil
	}
	if err != nil {
		return err
	}
	j.own.pending, j.own.at = data, e.At
	j.own.base = max(j.own.seq, j.seen.Load())
	return nil
}

// appendError is the error of an Append that gives up.
func (j *Journal) appendError(ctx context.Context, err error) error {
	what := "not in the log"
	if j.own.sent {
		what = "may be in the log"
	}
	return fmt.Errorf("append event %d (%s): %w", j.own.number+1, what, withCause(ctx, err))
}

func isFinal(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrPurged)
}

// tryAppend tries once to append the pending event, unless it is already in the log.
func (j *Journal) tryAppend(ctx context.Context) (seq uint64, err error) {
	if err := j.backend.repair(ctx, len(j.own.pending)); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, j.requestTimeout)
	defer cancel()
	ctx, stop := j.alarm.watch(ctx)
	defer stop()
	after := j.own.seq
	if j.own.sent || j.own.seqStale {
		var there bool
		if seq, after, there, err = j.resolve(ctx); err != nil || there {
			return seq, err
		}
	}
	return j.send(ctx, after)
}

// send publishes the pending event after the own event with that sequence number.
func (j *Journal) send(ctx context.Context, after uint64) (uint64, error) {
	before := j.own.sent
	j.own.sent = true
	seq, err := j.stream.publish(ctx, j.subject(), j.own.pending, after)
	if err == nil {
		return seq, nil
	}
	if isCertainlyRejected(err, j.shared) { // this attempt is not in the log, but an earlier one may be
		j.own.sent = before
	}
	if isWrongLast(err) {
		j.own.seqStale = true
	}
	return 0, translateError(err)
}

// resolve finds out whether the pending event, which may have been sent, is in the log. If it
// isn't, it must be sent after the returned sequence number. That is the same as before, so that
// the event can't be there twice, even if an earlier attempt arrives late.
func (j *Journal) resolve(ctx context.Context) (seq, after uint64, there bool, err error) {
	seq, data, found, err := j.stream.lastOf(ctx, j.subject())
	if err != nil {
		return 0, 0, false, translateError(err)
	}
	if !found {
		return 0, 0, false, j.resolveEmpty(ctx)
	}
	e, err := Decode(data)
	if err != nil {
		return 0, 0, false, fmt.Errorf("%w: this server's event at %d: %w", ErrDamaged, seq, err)
	}
	switch {
	case e.Number == j.own.number+1 && j.own.sent:
		return seq, 0, true, nil
	case e.Number == j.own.number && seq == j.own.seq:
		return 0, seq, false, nil
	}
	return 0, 0, false, fmt.Errorf("%w: this server's last event in it is number %d at %d instead of %d at %d",
		ErrDamaged, e.Number, seq, j.own.number, j.own.seq)
}

// resolveEmpty decides what it means that the log has no event of this server. Without an error,
// the pending event isn't there and becomes the first on its subject: JetStream then expects 0,
// even if the subject had events before.
func (j *Journal) resolveEmpty(ctx context.Context) error {
	first, last, err := j.stream.bounds(ctx)
	switch {
	case err != nil:
		return translateError(err)
	case first <= j.own.seq || last < j.own.seq:
		return fmt.Errorf("%w: it lost event %d after acknowledging it", ErrDamaged, j.own.seq)
	case j.own.sent && first > j.own.base+1:
		// Purge doesn't go that far; one by a server that ignored its margin may.
		return fmt.Errorf("%w: whether it had the event is unknown", ErrPurged)
	}
	return nil
}

func (j *Journal) subject() string { return subjectPrefix + j.run }
