package mysql

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"clickky/sync/store/sqlstore"
)

const (
	// rowLockTime is how long a row lock outlives a holder that was killed.
	rowLockTime = time.Minute
	// renewRowLock is how often the holder says that it is there.
	renewRowLock = rowLockTime / 4
)

// rowLock is a lock in a table of its own, for servers that have no GET_LOCK, as a Galera
// cluster in its strict mode or an older TiDB. Its holder renews it; the time is the
// database's. Its methods may be called on any connection.
type rowLock struct{ name, holder string }

func newRowLock(name string) *rowLock { return &rowLock{name: name, holder: rand.Text()} }

// execer is a connection, or a pool of them.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// take takes or renews the lock, and reports whether the caller has it.
func (l *rowLock) take(ctx context.Context, on execer) (bool, error) {
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{"CREATE TABLE IF NOT EXISTS `clickky_locks` (" +
			"`name` VARBINARY(64) NOT NULL PRIMARY KEY," +
			"`holder` VARBINARY(64) NOT NULL," +
			"`until` DATETIME(6) NOT NULL COMMENT 'UTC') ENGINE = InnoDB", nil},
		{"INSERT INTO `clickky_locks` (`name`, `holder`, `until`) VALUES (?, '', UTC_TIMESTAMP(6))" +
			" ON DUPLICATE KEY UPDATE `name` = VALUES(`name`)", []any{l.name}},
	} {
		if _, err := on.ExecContext(ctx, statement.query, statement.args...); err != nil {
			return false, fmt.Errorf("create the table clickky_locks, because the server has no GET_LOCK: %w", err)
		}
	}
	return l.renew(ctx, on)
}

// renew is take where the row is there.
func (l *rowLock) renew(ctx context.Context, on execer) (held bool, err error) {
	err = sqlstore.Retry(ctx, classify, func() error {
		result, err := on.ExecContext(ctx, "UPDATE `clickky_locks` SET `holder` = ?, `until` = UTC_TIMESTAMP(6) + INTERVAL ? SECOND"+
			" WHERE `name` = ? AND (`holder` = ? OR `until` <= UTC_TIMESTAMP(6))",
			l.holder, int(rowLockTime/time.Second), l.name, l.holder)
		if err != nil {
			return err
		}
		found, err := result.RowsAffected()
		held = found == 1
		return err
	})
	return held, err
}

// release gives the lock back, if the caller has it.
func (l *rowLock) release(ctx context.Context, on execer) error {
	_, err := on.ExecContext(ctx, "UPDATE `clickky_locks` SET `holder` = '', `until` = UTC_TIMESTAMP(6)"+
		" WHERE `name` = ? AND `holder` = ?", l.name, l.holder)
	return err
}

// hold renews the lock until ctx ends. It returns an error as soon as the lock may have gone
// to somebody else.
func (l *rowLock) hold(ctx context.Context, on execer) error {
	again := time.NewTicker(renewRowLock)
	defer again.Stop()
	for end := time.Now().Add(rowLockTime); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
		asked := time.Now()
		held, err := l.renew(ctx, on)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil && held:
			end = asked.Add(rowLockTime)
		case err == nil:
			return errors.New("another server took it")
		case !time.Now().Before(end):
			return fmt.Errorf("can't renew it: %w", err)
		}
	}
}
