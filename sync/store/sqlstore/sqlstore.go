// Package sqlstore implements store.Store for SQL databases, which differ by a Dialect. Connecting
// and migrating are left to each database.
//
//   - A player or preference that the database rejects doesn't delay others. Whatever a rejected
//     statement did is undone before anything else is tried.
//   - A transaction that conflicts with somebody else's locks is rolled back and retried as a
//     whole, a few times, before it fails.
package sqlstore

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	backoff "github.com/sethvargo/go-retry"

	"clickky/sync/store"
)

// Store implements most of store.Store for every SQL database. It is safe for concurrent use.
type Store struct {
	d   *Dialect
	log *slog.Logger
}

// New returns the store of a database with a dialect.
func New(d *Dialect, log *slog.Logger) *Store { return &Store{d: d, log: log} }

// read runs do in a transaction that only reads.
func (s *Store) read(ctx context.Context, do func(*sql.Tx) error) error {
	return s.d.Transaction(ctx, Snapshot, do)
}

// write runs do in a transaction and commits it. If the outcome is unknown, store.ErrUnknown is in
// the chain of the error.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	return s.d.Transaction(ctx, Write, func(tx *sql.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		// A statement, because tx.Commit may outlast the context.
		_, err := tx.ExecContext(ctx, "COMMIT")
		if err != nil && !s.isCertainlyUncommitted(err) {
			return fmt.Errorf("%w: %w", store.ErrUnknown, err)
		}
		return err
	})
}

// isCertainlyUncommitted reports whether a failed COMMIT certainly had no effect. The driver
// returns ErrBadConn, and database/sql ErrTxDone, if nothing was sent.
func (s *Store) isCertainlyUncommitted(err error) bool {
	fault := s.d.Classify(err)
	return fault == Undone || fault == Forbidden || errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, sql.ErrTxDone)
}

// isRejected reports whether the database permanently rejects a row.
func (s *Store) isRejected(err error) bool {
	return s.d.Classify(err) == Refused && !errors.Is(err, store.ErrUnknown)
}

// retry is Retry for this database.
func (s *Store) retry(ctx context.Context, do func() error) error {
	return Retry(ctx, s.d.Classify, do)
}

// Tries is how often a transaction is attempted that conflicts with somebody else's locks.
const Tries = 5

// Pauses before the retry after a deadlock or a lock timeout.
const (
	firstPause    = 20 * time.Millisecond
	jitterPercent = 50
)

// Retry runs do until it fails for another reason than somebody else's locks, or succeeds.
func Retry(ctx context.Context, classify func(error) Fault, do func() error) error {
	pauses := backoff.WithJitterPercent(jitterPercent, backoff.NewExponential(firstPause))
	return backoff.Do(ctx, backoff.WithMaxRetries(Tries-1, pauses), func(context.Context) error {
		err := do()
		if classify(err).InTheWay() && !errors.Is(err, store.ErrUnknown) {
			return backoff.RetryableError(err)
		}
		return err
	})
}
