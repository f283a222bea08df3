package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	sqldriver "database/sql/driver"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// migrations are those that need not look at the tables first. Each statement does nothing if an
// earlier run has done it.
//
//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where goose notes which migrations have run.
const versionTable = "clickky_migrations"

// While tables are rebuilt the server answers nothing, for minutes if they are
// large. What is not waited for long is somebody else's transaction that uses
// the table: an old server that still runs, for example.
const (
	rebuildTimeout = 30 * time.Minute
	tableLockWait  = 30 * time.Second
)

// Migrate brings the tables to the current version. It takes over the tables of
// the Node.js version in place: players keep their ids, names and counts, counts
// that are missing or negative become zero, and the global count becomes what
// Load would return. Tables it does not know are left alone.
//
// DDL statements cannot be rolled back, so every step first looks whether it is
// still needed: after a crash or an error, calling Migrate again completes the
// work. Servers that migrate at the same time wait for each other. Tables that
// it cannot take over are left as they are, with store.ErrUnfit and what is in
// the way in the error. store.ErrRefused is in the chain when the server does not let us in.
func (s *Store) Migrate(ctx context.Context) error {
	return s.wrap("migrate database", s.migrate(ctx))
}

func (s *Store) migrate(ctx context.Context) error {
	// First on the ordinary connections, whose short deadlines notice a server
	// that does not answer, and whose errors are the plainest.
	if err := s.db.PingContext(ctx); err != nil {
		return err
	}
	pending, err := s.provider(s.db, nil, nil)
	if err != nil {
		return err
	}
	switch some, err := pending.HasPending(ctx); {
	case err != nil:
		return err
	case !some:
		return s.complete(ctx)
	}
	db, err := s.slowPool()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var result takenOver
	provider, err := s.provider(db, &result, s.newSessionLock(cancel))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		if lost := context.Cause(ctx); errors.Is(lost, errLockLost) {
			return lost
		}
		if partial, ok := errors.AsType[*goose.PartialError](err); ok {
			err = partial.Err // the rest of its message is about goose
		}
		return wrapUnfit(err)
	}
	if result.changed {
		s.log.Info("upgraded tables from an older version", "database", s.cfg.String(),
			"players", result.players, "total", result.total)
	}
	return s.complete(ctx)
}

// slowPool makes a pool of connections for statements that rebuild tables.
func (s *Store) slowPool() (*sql.DB, error) {
	cfg := s.cfg.driver.Clone()
	cfg.ReadTimeout = max(cfg.ReadTimeout, rebuildTimeout)
	cfg.Params["lock_wait_timeout"] = seconds(tableLockWait)
	return s.pool(cfg)
}

// provider puts the migrations together. The first one writes what it found to
// result. They run under the lock; without one they can only be listed.
func (s *Store) provider(db *sql.DB, result *takenOver, locker lock.SessionLocker) (*goose.Provider, error) {
	versions, err := database.NewStoreFromQuerier(versionTable, versionQueries{})
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	// A transaction, although most of its statements end it: it is what has
	// goose run the migration on the very connection that holds the lock. So
	// the lock cannot be lost while a statement of ours still runs.
	tables := &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) (err error) {
		*result, err = takeOver(ctx, tx)
		return err
	}}
	seen := &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return addSeenColumn(ctx, tx) }}
	options := []goose.ProviderOption{
		goose.WithStore(versions),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)), // Migrate itself says what was done
		goose.WithGoMigrations(
			goose.NewGoMigration(1, tables, nil),
			goose.NewGoMigration(2, &goose.GoFunc{RunTx: addJournalTables}, nil),
			goose.NewGoMigration(6, seen, nil),
		),
	}
	if locker != nil {
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(goose.DialectCustom, db, files, options...)
}

// versionQueries are goose's queries for MySQL, made repeatable: goose creates
// its table and inserts the row of version 0 as if that were one transaction,
// and before it takes the lock. Without TableExists it takes the table for
// complete when that row is there.
type versionQueries struct{}

// CreateTable is part of goose's dialect.Querier.
func (versionQueries) CreateTable(table string) string {
	return "CREATE TABLE IF NOT EXISTS " + quoted(table) + " (" +
		"`id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY," +
		"`version_id` BIGINT NOT NULL UNIQUE," +
		"`is_applied` BOOLEAN NOT NULL," +
		"`tstamp` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE = InnoDB"
}

// InsertVersion is part of goose's dialect.Querier.
func (versionQueries) InsertVersion(table string) string {
	return "INSERT INTO " + quoted(table) + " (`version_id`, `is_applied`) VALUES (?, ?)" +
		" ON DUPLICATE KEY UPDATE `is_applied` = VALUES(`is_applied`)"
}

// DeleteVersion is part of goose's dialect.Querier.
func (versionQueries) DeleteVersion(table string) string {
	return "DELETE FROM " + quoted(table) + " WHERE `version_id` = ?"
}

// GetMigrationByVersion is part of goose's dialect.Querier.
func (versionQueries) GetMigrationByVersion(table string) string {
	return "SELECT `tstamp`, `is_applied` FROM " + quoted(table) + " WHERE `version_id` = ?"
}

// ListMigrations is part of goose's dialect.Querier.
func (versionQueries) ListMigrations(table string) string {
	return "SELECT `version_id`, `is_applied` FROM " + quoted(table) + " ORDER BY `id` DESC"
}

// GetLatestVersion is part of goose's dialect.Querier.
func (versionQueries) GetLatestVersion(table string) string {
	return "SELECT MAX(`version_id`) FROM " + quoted(table)
}

// sessionLock is the server's own lock, which ends with the connection that
// holds it, or where there is none a row. goose has a lock for MySQL too, in a table: it
// keeps everybody waiting after a crash, and lives on a connection of its own.
type sessionLock struct {
	store *Store
	// lost ends the migration.
	lost context.CancelCauseFunc

	row  *rowLock // nil: the server has locks of its own
	stop context.CancelFunc
	held sync.WaitGroup // the renewal of row
}

var _ lock.SessionLocker = (*sessionLock)(nil)

var errLockLost = errors.New("lost the migration lock")

func (s *Store) newSessionLock(lost context.CancelCauseFunc) *sessionLock {
	return &sessionLock{store: s, lost: lost}
}

// lockName has to be made per database, because such locks are those of the whole
// server, and may have no more than 64 characters.
func (s *Store) lockName() string {
	sum := sha256.Sum256([]byte(s.cfg.driver.DBName))
	return "clickky_migrate_" + hex.EncodeToString(sum[:16])
}

// SessionLock waits for the lock until ctx ends.
func (l *sessionLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for told := false; ; told = true {
		got, err := l.try(ctx, conn)
		if err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		if got {
			return nil
		}
		if !told {
			l.store.log.Info("waiting for another server to migrate the database", "database", l.store.cfg.driver.DBName)
		}
	}
}

// try waits a second for the lock. It is not longer, because the server does not notice
// that we have given up waiting.
func (l *sessionLock) try(ctx context.Context, conn *sql.Conn) (bool, error) {
	if l.row == nil {
		var got sql.NullBool
		err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 1)", l.store.lockName()).Scan(&got)
		if !slices.Contains(notSupported, number(err)) {
			return got.Bool, err
		}
		l.row = newRowLock(l.store.lockName())
	}
	got, err := l.row.take(ctx, conn)
	if err != nil {
		return false, err
	}
	if got {
		l.keep(ctx)
		return true, nil
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(time.Second):
		return false, nil
	}
}

// keep renews the row until SessionUnlock, on other connections than the one that
// migrates.
func (l *sessionLock) keep(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	l.held.Go(func() {
		if err := l.row.hold(ctx, l.store.db); err != nil {
			l.lost(fmt.Errorf("%w: %w", errLockLost, err))
		}
	})
}

// SessionUnlock gives the lock back. On a broken connection that has happened.
func (l *sessionLock) SessionUnlock(ctx context.Context, conn *sql.Conn) (err error) {
	if l.row != nil {
		l.stop()
		l.held.Wait()
		err = l.row.release(ctx, l.store.db)
	} else {
		_, err = conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", l.store.lockName())
	}
	if err != nil && !errors.Is(err, sqldriver.ErrBadConn) && !errors.Is(err, sql.ErrConnDone) {
		return fmt.Errorf("unlock: %w", err)
	}
	return nil
}
