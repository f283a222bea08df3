package journal

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

func TestPurgeKeepsBounds(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	wantBounds(t, j, 1, 0)
	appendClicks(t, j, times(10, "alice")...)
	wantBounds(t, j, 1, 10)
	if err := j.Purge(shortContext(t), 4); err != nil {
		t.Fatal(err)
	}
	wantBounds(t, j, 5, 10)
	closed(t, j)

	j = openJournal(t, dir) // no own event must be kept
	wantBounds(t, j, 5, 10)
	for _, upTo := range []uint64{99, 10, 3, 0} {
		if err := j.Purge(shortContext(t), upTo); err != nil {
			t.Fatal(err)
		}
		wantBounds(t, j, 11, 10)
	}
	closed(t, j)

	j = openJournal(t, dir)
	wantBounds(t, j, 11, 10)
	if seq := appendClicks(t, j, "alice"); seq != 11 {
		t.Errorf("the next event is %d", seq)
	}
}

func TestPurgeKeepsNewestOwnEvent(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendClicks(t, j, times(3, "alice")...)
	if err := j.Purge(shortContext(t), 3); err != nil {
		t.Fatal(err)
	}
	wantBounds(t, j, 3, 3)
	appendClicks(t, j, "alice")
	if events := readAfter(t, j, 2); len(events) != 2 || events[1].Number != 4 {
		t.Errorf("the journal has %+v", events)
	}
}

func TestPurgeKeepsUnacknowledgedEvent(t *testing.T) {
	for _, before := range []uint64{0, 1, 5} {
		j := openJournal(t, t.TempDir())
		appendClicks(t, j, times(int(before), "alice")...)
		f := broken(j)
		ctx, cancel := context.WithCancel(t.Context())
		f.onPublish = func(do func() (uint64, error)) (uint64, error) {
			_, _ = do()
			cancel() // so that Append can't resolve it
			return 0, errLost
		}
		if _, err := j.Append(ctx, clicks("bob", 1)); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		if err := j.Purge(shortContext(t), 99); err != nil {
			t.Fatal(err)
		}
		f.onPublish = nil
		if seq, err := j.Append(shortContext(t), clicks("bob", 1)); err != nil || seq != before+1 {
			t.Fatalf("Append again = %d, %v", seq, err)
		}
		wantBounds(t, j, before+1, before+1)
		closed(t, j)
	}
}

func TestPurgeDuringAppendLosesNothing(t *testing.T) {
	j := openJournal(t, t.TempDir())
	f := broken(j)
	n := 0
	f.onPublish = func(do func() (uint64, error)) (uint64, error) {
		switch n++; n % 5 {
		case 0:
			_, _ = do()
			return 0, errLost
		case 1:
			return 0, errLost
		}
		return do()
	}
	const events = 120
	seen := make(chan uint64, events)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(seen)
		var next uint64
		err := j.Follow(shortContext(t), 0, func(seq uint64, e Event) error {
			if next++; seq != next || e.Number != next {
				t.Errorf("event %d, number %d, instead of %d", seq, e.Number, next)
			}
			seen <- seq
			if seq == events {
				return errStop
			}
			return nil
		})
		if !errors.Is(err, errStop) {
			t.Errorf("Follow = %v", err)
		}
	})
	wg.Go(func() {
		for seq := range seen {
			if err := j.Purge(shortContext(t), seq); err != nil {
				t.Error(err)
			}
		}
	})
	appendClicks(t, j, times(events, "alice")...)
	wg.Wait()
	wantBounds(t, j, events, events)
}

// purgeElsewhere purges as another server would that doesn't know of this one.
func purgeElsewhere(t *testing.T, j *Journal, upTo uint64) {
	t.Helper()
	if err := j.stream.purge(shortContext(t), upTo+1); err != nil {
		t.Fatal(err)
	}
}

func TestPurgeByOtherServerOfNewestOwnEvent(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendClicks(t, j, times(3, "alice")...)
	purgeElsewhere(t, j, 3)
	// JetStream expects the current last sequence: 0, not 3.
	if _, err := j.stream.publish(shortContext(t), j.subject(), []byte("x"), 3); errorCode(err) != jetstream.JSErrCodeStreamWrongLastSequence {
		t.Fatalf("an append after an event that was cut = %v, want it refused", err)
	}
	if seq := appendClicks(t, j, "alice"); seq != 4 {
		t.Errorf("Append = %d", seq)
	}
	appendClicks(t, j, "alice")
	if events := readAfter(t, j, 3); len(events) != 2 || events[0].Number != 4 || events[1].Number != 5 {
		t.Errorf("the journal has %+v", events)
	}
}

func TestPurgeBeforeLostAnswerIsSettled(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendClicks(t, j, times(3, "alice")...)
	f := broken(j)
	f.onPublish = once(func(func() (uint64, error)) (uint64, error) {
		purgeElsewhere(t, j, 3)
		return 0, errLost
	})
	if seq := appendClicks(t, j, "alice"); seq != 4 {
		t.Errorf("Append = %d", seq)
	}
	wantBounds(t, j, 4, 4)
}

func TestPurgeHidesOutcome(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendClicks(t, j, times(3, "alice")...)
	f := broken(j)
	f.onPublish = func(do func() (uint64, error)) (uint64, error) {
		_, _ = do()
		purgeElsewhere(t, j, 4)
		return 0, errLost
	}
	if _, err := j.Append(shortContext(t), clicks("alice", 1)); !errors.Is(err, ErrPurged) {
		t.Errorf("Append = %v, want ErrPurged", err)
	}
	wantBounds(t, j, 5, 4)
}

func TestPurgeAndBoundsEndWithContextAndClose(t *testing.T) {
	j := openJournal(t, t.TempDir())
	appendClicks(t, j, "alice")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Purge(ended, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Purge = %v", err)
	}
	if _, _, err := j.Bounds(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Bounds = %v", err)
	}
	closed(t, j)
	for name, call := range map[string]func() error{
		"Purge": func() error { return j.Purge(t.Context(), 1) },
		"Last":  func() error { _, err := j.Last(t.Context()); return err },
		"Bounds": func() error {
			_, _, err := j.Bounds(t.Context())
			return err
		},
		"Follow": func() error { return j.Follow(t.Context(), 0, nil) },
		"Close":  func() error { return errors.Join(ErrClosed, j.Close()) },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close = %v", name, err)
		}
	}
}
