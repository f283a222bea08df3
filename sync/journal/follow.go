package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// A reader that hears nothing for two heartbeats starts anew. Those of a server in
	// this process are for the case that it is started again.
	heartbeat       = 2 * time.Second
	remoteHeartbeat = time.Second
	// batch and batchBytes bound what is on its way to a reader, or waits
	// there for a slow fold.
	batch      = 1000
	batchBytes = 2 * maxMessage
	// stall is after what time a reader asks why nothing comes, if it should.
	stall = 500 * time.Millisecond
	// idle is how long the server keeps the consumer of a reader that is gone.
	idle = time.Minute
)

// errAgain means that reading has to start anew where it was.
var errAgain = errors.New("events arrived out of order")

// foldError is an error of the fold, which ends Follow at once.
type foldError struct{ error }

// Follow calls fold for every event with a sequence number after the given
// one, in order, each once, and goes on with new ones as they come. The events
// belong to fold.
//
// It returns when ctx ends, with its error; when fold fails, with that error;
// and with ErrClosed. It fails with a *MissingError when an event is not there
// any more: under ErrCut because it was cut, also while fold was too slow, and
// under ErrDamaged because the log has lost it, or ends before the given
// position. It fails with ErrVersion at an event of a later version. Everything
// else, such as a lost connection, it gets over by itself.
func (j *Journal) Follow(ctx context.Context, after uint64, fold func(seq uint64, e Event) error) error {
	ctx, leave, err := j.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	r := &reader{j: j, next: after + 1, fold: fold}
	wait := firstPause
	var damage suspicion
	for {
		from := r.next
		err := r.read(ctx)
		if r.next > from {
			damage.clear()
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var failed foldError
		if errors.As(err, &failed) {
			return failed.error
		}
		hopeless := errors.Is(err, ErrCut) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrVersion)
		if hopeless && damage.confirmed(err, j.patience) {
			return fmt.Errorf("follow the journal after %d: %w", after, err)
		}
		j.log.Debug("restarting the journal reader", "next", r.next, "err", err)
		if r.next > from {
			wait = firstPause
		}
		if !pause(ctx, wait) {
			return context.Cause(ctx)
		}
		wait = min(2*wait, lastPause)
	}
}

// reader is one Follow.
type reader struct {
	j    *Journal
	next uint64 // the sequence number to deliver next
	// doubtful is the newest sequence number, if the log does not have that
	// event: no event may come then, though next is not after it.
	doubtful uint64
	fold     func(seq uint64, e Event) error
}

// read delivers events until something is in the way.
func (r *reader) read(ctx context.Context) error {
	l := r.j.backend.link()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.gone, cancel)()
	st, err := r.stream(ctx, l)
	if err != nil {
		return err
	}
	cons, err := r.consumer(ctx, st)
	if err != nil {
		return err
	}
	defer r.discard(ctx, l, st, cons.CachedInfo().Name)
	msgs, err := cons.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(batch, batchBytes),
		jetstream.PullHeartbeat(l.beat))
	if err != nil {
		return err
	}
	defer msgs.Stop()
	for {
		m, err := msgs.Next(r.patience(ctx))
		if errors.Is(err, nats.ErrTimeout) {
			err = r.stalled(ctx, st)
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

// consumer makes a consumer of its own, in memory, that starts where this reader is: what the
// client calls an ordered one, without its hidden retries. Where the context has a deadline, the
// client would wait until then for an answer that was lost.
func (r *reader) consumer(ctx context.Context, st jetstream.Stream) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.j.answer)
	defer cancel()
	return st.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       r.next,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: idle,
		MemoryStorage:     true,
		Replicas:          1,
	})
}

// patience is how long to wait for the next event: until there is one, unless
// there may be none though the log says so.
func (r *reader) patience(ctx context.Context) jetstream.NextOpt {
	if r.next <= r.doubtful {
		return jetstream.NextMaxWait(stall)
	}
	return jetstream.NextContext(ctx)
}

// stream looks the stream up and checks that it has what comes next.
func (r *reader) stream(ctx context.Context, l *link) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, r.j.answer)
	defer cancel()
	st, err := find(ctx, l.js, r.j.id)
	if err != nil {
		return nil, explained(err)
	}
	info := st.CachedInfo()
	first, last := boundsOf(info)
	switch {
	case r.next > last+1:
		return nil, &MissingError{First: last + 1, Last: r.next - 1, reason: ErrDamaged}
	case r.next < first:
		return nil, &MissingError{First: r.next, Last: first - 1, reason: ErrCut}
	case r.next <= last:
		r.doubtful = 0
		if _, err := st.GetMsg(ctx, last); err != nil {
			r.doubtful = last
		}
	}
	return st, nil
}

// deliver gives the message to fold if it is the next one.
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
		return r.gap(ctx, st, seq)
	}
	e, err := Decode(m.Data())
	if errors.Is(err, ErrVersion) {
		return fmt.Errorf("event %d: %w", seq, err)
	}
	if err != nil {
		return fmt.Errorf("%w: event %d: %w", ErrDamaged, seq, err)
	}
	if err := r.fold(seq, e); err != nil {
		return foldError{err}
	}
	r.next = seq + 1
	r.j.saw(seq)
	return nil
}

// gap finds out why seq came instead of the next event.
func (r *reader) gap(ctx context.Context, st jetstream.Stream, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, r.j.answer)
	defer cancel()
	_, err := st.GetMsg(ctx, r.next)
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return errors.Join(errAgain, err)
	}
	return r.missing(ctx, st, seq-1)
}

// stalled finds out why no event comes though the log should have the next
// one. It returns nil if there is only need to wait longer.
func (r *reader) stalled(ctx context.Context, st jetstream.Stream) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, r.j.answer)
	defer cancel()
	_, err := st.GetMsg(ctx, r.next, jetstream.WithGetMsgSubject(subjectPrefix+"*"))
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return err
	}
	return r.missing(ctx, st, r.doubtful)
}

// missing is the error for the events from the next one to the last, which the
// log does not have.
func (r *reader) missing(ctx context.Context, st jetstream.Stream, last uint64) error {
	info, err := st.Info(ctx)
	if err != nil {
		return err
	}
	if first, _ := boundsOf(info); first > r.next {
		return &MissingError{First: r.next, Last: first - 1, reason: ErrCut}
	}
	return &MissingError{First: r.next, Last: last, reason: ErrDamaged}
}

// discard deletes the consumer if that is possible at once; otherwise the
// server does when it was idle for long enough.
func (r *reader) discard(ctx context.Context, l *link, st jetstream.Stream, name string) {
	if l.gone.Err() != nil || !l.nc.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := st.DeleteConsumer(ctx, name); err != nil {
		r.j.log.Debug("couldn't remove a journal reader; it expires on its own", "err", err)
	}
}

// saw notes that the log has an event with that sequence number.
func (j *Journal) saw(seq uint64) {
	for {
		old := j.seen.Load()
		if seq <= old || j.seen.CompareAndSwap(old, seq) {
			return
		}
	}
}
