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
	// rowLockTTL is how long a row lock outlives a holder that was killed.
	rowLockTTL = time.Minute
	// rowLockRenewal is how often the holder renews it.
	rowLockRenewal = rowLockTTL / 4
)

// rowLock is a lock in a table, for servers without GET_LOCK, such as a Galera cluster in strict
// mode or an older TiDB. Its holder renews it, by the database's clock. Its methods work on any
// connection.
type rowLock struct{ name, holder string }

func newRowLock(name string) *rowLock { return &rowLock{name: name, holder: rand.Text()} }

// execer is a connection or a pool.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// acquire takes or renews the lock, and reports whether the caller has it.
func (l *rowLock) acquire(ctx context.Context, on execer) (bool, error) {
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

// renew is acquire for an existing row.
func (l *rowLock) renew(ctx context.Context, on execer) (held bool, err error) {
	err = sqlstore.Retry(ctx, classify, func() error {
		result, err := on.ExecContext(ctx, "UPDATE `clickky_locks` SET `holder` = ?, `until` = UTC_TIMESTAMP(6) + INTERVAL ? SECOND"+
			" WHERE `name` = ? AND (`holder` = ? OR `until` <= UTC_TIMESTAMP(6))",
			l.holder, int(rowLockTTL/time.Second), l.name, l.holder)
		if err != nil {
			return err
		}
		found, err := result.RowsAffected()
		held = found == 1
		return err
	})
	return held, err
}

// release releases the lock, if the caller has it.
func (l *rowLock) release(ctx context.Context, on execer) error {
	_, err := on.ExecContext(ctx, "UPDATE `clickky_locks` SET `holder` = '', `until` = UTC_TIMESTAMP(6)"+
		" WHERE `name` = ? AND `holder` = ?", l.name, l.holder)
	return err
}

// keepRenewed renews the lock until ctx ends. It returns an error as soon as somebody else may have
// it.
func (l *rowLock) keepRenewed(ctx context.Context, on execer) error {
	again := time.NewTicker(rowLockRenewal)
	defer again.Stop()
	for end := time.Now().Add(rowLockTTL); ; {
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
			end = asked.Add(rowLockTTL)
		case err == nil:
			return errors.New("another server took it")
		case !time.Now().Before(end):
			return fmt.Errorf("can't renew it: %w", err)
		}
	}
}
