package journal

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// following is a Follow on its own goroutine.
type following struct {
	seqs   chan uint64 // what it delivered
	result chan error
	cancel context.CancelFunc
}

func follow(t *testing.T, j *Journal, after uint64) *following {
	t.Helper()
	ctx, cancel := context.WithCancel(shortContext(t))
	f := &following{seqs: make(chan uint64), result: make(chan error, 1), cancel: cancel}
	go func() {
		f.result <- j.Follow(ctx, after, func(seq uint64, e Event) error {
			if e.Clicks["alice"] != seq {
				return fmt.Errorf("event %d is %+v", seq, e)
			}
			select {
			case f.seqs <- seq:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	t.Cleanup(cancel)
	return f
}

// want waits for the events from first to last.
func (f *following) want(t *testing.T, first, last uint64) {
	t.Helper()
	for want := first; want <= last; want++ {
		select {
		case got := <-f.seqs:
			if got != want {
				t.Fatalf("event %d instead of %d", got, want)
			}
		case err := <-f.result:
			t.Fatalf("Follow = %v before event %d", err, want)
		}
	}
}

// appendCounted appends events whose clicks are their sequence numbers.
func appendCounted(t *testing.T, j *Journal, first, last uint64) {
	t.Helper()
	for seq := first; seq <= last; seq++ {
		if got, err := j.Append(shortContext(t), clicks("alice", seq)); err != nil || got != seq {
			t.Fatalf("Append = %d, %v; want %d", got, err, seq)
		}
	}
}

func TestFollowYieldsOldAndNewEvents(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendCounted(t, j, 1, 50)
	all, some, none := follow(t, j, 0), follow(t, j, 20), follow(t, j, 50)
	all.want(t, 1, 50)
	some.want(t, 21, 50)
	appendCounted(t, j, 51, 60)
	for _, f := range []*following{all, some, none} {
		f.want(t, 51, 60)
		f.cancel()
		if err := <-f.result; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow = %v", err)
		}
	}
}

func TestFollowEndsWithErrorOfCallback(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendCounted(t, j, 1, 3)
	calls := 0
	err := j.Follow(shortContext(t), 0, func(uint64, Event) error { calls++; return ErrPurged })
	if err != ErrPurged || calls != 1 { // the same error
		t.Errorf("Follow = %v after %d calls", err, calls)
	}
}

func TestFollowEndsWithClose(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendCounted(t, j, 1, 3)
	f := follow(t, j, 0)
	f.want(t, 1, 3)
	closed(t, j)
	if err := <-f.result; !errors.Is(err, ErrClosed) {
		t.Errorf("Follow = %v, want ErrClosed", err)
	}
}

func TestFollowContinuesAfterLostConnection(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := follow(t, j, 0)
	last := uint64(0)
	for range 5 {
		appendCounted(t, j, last+1, last+20)
		f.want(t, last+1, last+10)
		if err := j.backend.connection().nc.ForceReconnect(); err != nil {
			t.Fatal(err)
		}
		appendCounted(t, j, last+21, last+30)
		f.want(t, last+11, last+30)
		last += 30
	}
}

func TestFollowContinuesAfterServerRestart(t *testing.T) {
	j := openJournal(t, t.TempDir())
	e, _ := j.backend.(*embedded)
	f := follow(t, j, 0)
	last := uint64(0)
	for range 3 {
		appendCounted(t, j, last+1, last+20)
		f.want(t, last+1, last+10)
		e.stop()
		if err := e.start(); err != nil {
			t.Fatal(err)
		}
		appendCounted(t, j, last+21, last+30)
		f.want(t, last+11, last+30)
		last += 30
	}
}

func TestFollowContinuesAfterLostConsumer(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := follow(t, j, 0)
	appendCounted(t, j, 1, 1)
	f.want(t, 1, 1)
	st, err := j.backend.connection().js.Stream(shortContext(t), streamName)
	if err != nil {
		t.Fatal(err)
	}
	for name := range st.ConsumerNames(shortContext(t)).Name() {
		if err := st.DeleteConsumer(shortContext(t), name); err != nil {
			t.Fatal(err)
		}
	}
	appendCounted(t, j, 2, 10)
	f.want(t, 2, 10)
}

// TestFollowContinuesAfterSilentConsumer has a consumer that sends heartbeats, but no events, as one
// does whose server has a copy of the log that stays behind.
func TestFollowContinuesAfterSilentConsumer(t *testing.T) {
	j := openJournal(t, t.TempDir())
	j.quietTimeout = 100 * time.Millisecond
	f := follow(t, j, 0)
	appendCounted(t, j, 1, 1)
	f.want(t, 1, 1)
	js := j.backend.connection().js
	st, err := js.Stream(shortContext(t), streamName)
	if err != nil {
		t.Fatal(err)
	}
	for name := range st.ConsumerNames(shortContext(t)).Name() {
		if _, err := js.PauseConsumer(shortContext(t), streamName, name, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	appendCounted(t, j, 2, 10)
	f.want(t, 2, 10)
}

func TestFollowSlowlyMissesNothing(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := follow(t, j, 0)
	last := uint64(2*batch + 100) // more than the reader buffers
	writeEvents(t, j, last, func(i uint64) Event { return otherServersEvent(i, clicks("alice", i)) })
	f.want(t, 1, last)
}

func TestFollowReportsPurgeAhead(t *testing.T) {
	j := openJournal(t, t.TempDir())
	last := uint64(3 * batch)
	writeEvents(t, j, last, func(i uint64) Event { return otherServersEvent(i, clicks("alice", i)) })
	f := follow(t, j, 0)
	f.want(t, 1, 1) // slow from now on
	if err := j.Purge(shortContext(t), last-10); err != nil {
		t.Fatal(err)
	}
	for { // buffered events may still come
		select {
		case <-f.seqs:
			continue
		case err := <-f.result:
			var missing *MissingError
			if !errors.Is(err, ErrPurged) || !errors.As(err, &missing) || missing.Last != last-10 {
				t.Errorf("Follow = %v", err)
			}
		}
		return
	}
}

func TestFollowReportsPurgeBeforeStart(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendCounted(t, j, 1, 10)
	if err := j.Purge(shortContext(t), 6); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[uint64]MissingError{
		0:  {First: 1, Last: 6, reason: ErrPurged},
		5:  {First: 6, Last: 6, reason: ErrPurged},
		11: {First: 11, Last: 11, reason: ErrDamaged},
		99: {First: 11, Last: 99, reason: ErrDamaged},
	} {
		err := j.Follow(shortContext(t), after, func(uint64, Event) error { return errStop })
		var got *MissingError
		if !errors.As(err, &got) || *got != want || !errors.Is(err, want.reason) {
			t.Errorf("Follow(%d) = %v, want %v", after, err, &want)
		}
	}
	f := follow(t, j, 6)
	f.want(t, 7, 10)
}

func TestFollowRejectsUnknownVersion(t *testing.T) {
	for data, want := range map[string]error{
		`{"v":6,"server":7,"clicks":[]}`: ErrVersion,
		`{"v":1}`:                        ErrDamaged,
		`hello`:                          ErrDamaged,
	} {
		j := openJournal(t, t.TempDir())
		appendCounted(t, j, 1, 2)
		if _, err := j.stream.publish(shortContext(t), subjectPrefix+"other", []byte(data), 0); err != nil {
			t.Fatal(err)
		}
		var last uint64
		err := j.Follow(shortContext(t), 0, func(seq uint64, _ Event) error { last = seq; return nil })
		if !errors.Is(err, want) || last != 2 {
			t.Errorf("Follow = %v after event %d, want %v", err, last, want)
		}
		closed(t, j)
	}
}

func TestFollowReportsOtherLog(t *testing.T) {
	j := openJournal(t, t.TempDir())
	js := j.backend.connection().js
	if err := js.DeleteStream(shortContext(t), streamName); err != nil {
		t.Fatal(err)
	}
	if err := j.Follow(shortContext(t), 0, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("Follow of no log = %v", err)
	}
	if _, err := create(shortContext(t), js, streamConfig(DefaultMaxBytes, 1)); err != nil {
		t.Fatal(err)
	}
	if err := j.Follow(shortContext(t), 0, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("Follow of another log = %v", err)
	}
}

// otherServersEvent returns another server's i-th event.
func otherServersEvent(i uint64, e Event) Event {
	e.Server, e.Number = "other", i
	return e
}

// writeEvents appends n events as another server, without waiting for each answer.
func writeEvents(t testing.TB, j *Journal, n uint64, event func(i uint64) Event) {
	t.Helper()
	js, err := jetstream.New(j.backend.connection().nc, jetstream.WithPublishAsyncMaxPending(4000))
	if err != nil {
		t.Fatal(err)
	}
	defer js.CleanupPublisher()
	var last jetstream.PubAckFuture
	for i := uint64(1); i <= n; i++ {
		data, err := Encode(event(i))
		if err != nil {
			t.Fatal(err)
		}
		if last, err = js.PublishAsync(subjectPrefix+"other", data); err != nil {
			t.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
	select {
	case ack := <-last.Ok():
		if ack.Sequence != n {
			t.Fatalf("the last of %d events is %d", n, ack.Sequence)
		}
	case err := <-last.Err():
		t.Fatal(err)
	}
}

func TestFollowRetriesUnansweredConsumer(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendClicks(t, j, "alice")
	j.requestTimeout = 50 * time.Millisecond
	e, _ := j.backend.(*embedded)
	l := *e.connection()
	js := &unanswered{JetStream: l.js}
	l.js = js
	e.current.Store(&l)
	if got := readAfter(t, j, 0); len(got) != 1 {
		t.Errorf("%d events are read of 1", len(got))
	}
	if js.asked < 2 {
		t.Errorf("a consumer was asked for %d times", js.asked)
	}
}

// unanswered is a JetStream that doesn't answer the first request for a consumer.
type unanswered struct {
	jetstream.JetStream

	asked int
}

func (u *unanswered) Stream(ctx context.Context, name string) (jetstream.Stream, error) {
	st, err := u.JetStream.Stream(ctx, name)
	return &unansweredStream{st, u}, err
}

type unansweredStream struct {
	jetstream.Stream

	of *unanswered
}

func (u *unansweredStream) CreateConsumer(ctx context.Context, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if u.of.asked++; u.of.asked == 1 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return u.Stream.CreateConsumer(ctx, c)
}
