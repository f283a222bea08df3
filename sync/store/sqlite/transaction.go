package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"clickky/sync/store"
)

// write runs do in a transaction of the one writer and commits it. store.ErrUnknown
// is in the chain of the error when the outcome is not known.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	if s.writer == nil {
		return errReadOnly
	}
	return transaction(ctx, s.writer, func(tx *sql.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		// A disk that fails may have taken the data before it did.
		err := tx.Commit()
		if err != nil && !errors.Is(err, sql.ErrTxDone) {
			return fmt.Errorf("%w: %w", store.ErrUnknown, err)
		}
		return err
	})
}

// transaction runs do in a transaction, and rolls back what do did not commit.
func transaction(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	// After a commit there is nothing to roll back, and after some errors
	// SQLite has done so itself.
	defer func() { _ = tx.Rollback() }()
	return do(tx)
}

var errTooLarge = errors.New("the count is too large for SQLite")

// refused tells whether the database refuses a row for good.
func refused(err error) bool {
	if errors.Is(err, errTooLarge) {
		return true
	}
	failure, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return false
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return false
}

// wrap says what failed, and puts the sentinel of package store into the chain that
// belongs to SQLite's answer: a file that holds something else is refused, a full disk
// answers, and a file that cannot be opened does not. It returns nil for nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	failure, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s: %w: %w", doing, store.ErrRefused, err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, store.ErrAnswered, err)
}
