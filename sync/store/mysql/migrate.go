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

// migrations are those that needn't inspect the tables first. Each statement can be repeated.
//
//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is goose's table of migrations that have run.
const versionTable = "clickky_migrations"

// While tables are rebuilt the server doesn't answer, for minutes if they are large. Waiting for
// somebody else's transaction on the table, such as an old server's, is limited to less.
const (
	rebuildTimeout = 30 * time.Minute
	tableLockWait  = 30 * time.Second
)

// Migrate brings the tables to the current version. It takes over the tables of the Node.js version
// in place: players keep their IDs, names and counts, missing or negative counts become zero, and
// the global count becomes what Load would return. Unknown tables are left alone.
//
// DDL can't be rolled back, so every step first checks whether it is still necessary: after a crash
// or an error, calling Migrate again completes the work. Servers that migrate at the same time wait
// for each other. Tables that can't be taken over stay unchanged; the error has store.ErrUnfit in
// its chain and says why.
func (s *Store) Migrate(ctx context.Context) error {
	return s.wrap("migrate database", s.migrate(ctx))
}

func (s *Store) migrate(ctx context.Context) error {
	// First on the ordinary connections: their deadlines detect a server that doesn't answer, and
	// their errors are the clearest.
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
		return s.Complete(ctx, s.check, s.addSeenAgain)
	}
	db, err := s.slowPool()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var result takenOver
	provider, err := s.provider(db, &result, &sessionLock{store: s, lost: cancel})
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		if lost := context.Cause(ctx); errors.Is(lost, errLockLost) {
			return lost
		}
		if partial, ok := errors.AsType[*goose.PartialError](err); ok {
			err = partial.Err // the rest is about goose
		}
		return wrapSchemaError(err)
	}
	if result.changed {
		s.log.Info("upgraded tables from an older version", "database", s.cfg.String(),
			"players", result.players, "total", result.total)
	}
	return s.Complete(ctx, s.check, s.addSeenAgain)
}

// slowPool returns a pool of connections for statements that rebuild tables.
func (s *Store) slowPool() (*sql.DB, error) {
	cfg := s.cfg.driver.Clone()
	cfg.ReadTimeout = max(cfg.ReadTimeout, rebuildTimeout)
	cfg.Params["lock_wait_timeout"] = seconds(tableLockWait)
	return s.pool(cfg)
}

// provider returns goose's provider with all migrations. The first migration writes to result what
// it found. Without a locker, migrations can only be listed.
func (s *Store) provider(db *sql.DB, result *takenOver, locker lock.SessionLocker) (*goose.Provider, error) {
	versions, err := database.NewStoreFromQuerier(versionTable, versionQueries{})
	if err != nil {
		return nil, err
	}
	files, _ := fs.Sub(migrations, "migrations") // the path is valid
	// A transaction, although most of its statements commit implicitly: with it, goose runs the
	// migration on the connection that holds the lock. So the lock can't be lost while a statement
	// still runs.
	tables := &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) (err error) {
		*result, err = runTakeover(ctx, tx)
		return err
	}}
	seen := &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return addSeenColumn(ctx, tx) }}
	options := []goose.ProviderOption{
		goose.WithStore(versions),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)), // Migrate logs what was done
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

// versionQueries are goose's queries for MySQL, made repeatable: goose creates its table and
// inserts the row of version 0 before it takes the lock, as if that were one transaction. Without
// TableExists it considers the table complete if that row exists.
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

// sessionLock is the server's own lock, which ends with its connection, or else a row. goose has a
// table lock for MySQL, too: after a crash it blocks everybody, and it uses a connection of its
// own.
type sessionLock struct {
	store *Store
	// lost cancels the migration.
	lost context.CancelCauseFunc

	row     *rowLock // nil: the server has its own locks
	stop    context.CancelFunc
	renewal sync.WaitGroup // the renewal of row
}

var _ lock.SessionLocker = (*sessionLock)(nil)

var errLockLost = errors.New("lost the migration lock")

// lockName returns a name for this database, because such locks belong to the whole server. It has
// at most 64 characters.
func (s *Store) lockName() string {
	sum := sha256.Sum256([]byte(s.cfg.driver.DBName))
	return "clickky_migrate_" + hex.EncodeToString(sum[:16])
}

// SessionLock waits for the lock until ctx ends.
func (l *sessionLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for logged := false; ; logged = true {
		got, err := l.tryLock(ctx, conn)
		if err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		if got {
			return nil
		}
		if !logged {
			l.store.log.Info("waiting for another server to migrate the database", "database", l.store.cfg.driver.DBName)
		}
	}
}

// tryLock waits a second for the lock: not longer, because the server doesn't notice when a client
// gives up.
func (l *sessionLock) tryLock(ctx context.Context, conn *sql.Conn) (bool, error) {
	if l.row == nil {
		var got sql.NullBool
		err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 1)", l.store.lockName()).Scan(&got)
		if !slices.Contains(notSupported, errorNumber(err)) {
			return got.Bool, err
		}
		l.row = newRowLock(l.store.lockName())
	}
	got, err := l.row.acquire(ctx, conn)
	if err != nil {
		return false, err
	}
	if got {
		l.startRenewal(ctx)
		return true, nil
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(time.Second):
		return false, nil
	}
}

// startRenewal renews the row until SessionUnlock, on other connections than the migration's.
func (l *sessionLock) startRenewal(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	l.renewal.Go(func() {
		if err := l.row.keepRenewed(ctx, l.store.db); err != nil {
			l.lost(fmt.Errorf("%w: %w", errLockLost, err))
		}
	})
}

// SessionUnlock releases the lock. A broken connection has already released it.
func (l *sessionLock) SessionUnlock(ctx context.Context, conn *sql.Conn) (err error) {
	if l.row != nil {
		l.stop()
		l.renewal.Wait()
		err = l.row.release(ctx, l.store.db)
	} else {
		_, err = conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", l.store.lockName())
	}
	if err != nil && !errors.Is(err, sqldriver.ErrBadConn) && !errors.Is(err, sql.ErrConnDone) {
		return fmt.Errorf("unlock: %w", err)
	}
	return nil
}
