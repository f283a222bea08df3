// Package flush keeps ledger, journal and store together: the database is the
// snapshot, the journal is the log since that snapshot, and the ledger is both
// plus the clicks of the last moment. Starting and recovering from a crash are
// the same: load the snapshot, replay the log from the position stored with it.
//
// It guarantees that
//   - nothing is ever written before everything was read: a store that could
//     not be loaded cannot be overwritten with zeros;
//   - each click gets into the journal exactly once, whatever answers get lost: a tenth of a
//     second after it was made, or when the append before it has returned. While the journal
//     cannot be written, clicks wait in memory;
//   - every event, this server's own too, takes effect in the State when it comes back from the
//     journal, and one save then writes everything that has changed;
//   - a flush is one transaction with absolute counts and the position in the journal that they
//     reach. The store changes that position by compare-and-set, and a flush whose outcome is
//     unknown is settled by reading it back;
//   - a failed flush is tried again, first soon, then more and more seldom, at times that differ
//     from server to server; flushes never overlap;
//   - a database that belongs to another server's journal is not written to while that server
//     is alive;
//   - any number of servers may share one journal and one database (Share): every server applies
//     the events of all, and whichever saves first saves for all. A server that lags behind never
//     writes over what others have saved.
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
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
	// jitterPercent spreads the retries of servers that lost their database
	// at the same moment.
	jitterPercent = 30
	// attempt bounds one try, so that a store which hangs is seen to fail.
	attempt = 20 * time.Second
	// lease is how long a server that has died keeps others from the
	// database, and renewEvery how often one that lives says so.
	lease      = 30 * time.Second
	renewEvery = 10 * time.Second
	// margin is how many events stay in the journal after they were saved,
	// so that whoever has just loaded the snapshot can still replay: a minute
	// and a half of a game that never rests.
	margin = 1000
)

// Journal is what a Flusher needs of package journal.
type Journal interface {
	ID() string
	Run() string
	Room() int
	Alive(ctx context.Context) error
	Append(ctx context.Context, e journal.Event) (uint64, error)
	Last(ctx context.Context) (uint64, error)
	Follow(ctx context.Context, after uint64, fold func(uint64, journal.Event) error) error
	Old(ctx context.Context, keep time.Duration) (uint64, error)
	Cut(ctx context.Context, upTo uint64) error
}

// Flusher loads the ledger, journals its clicks and saves its counts. Make one
// with New.
type Flusher struct {
	ledger  *ledger.Ledger
	journal Journal
	store   store.Store
	every   time.Duration
	log     *slog.Logger

	recorder recorder
	sharing  *Sharing // nil: no other server uses the journal
	saved    chan uint64
	open     bool // the game is; changes only before the journal is followed

	// Only the goroutine that uses the store touches these.
	failing   bool   // the last attempt failed; for one log line a change
	unflushed bool   // the last flush failed
	unfit     bool   // somebody has altered the tables so that they take nothing
	lost      bool   // the database belongs to another journal by now
	stored    uint64 // the position that the database was last known to have
	doubtful  bool   // a save may have moved it since
	overtaken bool   // others have saved, as the last look at the position told
	cutAt     time.Time
	// bindings are those that the store may not have forgotten yet, by their IDs;
	// each gets a value when the journal has it, and is nil after that.
	bindings map[uint64]<-chan bool
}

// New returns a flusher that writes to the store every so often.
func New(l *ledger.Ledger, j Journal, s store.Store, every time.Duration, log *slog.Logger) *Flusher {
	return &Flusher{
		ledger: l, journal: j, store: s, every: every, log: log, bindings: make(map[uint64]<-chan bool),
		recorder: recorder{ledger: l, journal: j, log: log},
		saved:    make(chan uint64, 1),
	}
}

// Run opens the game, trying until the store can be read, and then journals and
// flushes until ctx ends, which is not an error. It fails when trying again
// would not help. It does not flush at the end: see Final.
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
		if err := f.recorder.run(ctx); err != nil {
			cancel(err)
		}
	})
	if f.sharing != nil {
		running.Go(func() { f.recorder.watch(ctx) })
	}
	f.useStore(ctx)
	running.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// follow folds the journal into the ledger as it grows.
func (f *Flusher) follow(ctx context.Context) error {
	err := f.journal.Follow(ctx, f.ledger.Position(), f.fold)
	switch {
	case err == nil || ctx.Err() != nil:
		return nil
	case errors.Is(err, journal.ErrCut):
		return fmt.Errorf("%w: follow the journal: %w", ErrAway, err)
	}
	return fmt.Errorf("follow the journal: %w", err)
}

func (f *Flusher) fold(position uint64, e journal.Event) error {
	own := e.Server == f.journal.Run()
	f.ledger.Apply(position, e.Event, own)
	if !own && f.open && len(e.Clicks) > 0 {
		f.sharing.foreign(e.Clicks)
	}
	return nil
}

// useStore flushes now and then, tells other servers that this one is alive, and
// looks for bindings. One goroutine does it all, so that neither waits for a lock.
func (f *Flusher) useStore(ctx context.Context) {
	renewal := time.NewTicker(renewEvery)
	defer renewal.Stop()
	look := time.NewTicker(bindingsEvery)
	defer look.Stop()
	backoff := f.backoff()
	due := time.NewTimer(f.every)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			f.lookForBindings(ctx)
		case <-renewal.C:
			switch overtaken, reached := f.renew(ctx); {
			case overtaken:
				due.Reset(f.later())
			case reached && f.unflushed: // it may have come back, or its grants
				due.Reset(0)
			}
		case position := <-f.saved:
			if f.hear(position) {
				due.Reset(f.later())
			}
		case <-due.C:
			delay := f.every
			switch err := f.flush(ctx); {
			case errors.Is(err, errOvertaken):
				delay = f.later()
			case err != nil:
				delay, _ = backoff.Next()
			default:
				backoff = f.backoff()
			}
			due.Reset(delay)
		}
	}
}

// renew renews the lease, and tells whether others have saved so that this server
// need not, and whether the store was reached.
func (f *Flusher) renew(ctx context.Context) (overtaken, reached bool) {
	if f.lost {
		return false, false
	}
	f.overtaken = false
	renewing, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	// The position is that of a database which another journal has had since:
	// it would have to be loaded anew, so it is not taken back.
	state, err := f.store.State(renewing)
	if err == nil && state.Journal == f.journal.ID() {
		f.storeAt(state.Position)
		state, err = f.store.Lease(renewing, f.journal.ID(), state.Position, lease)
		if err == nil && state.Amended {
			f.lose() // the operator has come in between the two
		}
	} else if err == nil {
		f.lose()
	}
	switch {
	case errors.Is(err, store.ErrLeased):
		f.lose()
	case err != nil && ctx.Err() != nil: // cut short, as in flush
	case err != nil:
		what := "is unreachable"
		if store.Answered(err) {
			what = "rejects requests"
		}
		f.ledger.StoreFailed(store.Answered(err))
		f.failed("the database "+what+"; clicks are safe in the journal and are saved when it recovers", err)
	case !f.unflushed: // else only a flush can tell that all is well
		f.ledger.StoreReached()
		f.succeeded()
	}
	return f.overtaken && !f.unflushed, err == nil
}

// backoff is how long to wait after each failure in a row. It starts with the
// cadence where that is quicker.
func (f *Flusher) backoff() retry.Backoff {
	b := retry.NewExponential(min(f.every, firstRetry))
	return retry.WithJitterPercent(jitterPercent, retry.WithCappedDuration(lastRetry, b))
}

// failed and succeeded log changes of state only, not every try.
func (f *Flusher) failed(what string, err error) {
	if !f.failing {
		f.log.Warn(what, "err", err)
	}
	f.failing = true
}

func (f *Flusher) succeeded() {
	if f.failing {
		f.log.Info("the database is back")
	}
	f.failing = false
}

// sleep tells whether it slept to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return ctx.Err() == nil
	}
}
