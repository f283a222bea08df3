// Package sqlstore reads and writes what Clickky keeps in a SQL database: the story of
// store.Store told once, for databases that differ by a Dialect. How to connect and how to
// bring tables to the current version is each database's own.
//
// It guarantees that a player whom the database refuses holds nobody back, nor does a
// choice; that whatever a refused statement did is undone before anything else is tried; and that
// a transaction that gets into the way of somebody else's locks is rolled back and tried again
// as a whole, a few times, before it fails.
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

// Store is the part of a store.Store that is the same for every database. Its methods are
// those of the interface, and safe for concurrent use.
type Store struct {
	d   *Dialect
	log *slog.Logger
}

// New returns the store of a database that speaks a dialect.
func New(d *Dialect, log *slog.Logger) *Store { return &Store{d: d, log: log} }

// read runs do in a transaction that writes nothing.
func (s *Store) read(ctx context.Context, do func(*sql.Tx) error) error {
	return s.d.Transaction(ctx, Snapshot, do)
}

// write runs do in a transaction and commits it. store.ErrUnknown is in the chain of the error
// when the outcome is not known.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	return s.d.Transaction(ctx, Write, func(tx *sql.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		// A statement, because tx.Commit need not end with the context.
		_, err := tx.ExecContext(ctx, "COMMIT")
		if err != nil && !s.nothingCommitted(err) {
			return fmt.Errorf("%w: %w", store.ErrUnknown, err)
		}
		return err
	})
}

// nothingCommitted tells what is certain of the error of a COMMIT. The driver says ErrBadConn, and
// database/sql says ErrTxDone, when it has sent nothing.
func (s *Store) nothingCommitted(err error) bool {
	fault := s.d.Classify(err)
	return fault == Undone || fault == Forbidden || errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, sql.ErrTxDone)
}

// refused tells whether the database refuses a row for good.
func (s *Store) refused(err error) bool {
	return s.d.Classify(err) == Refused && !errors.Is(err, store.ErrUnknown)
}

// retry is Retry for this database.
func (s *Store) retry(ctx context.Context, do func() error) error {
	return Retry(ctx, s.d.Classify, do)
}

// Tries bounds how often a transaction is tried that somebody else's locks get into the way of.
const Tries = 5

// After a deadlock or a wait that took too long for a lock, another try soon may well succeed.
// These say how soon.
const (
	firstPause    = 20 * time.Millisecond
	jitterPercent = 50
)

// Retry runs do until it has not failed because of somebody else's locks.
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
