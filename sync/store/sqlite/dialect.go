package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// dialect returns SQLite's dialect. The clock, the lease and rejected counts use milliseconds of
// Unix time, everything else seconds.
func (s *Store) dialect() *sqlstore.Dialect {
	text := func(text string) any { return text }
	const update = " DO UPDATE SET user_count = excluded.user_count, clickky_seen = max(clickky_seen, excluded.clickky_seen)"
	return &sqlstore.Dialect{
		Now:   "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)",
		Later: func(moment string) string { return moment + " + ? / 1000" },
		Unix: func(unit sqlstore.Unit, moment string) string {
			if unit == sqlstore.Microsecond {
				return moment + " * 1000"
			}
			return moment
		},
		DaysAgo:     "date('now', -? || ' days')",
		Text:        text,
		Lookup:      text,
		Second:      func(at time.Time) any { return at.Unix() },
		OnID:        " ON CONFLICT (id)" + update,
		OnName:      " ON CONFLICT (username)" + update,
		OnDay:       " ON CONFLICT (day, user_id) DO UPDATE SET clicks = excluded.clicks",
		CheckCount:  checkCount,
		Prepares:    true,
		Transaction: s.transaction,
		Classify:    classify,
		Wrap:        wrap,
	}
}

// transaction runs do in a transaction, and rolls back what do didn't commit. Transactions that
// wait for writers use the writer's connection, if there is one.
func (s *Store) transaction(ctx context.Context, access sqlstore.Access, do func(*sql.Tx) error) error {
	db := s.writer
	switch {
	case access == sqlstore.Snapshot, access == sqlstore.Settle && db == nil:
		db = s.reader
	case db == nil:
		return errReadOnly
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	// After a commit there is nothing to roll back, and after some errors SQLite has done it.
	defer func() { _ = tx.Rollback() }()
	return do(tx)
}

var errTooLarge = errors.New("the count is too large for SQLite")

func checkCount(clicks uint64) error {
	if clicks > math.MaxInt64 {
		return errTooLarge
	}
	return nil
}

func classify(err error) sqlstore.Fault {
	failure, ok := errors.AsType[*driver.Error](err)
	switch {
	case errors.Is(err, errTooLarge):
		return sqlstore.Refused
	case !ok:
		return sqlstore.Other
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
		return sqlstore.Refused
	case sqlite3.SQLITE_ERROR: // only the message says more
		switch {
		case strings.Contains(failure.Error(), "no such table"):
			return sqlstore.NoTable
		case strings.Contains(failure.Error(), "no such column"):
			return sqlstore.NoColumn
		}
	}
	return sqlstore.Other
}

// wrap adds what failed, and the error of package store that fits SQLite's: a file with other
// contents is refused, a full disk answers, and a file that can't be opened doesn't. It returns nil
// for nil.
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
	if classify(err) == sqlstore.NoTable {
		return fmt.Errorf("%s: %w: %w", doing, store.ErrNoTables, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, store.ErrAnswered, err)
}
