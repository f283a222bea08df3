// Package flush keeps ledger, journal and store together: the database is the snapshot, the journal
// is the log since that snapshot, and the ledger is both plus the clicks of the last moment. It
// opens the game, appends clicks to the journal and saves counts. DESIGN.md explains why.
//
//   - Nothing is written before everything was read.
//   - Each click gets into the journal exactly once. While that can't be written, clicks wait in
//     memory.
//   - A flush is one transaction with absolute counts and the journal position that they reach.
//   - Of any number of servers with one journal and one database, one saves for all.
package flush

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sethvargo/go-retry"

	"clickky/sync/journal"
	"clickky/sync/ledger"
	"clickky/sync/store"
)

const (
	minRetry = time.Second
	maxRetry = 30 * time.Second
	// jitterPercent spreads the retries of servers that lost their database at the same moment.
	jitterPercent = 30
	// saveTimeout limits one attempt, so that a store that hangs counts as failed.
	saveTimeout = 20 * time.Second
	// leaseTime is how long a dead server keeps other journals from the database, and renewInterval
	// how often a live one renews the lease.
	leaseTime     = 30 * time.Second
	renewInterval = 10 * time.Second
	// keepEvents is how many events stay in the journal after they were saved, so that a server
	// that has just loaded the snapshot can still replay: a minute and a half of a game that never
	// rests.
	keepEvents = 1000
)

// Journal is what a Flusher needs of a journal.Journal.
type Journal interface {
	ID() string
	Run() string
	Room() int
	Alive(ctx context.Context) error
	Append(ctx context.Context, e journal.Event) (uint64, error)
	Last(ctx context.Context) (uint64, error)
	Follow(ctx context.Context, after uint64, apply func(uint64, journal.Event) error) error
	LastOlderThan(ctx context.Context, keep time.Duration) (uint64, error)
	Purge(ctx context.Context, upTo uint64) error
}

// Flusher loads the ledger, appends its clicks to the journal and saves its counts. Make one with
// New.
type Flusher struct {
	ledger  *ledger.Ledger
	journal Journal
	store   store.Store
	every   time.Duration
	log     *slog.Logger

	appender     appender
	sharing      *Sharing // nil: no other server uses the journal
	savedByOther chan uint64
	isOpen       bool // the game is open; changes only before Run follows the journal

	// Only the goroutine of runStore uses the fields below.
	failing         bool   // the last attempt failed; for one log line a change
	flushFailed     bool   // the last flush failed
	tablesUnfit     bool   // somebody altered the tables so that they take no counts
	lost            bool   // another journal has the database
	position        uint64 // the last known position of the database
	positionUnknown bool   // a save with an unknown outcome may have moved it since
	overtaken       bool   // another server has saved, by the last reading of the position
	lastPurge       time.Time
	// bindings are those that the store may still have, by ID. Each channel gets a value when the
	// journal has the binding, and is nil after that.
	bindings map[uint64]<-chan bool
}

// New returns a Flusher that saves to the store at an interval.
func New(l *ledger.Ledger, j Journal, s store.Store, every time.Duration, log *slog.Logger) *Flusher {
	return &Flusher{
		ledger: l, journal: j, store: s, every: every, log: log, bindings: make(map[uint64]<-chan bool),
		appender:     appender{ledger: l, journal: j, log: log},
		savedByOther: make(chan uint64, 1),
	}
}

// Run opens the game, retrying until the store can be read, and then appends and flushes until ctx
// ends, which is no error. It fails if retrying wouldn't help. It does no last flush: see Final.
func (f *Flusher) Run(ctx context.Context) error {
	if err := f.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	running.Go(func() {
		if err := f.follow(ctx); err != nil {
			cancel(err)
		}
	})
	running.Go(func() {
		if err := f.appender.run(ctx); err != nil {
			cancel(err)
		}
	})
	if f.sharing != nil {
		running.Go(func() { f.appender.watchJournal(ctx) })
	}
	f.runStore(ctx)
	running.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// follow applies events to the ledger as the journal grows.
func (f *Flusher) follow(ctx context.Context) error {
	err := f.journal.Follow(ctx, f.ledger.Position(), f.apply)
	switch {
	case err == nil || ctx.Err() != nil:
		return nil
	case errors.Is(err, journal.ErrPurged):
		return fmt.Errorf("%w: follow the journal: %w", ErrAway, err)
	}
	return fmt.Errorf("follow the journal: %w", err)
}

func (f *Flusher) apply(position uint64, e journal.Event) error {
	own := e.Server == f.journal.Run()
	f.ledger.Apply(position, e.Event, own)
	if !own && f.isOpen && len(e.Clicks) > 0 {
		f.sharing.reportPeerClicks(e.Clicks)
	}
	return nil
}

// runStore flushes at intervals, renews the lease and applies key bindings. One goroutine does all
// of it, so that none waits for another's lock.
func (f *Flusher) runStore(ctx context.Context) {
	renewal := time.NewTicker(renewInterval)
	defer renewal.Stop()
	bindings := time.NewTicker(bindingsInterval)
	defer bindings.Stop()
	backoff := f.backoff()
	due := time.NewTimer(f.every)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-bindings.C:
			f.tryBindings(ctx)
		case <-renewal.C:
			switch overtaken, reached := f.renewLease(ctx); {
			case overtaken:
				due.Reset(f.nextFlushDelay())
			case reached && f.flushFailed: // the database, or its privileges, may be back
				due.Reset(0)
			}
		case position := <-f.savedByOther:
			if f.handleSavedByOther(position) {
				due.Reset(f.nextFlushDelay())
			}
		case <-due.C:
			delay := f.every
			switch err := f.flush(ctx); {
			case errors.Is(err, errSavedByOther):
				delay = f.nextFlushDelay()
			case err != nil:
				delay, _ = backoff.Next()
			default:
				backoff = f.backoff()
			}
			due.Reset(delay)
		}
	}
}

// renewLease renews the lease. It reports whether another server has saved, so that this one need
// not, and whether the store was reached.
func (f *Flusher) renewLease(ctx context.Context) (overtaken, reached bool) {
	if f.lost {
		return false, false
	}
	f.overtaken = false
	renewing, cancel := context.WithTimeout(ctx, renewInterval)
	defer cancel()
	// If another journal has had the database since, its counts must be loaded anew, so it is not
	// taken back.
	state, err := f.store.State(renewing)
	if err == nil && state.Journal == f.journal.ID() {
		f.setPosition(state.Position)
		state, err = f.store.Lease(renewing, f.journal.ID(), state.Position, leaseTime)
		if err == nil && state.Amended {
			f.loseOwnership() // an import came between the two
		}
	} else if err == nil {
		f.loseOwnership()
	}
	switch {
	case errors.Is(err, store.ErrLeased):
		f.loseOwnership()
	case err != nil && ctx.Err() != nil: // says nothing about the store, as in flush
	case err != nil:
		what := "is unreachable"
		if store.Answered(err) {
			what = "rejects requests"
		}
		f.ledger.SetStoreHealth(true, store.Answered(err))
		f.logFailure("the database "+what+"; clicks are safe in the journal and are saved when it recovers", err)
	case !f.flushFailed: // otherwise only a flush can prove that saving works
		f.ledger.SetStoreHealth(false, false)
		f.logRecovery()
	}
	return f.overtaken && !f.flushFailed, err == nil
}

// backoff returns the delays after consecutive failures. The first one is never longer than the
// interval.
func (f *Flusher) backoff() retry.Backoff {
	b := retry.NewExponential(min(f.every, minRetry))
	return retry.WithJitterPercent(jitterPercent, retry.WithCappedDuration(maxRetry, b))
}

// logFailure and logRecovery log changes of state only, not every attempt.
func (f *Flusher) logFailure(what string, err error) {
	if !f.failing {
		f.log.Warn(what, "err", err)
	}
	f.failing = true
}

func (f *Flusher) logRecovery() {
	if f.failing {
		f.log.Info("the database is back")
	}
	f.failing = false
}

// sleep waits for d, and reports whether ctx is still running.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return ctx.Err() == nil
	}
}
