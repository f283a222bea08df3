// Package journal is the game's log: every event since the last snapshot, in the one order on which
// all servers agree. It is a NATS JetStream stream, on a server inside this process or on a cluster
// that several Clickky servers share. DESIGN.md explains why.
//
//   - An event that Append acknowledged survives a killed process and a power cut.
//   - An event is in the log once, however often its answer was lost and Append was repeated.
//   - Follow delivers every event once, in order, without gaps, or says which are missing.
//   - A full disk, or a cluster without a majority, stops only Append, which recovers by itself.
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

	"clickky/sync/game"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Names that are part of the format: other servers, newer versions and the nats tool find the log
// by them. The stream has one subject for each run of a server.
const (
	streamName    = "clickky"
	subjectPrefix = "clickky.v1.events."
	// identity is the key of the log's ID in the stream's metadata.
	identity = "clickky-journal"
)

// DefaultMaxBytes is the default limit of the log's size. A day in which a hundred players never
// stop clicking and the database is away takes about 2 GiB.
const DefaultMaxBytes = 8 << 30

// Config says where the log is stored.
type Config struct {
	// Dir is the directory of the log. It is created if necessary. The caller makes sure that no
	// other process uses it.
	Dir string
	// Conn is a connection to the NATS server or cluster that stores the log; Dir is then ignored.
	// It must reconnect by itself without buffering (nats.ReconnectBufSize(-1)). The caller closes
	// it, after the journal. A new log has a copy on each server of the cluster, but at most 3.
	Conn *nats.Conn
	// MaxBytes is the size at which Append fails with ErrNoSpace; 0 means DefaultMaxBytes. It is
	// stored with the log when that is created.
	MaxBytes int64
	// Log gets messages; nil discards them.
	Log *slog.Logger
}

// Journal is the log. Open one, and Close it.
type Journal struct {
	log            *slog.Logger
	backend        backend
	alarm          *alarm // raised if no answer may come
	stream         streamAPI
	id             string
	run            string
	shared         bool          // other servers append, too
	room           int           // maximum number of players in an event
	replicas       int           // of the log, when it was opened
	requestTimeout time.Duration // for the answer to one request
	// damageDelay is how long damage must last to be believed: a part of a cluster that was cut off
	// doesn't know the newest events.
	damageDelay  time.Duration
	quietTimeout time.Duration // how long a reader waits for any event before it asks for more

	closing       context.Context // ends with ErrClosed on Close
	cancelClosing context.CancelCauseFunc

	mu    sync.Mutex     // held while closing ends
	calls sync.WaitGroup // in progress; grows only before closing ends, while mu is held

	// turn is a lock for changes of the log: it has a value while somebody holds it. It is a
	// channel so that waiting can end with a context.
	turn chan struct{}
	own  ownEvents // guarded by turn

	seen atomic.Uint64 // a sequence number that certainly was in the log
}

// Open opens the log, creating it if necessary. The error has ErrNoSpace in its chain if the disk
// is full, and ErrDamaged if a log can't be read. It waits for a cluster that can't answer yet. ctx
// only limits opening.
func Open(ctx context.Context, c Config) (*Journal, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.Conn != nil {
		return openRemote(ctx, c)
	}
	return open(ctx, c, true)
}

// open can skip syncing to the disk, for tests and copies.
func open(ctx context.Context, c Config, sync bool) (*Journal, error) {
	e := &embedded{dir: c.Dir, log: c.Log, sync: sync, alarm: new(alarm)}
	info, err := e.open(ctx, c.MaxBytes)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal in %s: %w", c.Dir, err), e.close())
	}
	return newJournal(c, e, e.alarm, info), nil
}

func newJournal(c Config, b backend, a *alarm, info *jetstream.StreamInfo) *Journal {
	id := info.Config.Metadata[identity]
	j := &Journal{
		log:            c.Log,
		backend:        b,
		alarm:          a,
		stream:         &stream{backend: b, id: id},
		id:             id,
		run:            newRun(time.Now()),
		shared:         c.Conn != nil,
		room:           game.MaxEventPlayers,
		replicas:       max(info.Config.Replicas, 1),
		requestTimeout: requestTimeout,
		quietTimeout:   quietTimeout,
		turn:           make(chan struct{}, 1),
	}
	_, last := boundsOf(info)
	j.seen.Store(last)
	j.closing, j.cancelClosing = context.WithCancelCause(context.Background())
	return j
}

// newRun returns an ID that is unique for each start of a server and shows its time.
func newRun(now time.Time) string {
	return now.UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:10])
}

// ID identifies the log. It is created and stored with the log: another directory, or the same one
// after its contents were lost, has another ID.
func (j *Journal) ID() string { return j.id }

// Run is the ID of this start of the server. It is the Server of its events.
func (j *Journal) Run() string { return j.run }

// Room is how many players an event can name and certainly fit, at most game.MaxEventPlayers. The
// other limits of an event shrink in proportion. It depends on the cluster's max_payload.
func (j *Journal) Room() int { return j.room }

// Replicas returns on how many servers of a cluster the log was stored when it was opened. Other
// data of the game should have as many replicas.
func (j *Journal) Replicas() int { return j.replicas }

// Alive returns an error if a shared log doesn't answer before ctx ends, or isn't connected. An
// idle server uses it to notice that it is cut off: at once if the connection is lost, within
// seconds if the connection leads to a minority of the cluster. Then it connects to another server.
// Only one goroutine at a time may call it.
func (j *Journal) Alive(ctx context.Context) error {
	r, shared := j.backend.(*remote)
	if !shared {
		return nil
	}
	err := r.repair(ctx, 0)
	if err == nil {
		_, _, err = j.Bounds(ctx)
	}
	r.noteAnswer(err)
	return err
}

// Close ends all calls in progress, which return ErrClosed, waits for them, and shuts the log down.
// An append that was ended may or may not be in the log. Closing again does nothing.
func (j *Journal) Close() error {
	j.mu.Lock()
	closed := j.closing.Err() != nil
	j.cancelClosing(ErrClosed)
	j.mu.Unlock()
	if closed {
		return nil
	}
	j.calls.Wait()
	return j.backend.close()
}

// beginCall registers a call. The returned context ends with ctx or when the journal is closed.
// Without an error, the caller must call endCall.
func (j *Journal) beginCall(ctx context.Context) (_ context.Context, endCall func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing.Err() != nil {
		return nil, nil, ErrClosed
	}
	j.calls.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(j.closing, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil); j.calls.Done() }, nil
}

// acquire waits for the turn, which the caller must release.
func (j *Journal) acquire(ctx context.Context) error {
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

// sleep waits for d, and reports whether ctx is still running.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return ctx.Err() == nil
	}
}
