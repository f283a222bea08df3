package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

// record is a log that tests can read.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }
func (r *record) WithAttrs([]slog.Attr) slog.Handler           { return r }
func (r *record) WithGroup(string) slog.Handler                { return r }

func (r *record) Handle(_ context.Context, rec slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := rec.Level.String() + " " + rec.Message
	rec.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	r.lines = append(r.lines, line)
	return nil
}

func (r *record) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.lines...)
}

// openJournal opens a journal. The end of the test closes it, and checks that nothing is left of
// it.
func openJournal(t testing.TB, dir string) *Journal {
	t.Helper()
	return openedWith(t, Config{Dir: dir})
}

func openedWith(t testing.TB, c Config) *Journal {
	t.Helper()
	if _, ok := t.(*testing.T); ok {
		before := goleak.IgnoreCurrent()
		t.Cleanup(func() { goleak.VerifyNone(t, before) })
	}
	j, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, j) })
	return j
}

func closed(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// shortContext returns a context that ends long before the test's timeout.
func shortContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func clicks(name string, n uint64) Event {
	return Event{Event: game.Event{Clicks: map[string]uint64{name: n}}}
}

// appendClicks appends one click for each name and returns the last sequence number.
func appendClicks(t testing.TB, j *Journal, names ...string) (seq uint64) {
	t.Helper()
	for _, name := range names {
		var err error
		if seq, err = j.Append(shortContext(t), clicks(name, 1)); err != nil {
			t.Fatal(err)
		}
	}
	return seq
}

func logOf(r *record) *slog.Logger { return slog.New(r) }

func times(n int, name string) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = name
	}
	return names
}

var errStop = errors.New("enough")

// readAfter returns the events after a position up to the newest.
func readAfter(t testing.TB, j *Journal, after uint64) []Event {
	t.Helper()
	last, err := j.Last(shortContext(t))
	if err != nil {
		t.Fatal(err)
	}
	var events []Event
	if after >= last {
		return nil
	}
	err = j.Follow(longContext(t), after, func(seq uint64, e Event) error {
		if want := after + 1 + uint64(len(events)); seq != want {
			return fmt.Errorf("event %d instead of %d", seq, want)
		}
		if events = append(events, e); seq == last {
			return errStop
		}
		return nil
	})
	if !errors.Is(err, errStop) {
		t.Fatalf("Follow = %v", err)
	}
	return events
}

func bounds(t testing.TB, j *Journal) (first, last uint64) {
	t.Helper()
	first, last, err := j.Bounds(shortContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return first, last
}

func wantBounds(t testing.TB, j *Journal, first, last uint64) {
	t.Helper()
	if f, l := bounds(t, j); f != first || l != last {
		t.Fatalf("the journal has %d to %d, want %d to %d", f, l, first, last)
	}
}
