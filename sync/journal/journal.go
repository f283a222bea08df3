// Package journal is the game's log: every event that happened since the last
// snapshot, in the one order that all servers agree on. It is a stream of NATS
// JetStream, kept by a server inside this process, or by a cluster elsewhere that
// several Clickky servers share.
//
// It guarantees that
//   - an event that Append has acknowledged is on the disk: it survives a
//     killed process and a power cut. On a cluster it is with a majority of the
//     servers that have a copy of the stream, and survives the loss of all others;
//     whether each of them has synced it to its disk by then is up to its own
//     configuration (sync_interval: always);
//   - an event is in the log once, however often its answer was lost and Append
//     was called again, because each append says which event of this server it
//     comes after, and an unknown outcome is settled by reading;
//   - Follow delivers every event once, in order, without gaps, or says which
//     are missing;
//   - a full disk stops nothing but Append, which fails until there is space
//     again, and goes on then by itself; nothing is lost or doubled by it;
//   - nor does a cluster that is out of reach, or has no majority, or is just
//     choosing another leader. What a part of it that was cut off says about the
//     end of the log is not taken for damage, unless it stays so.
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
	// Conn is a connection to the NATS server or cluster that keeps the log; then
	// Dir means nothing. It must reconnect by itself and buffer nothing meanwhile
	// (nats.ReconnectBufSize(-1)). The caller closes it, after the journal.
	Conn *nats.Conn
	// Replicas is how many servers of a cluster have a copy of the log; 0: as many
	// as there are, and at most 3. It counts when the log is made.
	Replicas int
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
	alarms  *alarms // raised when there is reason to think that no answer will come
	wire    wire
	id      string
	run     string
	shared  bool          // other servers append too
	room    int           // how many players an event may name
	copies  int           // of the log, as it was opened
	answer  time.Duration // how long an append waits for its answer
	// patience is how long damage must last to be believed: a part of a cluster
	// that was cut off does not know the newest events.
	patience time.Duration

	closing context.Context // ends with ErrClosed when Close is called
	shut    context.CancelCauseFunc

	mu    sync.Mutex     // held while closing ends
	users sync.WaitGroup // calls in progress; grows only before that, while mu is held

	// turn is held by whoever changes the log: it has a value when somebody
	// does. A channel, so that waiting for it ends with a context.
	turn chan struct{}
	own  own // guarded by turn

	seen atomic.Uint64 // a sequence number that certainly was in the log
}

// Open opens the log, making it if there is none. The error has ErrNoSpace in its
// chain when the disk is full, ErrDamaged when there is a log that cannot be read,
// and says in any case what is the matter. A cluster that cannot answer yet is
// waited for. ctx bounds the opening only.
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

// open can leave out syncing to the disk, for what is prepared in tests.
func open(ctx context.Context, c Config, sync bool) (*Journal, error) {
	e := &embedded{dir: c.Dir, log: c.Log, sync: sync, alarms: new(alarms)}
	info, err := e.open(ctx, c.MaxBytes)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal in %s: %w", c.Dir, err), e.close())
	}
	return newJournal(c, e, e.alarms, info), nil
}

// newJournal is the journal of a stream.
func newJournal(c Config, b backend, a *alarms, info *jetstream.StreamInfo) *Journal {
	id := info.Config.Metadata[identity]
	j := &Journal{
		log:     c.Log,
		backend: b,
		alarms:  a,
		wire:    &stream{backend: b, id: id},
		id:      id,
		run:     newRun(time.Now()),
		shared:  c.Conn != nil,
		room:    game.MaxEventPlayers,
		copies:  max(info.Config.Replicas, 1),
		answer:  answer,
		turn:    make(chan struct{}, 1),
	}
	_, last := boundsOf(info)
	j.seen.Store(last)
	j.closing, j.shut = context.WithCancelCause(context.Background())
	return j
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

// Room is how many players one event may name to be certain to fit, at most
// game.MaxEventPlayers; with as large a part of the other limits of an event. The cluster's
// max_payload decides.
func (j *Journal) Room() int { return j.room }

// Copies is on how many servers of a cluster the log was when it was opened. What else is
// kept there had best be on as many.
func (j *Journal) Copies() int { return j.copies }

// Alive returns an error when the log is kept elsewhere and does not answer before ctx
// ends, or this server is not connected to it. An idle server learns by it that it is
// cut off: at once if the connection is lost, and within seconds if it is with a
// minority of the cluster; then this server looks for the majority. One goroutine at a
// time may call it.
func (j *Journal) Alive(ctx context.Context) error {
	r, shared := j.backend.(*remote)
	if !shared {
		return nil
	}
	err := r.mend(ctx, 0)
	if err == nil {
		_, _, err = j.Bounds(ctx)
	}
	r.heard(err)
	return err
}

// Close ends all calls in progress, which return ErrClosed, waits for them,
// and shuts the log down. What an append that was ended had not acknowledged
// may or may not be in the log. Closing again does nothing.
func (j *Journal) Close() error {
	j.mu.Lock()
	closed := j.closing.Err() != nil
	j.shut(ErrClosed)
	j.mu.Unlock()
	if closed {
		return nil
	}
	j.users.Wait()
	return j.backend.close()
}

// enter begins a call. The context that it returns ends with ctx or when the
// journal is closed. The caller calls leave at the end, if there is no error.
func (j *Journal) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing.Err() != nil {
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
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return ctx.Err() == nil
	}
}
