package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// answer is how long one request may take. A disk that needs longer to
	// sync is taken for one that hangs; the outcome is settled by reading.
	answer = 5 * time.Second
	// The pauses between tries, doubled from the first to the last.
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// own is what the journal knows of its own events.
type own struct {
	number uint64 // of the last event that is certainly in the log; 0: none
	seq    uint64 // its sequence number
	// pending is the encoding of event number+1, if it was tried, and at its
	// time.
	pending []byte
	at      time.Time
	// base is the newest sequence number that was known to be in the log
	// when pending was proposed: it comes after that.
	base uint64
	// sent tells that pending may be in the log or arrive there yet.
	sent bool
	// astray tells that seq is not the last of the own subject in the log.
	astray bool
	damage suspicion
}

// Append adds the event to the log and returns its sequence number. It returns
// when the event is on the disk. It sets the Version, Server and Number of the
// event, and At if it is zero.
//
// It tries until ctx ends, or until an error shows that trying at once would
// not help: ErrNoSpace, ErrTooLarge, ErrDamaged, ErrCut, ErrClosed. After any error
// the outcome may be unknown, and Append must be called again with the very same
// event until it succeeds; it is in the log once then. With another event it
// fails with ErrUnsettled, unless the one before certainly is not in the log.
// Events are appended one at a time; others wait.
func (j *Journal) Append(ctx context.Context, e Event) (seq uint64, err error) {
	ctx, leave, err := j.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	if err := j.take(ctx); err != nil {
		return 0, err
	}
	defer j.release()
	if err := j.propose(e); err != nil {
		return 0, err
	}
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		seq, err = j.attempt(ctx)
		if err == nil {
			j.own = own{number: j.own.number + 1, seq: seq}
			return seq, nil
		}
		if silent(err) {
			j.alarms.raise()
		}
		if final(err) && j.own.damage.confirmed(err, j.patience) || !pause(ctx, wait) {
			return 0, j.failed(ctx, err)
		}
	}
}

// propose makes the event the pending one.
func (j *Journal) propose(e Event) error {
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

// failed is the error of an Append that gives up.
func (j *Journal) failed(ctx context.Context, err error) error {
	what := "not in the log"
	if j.own.sent {
		what = "may be in the log"
	}
	return fmt.Errorf("append event %d (%s): %w", j.own.number+1, what, withCause(ctx, err))
}

// final tells that trying again at once would not help.
func final(err error) bool {
	return errors.Is(err, ErrNoSpace) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrCut)
}

// attempt tries once to bring the pending event into the log, if it is not
// there.
func (j *Journal) attempt(ctx context.Context) (seq uint64, err error) {
	if err := j.backend.mend(ctx, len(j.own.pending)); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, j.answer)
	defer cancel()
	ctx, stop := j.alarms.watch(ctx)
	defer stop()
	after := j.own.seq
	if j.own.sent || j.own.astray {
		var there bool
		if seq, after, there, err = j.settle(ctx); err != nil || there {
			return seq, err
		}
	}
	return j.send(ctx, after)
}

// send publishes the pending event after the own event with that sequence
// number.
func (j *Journal) send(ctx context.Context, after uint64) (uint64, error) {
	before := j.own.sent
	j.own.sent = true
	seq, err := j.wire.publish(ctx, j.subject(), j.own.pending, after)
	if err == nil {
		return seq, nil
	}
	if refused(err, j.shared) { // this try is not in the log, but one before may be
		j.own.sent = before
	}
	if wrongLast(err) {
		j.own.astray = true
	}
	return 0, explained(err)
}

// settle finds out whether the pending event, which may have been sent, is in
// the log. If it is not, it must be sent after the given sequence number: the
// same as before, so that it cannot be there twice, even if what was sent
// before arrives late.
func (j *Journal) settle(ctx context.Context) (seq, after uint64, there bool, err error) {
	seq, data, found, err := j.wire.lastOf(ctx, j.subject())
	if err != nil {
		return 0, 0, false, explained(err)
	}
	if !found {
		return 0, 0, false, j.settleEmpty(ctx)
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

// settleEmpty decides what it means that the log has no event of this server.
// If there is no error, the pending one is not there, and is the first on its
// subject again: JetStream's expectation is then 0, whatever the subject once
// had.
func (j *Journal) settleEmpty(ctx context.Context) error {
	first, last, err := j.wire.bounds(ctx)
	switch {
	case err != nil:
		return explained(err)
	case first <= j.own.seq || last < j.own.seq:
		return fmt.Errorf("%w: it lost event %d after acknowledging it", ErrDamaged, j.own.seq)
	case j.own.sent && first > j.own.base+1:
		// Cut does not go that far; another server's that ignored its margin may.
		return fmt.Errorf("%w: whether it had the event is unknown", ErrCut)
	}
	return nil
}

func (j *Journal) subject() string { return subjectPrefix + j.run }
