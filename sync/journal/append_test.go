package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// faultyStream is a stream with faults. A fault gets the request and decides whether to carry it
// out, and what to answer.
type faultyStream struct {
	streamAPI

	onPublish func(do func() (uint64, error)) (uint64, error)
	onLastOf  func() error
	published int
}

func (f *faultyStream) publish(ctx context.Context, subject string, data []byte, after uint64) (uint64, error) {
	f.published++
	do := func() (uint64, error) {
		return f.streamAPI.publish(context.WithoutCancel(ctx), subject, data, after)
	}
	if f.onPublish == nil {
		return do()
	}
	return f.onPublish(do)
}

func (f *faultyStream) lastOf(ctx context.Context, subject string) (uint64, []byte, bool, error) {
	if f.onLastOf != nil {
		if err := f.onLastOf(); err != nil {
			return 0, nil, false, err
		}
	}
	return f.streamAPI.lastOf(ctx, subject)
}

func broken(j *Journal) *faultyStream {
	f := &faultyStream{streamAPI: j.stream}
	j.stream = f
	return f
}

var errLost = errors.New("the answer was lost")

// once makes a fault happen only every other time, so that a retry helps.
func once(fault func(do func() (uint64, error)) (uint64, error)) func(func() (uint64, error)) (uint64, error) {
	calls := 0
	return func(do func() (uint64, error)) (uint64, error) {
		if calls++; calls%2 == 1 {
			return fault(do)
		}
		return do()
	}
}

func wantNumbered(t *testing.T, events []Event, want int) {
	t.Helper()
	for i, e := range events {
		if e.Number != uint64(i)+1 {
			t.Fatalf("event %d has number %d", i+1, e.Number)
		}
	}
	if len(events) != want {
		t.Fatalf("the journal has %d events, want %d", len(events), want)
	}
}

func TestAppendIsReadBackUnchanged(t *testing.T) {
	j := openJournal(t, t.TempDir())
	at := time.Date(2026, 11, 23, 1, 2, 3, 4e6, time.UTC)
	for n := uint64(1); n <= 3; n++ {
		seq, err := j.Append(shortContext(t), Event{Event: game.Event{At: at, Clicks: map[string]uint64{"bob": n, "alice": 1 << 60}}})
		if err != nil || seq != n {
			t.Fatalf("Append = %d, %v; want %d", seq, err, n)
		}
	}
	events := readAfter(t, j, 0)
	wantNumbered(t, events, 3)
	e := events[2]
	if e.Version != 1 || e.Server != j.Run() || !e.At.Equal(at) || len(e.Clicks) != 2 || e.Clicks["bob"] != 3 || e.Clicks["alice"] != 1<<60 {
		t.Errorf("the third event is %+v", e)
	}
}

func TestAppendLostAnswerDoesNotDuplicate(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := broken(j)
	f.onPublish = func(do func() (uint64, error)) (uint64, error) {
		if _, err := do(); err != nil {
			return 0, err
		}
		return 0, errLost
	}
	appendClicks(t, j, times(20, "alice")...)
	wantNumbered(t, readAfter(t, j, 0), 20)
	if f.published != 20 {
		t.Errorf("20 events were sent %d times", f.published)
	}
}

func TestAppendWaitIsBounded(t *testing.T) {
	j := openJournal(t, t.TempDir())
	j.requestTimeout = 30 * time.Millisecond
	f := &hangingStream{streamAPI: j.stream}
	j.stream = f
	appendClicks(t, j, times(20, "alice")...)
	wantNumbered(t, readAfter(t, j, 0), 20)
	if f.hung < 20 {
		t.Errorf("%d answers were swallowed", f.hung)
	}
}

// hangingStream answers no append.
type hangingStream struct {
	streamAPI

	hung int
}

func (h *hangingStream) publish(ctx context.Context, subject string, data []byte, after uint64) (uint64, error) {
	if _, err := h.streamAPI.publish(context.WithoutCancel(ctx), subject, data, after); err != nil {
		return 0, err
	}
	h.hung++
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestAppendThatNeverArrivedIsSentAgain(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := broken(j)
	f.onPublish = once(func(func() (uint64, error)) (uint64, error) { return 0, errLost })
	appendClicks(t, j, times(20, "alice")...)
	wantNumbered(t, readAfter(t, j, 0), 20)
	if f.published != 40 {
		t.Errorf("20 events were sent %d times", f.published)
	}
}

func TestAppendRetriesSettling(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := broken(j)
	f.onPublish = once(func(do func() (uint64, error)) (uint64, error) { _, _ = do(); return 0, errLost })
	reads := 0
	f.onLastOf = func() error {
		if reads++; reads%3 != 0 {
			return errLost
		}
		return nil
	}
	appendClicks(t, j, times(5, "alice")...)
	wantNumbered(t, readAfter(t, j, 0), 5)
}

func TestAppendArrivingLateIsRejected(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := broken(j)
	var late []func() (uint64, error)
	f.onPublish = once(func(do func() (uint64, error)) (uint64, error) {
		late = append(late, do)
		return 0, errLost
	})
	for range 5 { // the first, which expects an empty subject, and later ones
		seq := appendClicks(t, j, "alice")
		if err := j.Purge(shortContext(t), seq); err != nil {
			t.Fatal(err)
		}
		for i, do := range late {
			if got, err := do(); errorCode(err) != jetstream.JSErrCodeStreamWrongLastSequence {
				t.Fatalf("late append %d = %d, %v; want it refused", i+1, got, err)
			}
		}
	}
	wantBounds(t, j, 5, 5)
}

func TestAppendOfUnknownOutcomeMustBeRepeated(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := broken(j)
	down := true
	f.onPublish = func(do func() (uint64, error)) (uint64, error) {
		seq, err := do()
		if down {
			return 0, errLost
		}
		return seq, err
	}
	f.onLastOf = func() error {
		if down {
			return errLost
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := j.Append(ctx, clicks("alice", 1))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errLost) || !strings.Contains(err.Error(), "may be in the log") {
		t.Fatalf("Append = %v", err)
	}
	down = false
	if _, err := j.Append(shortContext(t), clicks("alice", 2)); !errors.Is(err, ErrUnsettled) {
		t.Fatalf("Append of another event = %v, want ErrUnsettled", err)
	}
	if seq, err := j.Append(shortContext(t), clicks("alice", 1)); seq != 1 || err != nil {
		t.Fatalf("Append of the same event = %d, %v", seq, err)
	}
	if seq := appendClicks(t, j, "bob"); seq != 2 {
		t.Errorf("the next event is %d", seq)
	}
	wantNumbered(t, readAfter(t, j, 0), 2)
}

func TestAppendRejectedEventMayBeReplaced(t *testing.T) {
	j := openJournal(t, t.TempDir())
	big := Event{Event: game.Event{Clicks: map[string]uint64{}}}
	for i := range game.MaxEventPlayers + 1 {
		big.Clicks[nameOf(i)] = 1
	}
	if _, err := j.Append(shortContext(t), big); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("Append of %d players = %v", len(big.Clicks), err)
	}
	if _, err := j.Append(shortContext(t), clicks(strings.Repeat("x", maxEvent), 1)); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("Append of a very long name = %v", err)
	}
	delete(big.Clicks, nameOf(0))
	if _, err := j.Append(shortContext(t), big); err != nil {
		t.Fatal(err)
	}
	if events := readAfter(t, j, 0); len(events) != 1 || len(events[0].Clicks) != game.MaxEventPlayers {
		t.Errorf("the journal has %d events", len(events))
	}
}

func TestAppendLongestNamesFit(t *testing.T) {
	j := openJournal(t, t.TempDir())
	e := Event{Event: game.Event{Clicks: map[string]uint64{}}}
	for i := range game.MaxEventPlayers {
		e.Clicks[strings.Repeat("\x01", 95)+fmt.Sprintf("%05d", i)] = 1<<64 - 1
	}
	if _, err := j.Append(shortContext(t), e); err != nil {
		t.Fatal(err)
	}
	if events := readAfter(t, j, 0); len(events) != 1 || len(events[0].Clicks) != game.MaxEventPlayers {
		t.Errorf("the journal has %d events", len(events))
	}
}

func TestAppendIsSerialized(t *testing.T) {
	j := openJournal(t, t.TempDir())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := j.Append(shortContext(t), clicks(nameOf(i), 1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantNumbered(t, readAfter(t, j, 0), 80)
}

func TestAppendToFullLogFailsUntilPurge(t *testing.T) {
	j := openedWith(t, Config{Dir: t.TempDir(), MaxBytes: 20 << 10})
	var seq uint64
	var err error
	for err == nil {
		var s uint64
		if s, err = j.Append(shortContext(t), clicks("alice", 1)); err == nil {
			seq = s
		}
	}
	if !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), "not in the log") {
		t.Fatalf("Append to a full log = %v", err)
	}
	if err := j.Purge(shortContext(t), seq/2); err != nil {
		t.Fatal(err)
	}
	if got := appendClicks(t, j, "bob"); got != seq+1 {
		t.Errorf("Append = %d, want %d", got, seq+1)
	}
}

func TestAppendEndsWithContextAndClose(t *testing.T) {
	j := openJournal(t, t.TempDir())
	hang := make(chan struct{})
	j.stream = &stuckStream{streamAPI: j.stream, reached: hang}
	result := make(chan error)
	go func() {
		_, err := j.Append(t.Context(), clicks("alice", 1))
		result <- err
	}()
	<-hang
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Append(ended, clicks("bob", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Append behind another one = %v", err)
	}
	closed(t, j)
	if err := <-result; !errors.Is(err, ErrClosed) {
		t.Errorf("Append = %v, want ErrClosed", err)
	}
	if _, err := j.Append(t.Context(), clicks("alice", 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Append after Close = %v, want ErrClosed", err)
	}
}

// stuckStream answers no append, and signals each request.
type stuckStream struct {
	streamAPI

	reached chan struct{}
}

func (s *stuckStream) publish(ctx context.Context, _ string, _ []byte, _ uint64) (uint64, error) {
	close(s.reached)
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestAppendRejectedByClusterMayBeInLog holds that only an event that was never sent is
// certain to be missing.
func TestAppendRejectedByClusterMayBeInLog(t *testing.T) {
	stopped := &jetstream.APIError{Code: 503, ErrorCode: codeStoreFailed, Description: "store is closed"}
	for what, c := range map[string]struct {
		err     error
		cluster bool // certainly rejected on a cluster
		alone   bool // and by a single server
	}{
		"stopped":       {stopped, false, true},
		"wrong last":    {&jetstream.APIError{ErrorCode: jetstream.JSErrCodeStreamWrongLastSequence}, false, true},
		"wrong last, R": {&jetstream.APIError{ErrorCode: jetstream.JSErrCodeStreamWrongLastSequenceConstant}, false, true},
		"too large":     {nats.ErrMaxPayload, true, true},
		"not sent":      {nats.ErrReconnectBufExceeded, true, true},
		"nobody there":  {nats.ErrNoResponders, false, true},
		"no answer":     {context.DeadlineExceeded, false, false},
	} {
		if isCertainlyRejected(c.err, true) != c.cluster || isCertainlyRejected(c.err, false) != c.alone {
			t.Errorf("%s: %v on a cluster, %v on a single server", what, isCertainlyRejected(c.err, true), isCertainlyRejected(c.err, false))
		}
	}
	j := openJournal(t, t.TempDir())
	j.shared = true
	f := broken(j)
	f.onPublish = once(func(do func() (uint64, error)) (uint64, error) {
		if _, err := do(); err != nil {
			return 0, err
		}
		return 0, stopped
	})
	appendClicks(t, j, times(10, "alice")...)
	wantNumbered(t, readAfter(t, j, 0), 10)
}
