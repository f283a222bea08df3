// Package journal is the game's log: every event that happened since the last
// snapshot, in the one order that all servers agree on. It is a stream of NATS
// JetStream, kept by a server inside this process.
//
// It guarantees that
//   - an event that Append has acknowledged is on the disk: it survives a
//     killed process and a power cut;
//   - an event is in the log once, however often its answer was lost and Append
//     was called again, because each append says which event of this server it
//     comes after, and an unknown outcome is settled by reading;
//   - Follow delivers every event once, in order, without gaps, or says which
//     are missing;
//   - a full disk stops nothing but Append, which fails until there is space
//     again, and goes on then by itself; nothing is lost or doubled by it.
//
// All methods are safe for concurrent use.
package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Names that are part of the format: other servers, later versions and the
// nats tool know the log by them. The stream has one subject for each run of a
// server.
const (
	streamName    = "clickky"
	subjectPrefix = "clickky.v1.events."
	// identity is the key in the stream's metadata that has the log's ID.
	identity = "clickky-journal"
)

// DefaultMaxBytes is how large the log may grow: a day in which a hundred
// players never stop clicking and the database is away is about 2 GiB.
const DefaultMaxBytes = 8 << 30

// Config says where the log is kept.
type Config struct {
	// Dir is the directory of the log, which is made if it is missing. The
	// caller sees to it that no other process uses it.
	Dir string
	// MaxBytes is how many bytes the log may have before Append fails with
	// ErrNoSpace; 0: DefaultMaxBytes. It counts when the log is made, and is
	// kept with it.
	MaxBytes int64
	// Log gets what happens; nil: nobody.
	Log *slog.Logger
}

// Journal is the log. Open one, and Close it.
type Journal struct {
	log     *slog.Logger
	backend backend
	wire    wire
	id      string
	run     string
	answer  time.Duration // how long an append waits for its answer

	closing context.Context // ends with ErrClosed when Close is called
	shut    context.CancelCauseFunc

	mu     sync.Mutex
	closed bool
	users  sync.WaitGroup // calls in progress; grows only while not closed

	// turn is held by whoever changes the log: it has a value when somebody
	// does. A channel, so that waiting for it ends with a context.
	turn chan struct{}
	own  own // guarded by turn

	seen atomic.Uint64 // a sequence number that certainly was in the log
}

// Open opens the log in the directory, making it if there is none. The error
// has ErrNoSpace in its chain when the disk is full, ErrDamaged when there is a
// log that cannot be read, and says in any case what is the matter. ctx bounds
// the opening only.
func Open(ctx context.Context, c Config) (*Journal, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	return open(ctx, c, true)
}

// open can leave out syncing to the disk, for what is prepared in tests.
func open(ctx context.Context, c Config, sync bool) (*Journal, error) {
	e := &embedded{dir: c.Dir, log: c.Log, sync: sync}
	if err := e.prepare(); err != nil {
		return nil, fmt.Errorf("open the journal in %s: %w", c.Dir, err)
	}
	if err := e.start(); err != nil {
		return nil, fmt.Errorf("open the journal in %s: %w", c.Dir, err)
	}
	id, last, err := ensure(ctx, e.link().js, c.MaxBytes, e.absent)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal in %s: %w", c.Dir, err), e.close())
	}
	// The server syncs what it writes, but not every directory above it.
	if err := e.settled(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal in %s: %w", c.Dir, err), e.close())
	}
	j := &Journal{
		log:     c.Log,
		backend: e,
		wire:    &stream{backend: e},
		id:      id,
		run:     newRun(time.Now()),
		answer:  answer,
		turn:    make(chan struct{}, 1),
	}
	j.seen.Store(last)
	j.closing, j.shut = context.WithCancelCause(context.Background())
	return j, nil
}

// newRun makes a name that no other start of a server has, and that tells a
// person when it was.
func newRun(now time.Time) string {
	return now.UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:10])
}

// ID identifies the log. It was made with the log and is kept with it: another
// directory, or the same one after its contents were lost, has another ID.
func (j *Journal) ID() string { return j.id }

// Run is the name under which this start of a server appends. It is the Server
// of its events.
func (j *Journal) Run() string { return j.run }

// Close ends all calls in progress, which return ErrClosed, waits for them,
// and shuts the log down. What an append that was ended had not acknowledged
// may or may not be in the log. Closing again does nothing.
func (j *Journal) Close() error {
	j.mu.Lock()
	closed := j.closed
	j.closed = true
	j.mu.Unlock()
	if closed {
		return nil
	}
	j.shut(ErrClosed)
	j.users.Wait()
	return j.backend.close()
}

// enter begins a call. The context that it returns ends with ctx or when the
// journal is closed. The caller calls leave at the end, if there is no error.
func (j *Journal) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, nil, ErrClosed
	}
	j.users.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(j.closing, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil); j.users.Done() }, nil
}

// take waits for the turn, which the caller gives back with release.
func (j *Journal) take(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case j.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (j *Journal) release() { <-j.turn }

// pause tells whether it slept to the end.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}
