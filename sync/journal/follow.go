package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// A reader without a message for two heartbeats restarts. In this process that only happens
	// when the server is restarted.
	heartbeat       = 2 * time.Second
	remoteHeartbeat = time.Second
	// batch and batchBytes limit what is on its way to a reader, or waits for a slow apply.
	batch      = 1000
	batchBytes = 2 * maxMessage
	// stallTimeout is how long a reader waits for an expected event before it asks why it doesn't
	// come.
	stallTimeout = 500 * time.Millisecond
	// quietTimeout is how long a reader waits for any event before it asks whether the log has more:
	// a server whose copy of the log stays behind sends heartbeats, but no events. It is longer than
	// two heartbeats, which notice everything else.
	quietTimeout = 5 * time.Second
	// consumerTimeout is how long the server keeps the consumer of a reader that is gone.
	consumerTimeout = time.Minute
)

// errRestart means that the reader must restart at its position.
var errRestart = errors.New("events arrived out of order, or not at all")

// applyError is an error of the callback, which ends Follow at once.
type applyError struct{ error }

// Follow calls apply for every event after a sequence number, in order, each once, and continues
// with new events as they come. apply may keep the events.
//
// It returns the error of ctx when that ends, the error of apply when that fails, and ErrClosed. It
// fails with a *MissingError if an event is missing: with ErrPurged if it was purged, perhaps while
// apply was too slow, and with ErrDamaged if the log lost it, or ends before the given position. It
// fails with ErrVersion at an event of a newer version. It recovers from everything else, such as a
// lost connection.
func (j *Journal) Follow(ctx context.Context, after uint64, apply func(seq uint64, e Event) error) error {
	ctx, endCall, err := j.beginCall(ctx)
	if err != nil {
		return err
	}
	defer endCall()
	r := &reader{j: j, next: after + 1, apply: apply}
	wait := minBackoff
	var damage damageTimer
	for {
		from := r.next
		err := r.read(ctx)
		if r.next > from {
			damage.clear()
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var failed applyError
		if errors.As(err, &failed) {
			return failed.error
		}
		hopeless := errors.Is(err, ErrPurged) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrVersion)
		if hopeless && damage.confirmed(err, j.damageDelay) {
			return fmt.Errorf("follow the journal after %d: %w", after, err)
		}
		j.log.Debug("restarting the journal reader", "next", r.next, "err", err)
		if r.next > from {
			wait = minBackoff
		}
		if !sleep(ctx, wait) {
			return context.Cause(ctx)
		}
		wait = min(2*wait, maxBackoff)
	}
}

// reader is the state of one Follow.
type reader struct {
	j    *Journal
	next uint64 // next sequence number to deliver
	// missingLast is the newest sequence number if the log lacks that event: then perhaps no event
	// comes, although the log doesn't end before next.
	missingLast uint64
	apply       func(seq uint64, e Event) error
}

// read delivers events until it has to restart.
func (r *reader) read(ctx context.Context) error {
	l := r.j.backend.connection()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.closed, cancel)()
	st, err := r.findStream(ctx, l)
	if err != nil {
		return err
	}
	cons, err := r.createConsumer(ctx, st)
	if err != nil {
		return err
	}
	defer r.deleteConsumer(ctx, l, st, cons.CachedInfo().Name)
	msgs, err := cons.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(batch, batchBytes),
		jetstream.PullHeartbeat(l.heartbeat))
	if err != nil {
		return err
	}
	defer msgs.Stop()
	for {
		m, err := r.receive(ctx, msgs)
		if errors.Is(err, context.DeadlineExceeded) {
			err = r.checkStall(ctx, st)
		}
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		if err := r.deliver(ctx, st, m); err != nil {
			return err
		}
	}
}

// createConsumer creates a consumer in memory that starts at this reader's position. The client's
// own ordered consumers hide their retries. If a request's answer is lost, the client waits until
// the deadline of the context, so there must be one.
func (r *reader) createConsumer(ctx context.Context, st jetstream.Stream) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.j.requestTimeout)
	defer cancel()
	return st.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       r.next,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: consumerTimeout,
		MemoryStorage:     true,
		Replicas:          1,
	})
}

// receive waits for the next message, but not for long if the last event may be missing.
func (r *reader) receive(ctx context.Context, msgs jetstream.MessagesContext) (jetstream.Msg, error) {
	timeout := r.j.quietTimeout
	if r.next <= r.missingLast {
		timeout = stallTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return msgs.Next(jetstream.NextContext(ctx))
}

// findStream finds the stream and checks that it has the next event.
func (r *reader) findStream(ctx context.Context, l *connection) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, r.j.requestTimeout)
	defer cancel()
	st, err := find(ctx, l.js, r.j.id)
	if err != nil {
		return nil, translateError(err)
	}
	info := st.CachedInfo()
	first, last := boundsOf(info)
	switch {
	case r.next > last+1:
		return nil, &MissingError{First: last + 1, Last: r.next - 1, reason: ErrDamaged}
	case r.next < first:
		return nil, &MissingError{First: r.next, Last: first - 1, reason: ErrPurged}
	case r.next <= last:
		r.missingLast = 0
		if _, err := st.GetMsg(ctx, last); err != nil {
			r.missingLast = last
		}
	}
	return st, nil
}

// deliver passes the message to apply if it is the next one.
func (r *reader) deliver(ctx context.Context, st jetstream.Stream, m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return err
	}
	seq := meta.Sequence.Stream
	if seq < r.next {
		return nil
	}
	if seq > r.next {
		return r.checkGap(ctx, st, seq)
	}
	e, err := Decode(m.Data())
	if errors.Is(err, ErrVersion) {
		return fmt.Errorf("event %d: %w", seq, err)
	}
	if err != nil {
		return fmt.Errorf("%w: event %d: %w", ErrDamaged, seq, err)
	}
	if err := r.apply(seq, e); err != nil {
		return applyError{err}
	}
	r.next = seq + 1
	r.j.noteSeen(seq)
	return nil
}

// checkGap finds out why event seq came instead of the next one.
func (r *reader) checkGap(ctx context.Context, st jetstream.Stream, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, r.j.requestTimeout)
	defer cancel()
	_, err := st.GetMsg(ctx, r.next)
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return errors.Join(errRestart, err)
	}
	return r.missingError(ctx, st, seq-1)
}

// checkStall finds out why the next event doesn't come. It returns nil if the reader should wait
// longer.
func (r *reader) checkStall(ctx context.Context, st jetstream.Stream) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, r.j.requestTimeout)
	defer cancel()
	if r.next > r.missingLast {
		info, err := st.Info(ctx)
		if err != nil {
			return err
		}
		if _, last := boundsOf(info); last != r.next-1 {
			return errRestart
		}
		return nil
	}
	_, err := st.GetMsg(ctx, r.next, jetstream.WithGetMsgSubject(subjectPrefix+"*"))
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return err
	}
	return r.missingError(ctx, st, r.missingLast)
}

// missingError is the error for the events from next to last, which the log lacks.
func (r *reader) missingError(ctx context.Context, st jetstream.Stream, last uint64) error {
	info, err := st.Info(ctx)
	if err != nil {
		return err
	}
	if first, _ := boundsOf(info); first > r.next {
		return &MissingError{First: r.next, Last: first - 1, reason: ErrPurged}
	}
	return &MissingError{First: r.next, Last: last, reason: ErrDamaged}
}

// deleteConsumer deletes the consumer if the connection is up; otherwise the server deletes it
// after consumerTimeout.
func (r *reader) deleteConsumer(ctx context.Context, l *connection, st jetstream.Stream, name string) {
	if l.closed.Err() != nil || !l.nc.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := st.DeleteConsumer(ctx, name); err != nil {
		r.j.log.Debug("couldn't remove a journal reader; it expires on its own", "err", err)
	}
}

// noteSeen notes that the log has an event with that sequence number.
func (j *Journal) noteSeen(seq uint64) {
	for {
		old := j.seen.Load()
		if seq <= old || j.seen.CompareAndSwap(old, seq) {
			return
		}
	}
}
