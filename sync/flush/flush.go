// Package flush keeps the store up to date with the ledger.
//
// It guarantees that
//   - nothing is ever written before everything was read: a store that could
//     not be loaded cannot be overwritten with zeros;
//   - a flush is one transaction with the absolute counts of all players that
//     changed and the global count, so trying again never counts twice;
//   - a failed flush keeps everything and is tried again, first soon, then
//     more and more seldom, at times that differ from server to server;
//   - flushes never overlap.
package flush

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sethvargo/go-retry"

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
	attempt = 30 * time.Second
)

// Flusher loads the ledger from the store and writes it back. Make one with
// New.
type Flusher struct {
	ledger *ledger.Ledger
	store  store.Store
	every  time.Duration
	log    *slog.Logger

	mu      sync.Mutex // held during a flush, so that they never overlap
	failing bool       // the last attempt failed; for one log line a change
}

// New returns a flusher that writes every so often.
func New(l *ledger.Ledger, s store.Store, every time.Duration, log *slog.Logger) *Flusher {
	return &Flusher{ledger: l, store: s, every: every, log: log}
}

// Run loads the ledger, trying until the store can be reached, and then
// flushes until ctx ends, which is not an error. It fails when trying again
// would not help: an error with store.ErrRefused or store.ErrUnfit, or counts
// that make no sense. It does not flush at the end: see Final.
func (f *Flusher) Run(ctx context.Context) error {
	if err := f.load(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	backoff, delay := f.backoff(), f.every
	for sleep(ctx, delay) {
		if err := f.Flush(ctx); err != nil {
			delay, _ = backoff.Next()
			continue
		}
		backoff, delay = f.backoff(), f.every
	}
	return nil
}

// Final flushes what is left, trying until it is done or ctx ends. Then it
// says how many clicks the store does not have. It does nothing when the
// ledger was never loaded.
func (f *Flusher) Final(ctx context.Context) error {
	select {
	case <-f.ledger.Loaded():
	default:
		return nil
	}
	backoff := f.backoff()
	for {
		err := f.Flush(ctx)
		if err == nil {
			return nil
		}
		if delay, _ := backoff.Next(); !sleep(ctx, delay) {
			return fmt.Errorf("%d clicks are not saved: %w", f.ledger.Latest().Unsaved, err)
		}
	}
}

// Flush writes everything that the store does not have, once.
func (f *Flusher) Flush(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ledger.Empty() {
		return nil
	}
	start := time.Now()
	batch := f.ledger.Unsaved()
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	if err := f.store.Save(ctx, rows(batch)); err != nil {
		f.ledger.StoreFailed()
		f.failed("saving the counts failed; they are kept and saved as soon as possible", err)
		return fmt.Errorf("flush: %w", err)
	}
	f.ledger.Saved(batch, time.Now())
	f.succeeded()
	f.log.Debug("counts saved", "players", len(batch.Players), "total", batch.Total, "took", time.Since(start))
	return nil
}

// load brings the tables up to date and the ledger to what they hold.
func (f *Flusher) load(ctx context.Context) error {
	backoff := f.backoff()
	for {
		balances, total, err := f.read(ctx)
		if err == nil {
			f.succeeded()
			return f.open(balances, total)
		}
		if errors.Is(err, store.ErrRefused) || errors.Is(err, store.ErrUnfit) {
			return err
		}
		f.ledger.StoreFailed()
		f.failed("the database cannot be read; nobody can play until it can", err)
		delay, _ := backoff.Next()
		if !sleep(ctx, delay) {
			return err
		}
	}
}

func (f *Flusher) read(ctx context.Context) (balances []ledger.Balance, total uint64, err error) {
	if err := f.store.Migrate(ctx); err != nil {
		return nil, 0, fmt.Errorf("bring the tables up to date: %w", err)
	}
	total, err = f.store.Load(ctx, func(p store.Player) error {
		balances = append(balances, ledger.Balance(p))
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("load counts: %w", err)
	}
	return balances, total, nil
}

func (f *Flusher) open(balances []ledger.Balance, total uint64) error {
	if err := f.ledger.Load(balances, total); err != nil {
		return err
	}
	f.log.Info("counts loaded", "players", len(balances), "total", total)
	return nil
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
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

func rows(b ledger.Batch) store.Batch {
	players := make([]store.Player, len(b.Players))
	for i, p := range b.Players {
		players[i] = store.Player(p)
	}
	return store.Batch{Players: players, Total: b.Total}
}
