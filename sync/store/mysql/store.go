// Package mysql keeps Clickky's counts in MySQL, MariaDB or another database
// that speaks their protocol.
//
// It guarantees what package store does, and in addition:
//
//   - Names are compared byte for byte: letters of different case, accents and
//     trailing spaces make different players.
//   - Saving players that the database knows already uses up no AUTO_INCREMENT
//     values.
//   - No call waits for ever on a server that has stopped answering: every read
//     and write has a deadline, whatever the operator configured.
//   - A migration that is killed at any moment is completed by the next one.
package mysql

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
)

// Store implements store.Store on one database. Its methods are safe for
// concurrent use.
type Store struct {
	cfg *Config
	db  *sql.DB
	log *slog.Logger

	// connector makes connections; tests put one here that breaks them.
	connector func(*driver.Config) (sqldriver.Connector, error)
}

var _ store.Store = (*Store)(nil)

// Open prepares a store for the database that cfg describes. It does not
// connect: the first call of another method does. Messages of the driver go to
// log at debug level, because whatever matters in them is also in an error.
func Open(cfg *Config, log *slog.Logger) (*Store, error) {
	return open(cfg, log, driver.NewConnector)
}

func open(cfg *Config, log *slog.Logger, connector func(*driver.Config) (sqldriver.Connector, error)) (*Store, error) {
	logged := &Config{driver: cfg.driver.Clone()}
	logged.driver.Logger = driverLog{log}
	s := &Store{cfg: logged, log: log, connector: connector}
	db, err := s.pool(logged.driver)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.db = db
	return s, nil
}

// pool makes a pool of connections. There is one writer and now and then a
// reader, so few are enough; they are renewed before a proxy in between may
// drop them, and so that a changed address is noticed.
func (s *Store) pool(cfg *driver.Config) (*sql.DB, error) {
	connector, err := s.connector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(2)
	db.SetConnMaxLifetime(3 * time.Minute)
	return db, nil
}

// Close releases the connections. No other method may be called after it.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// driverLog is the driver's logger. Without one the driver would write to
// standard error on its own.
type driverLog struct{ log *slog.Logger }

// Print implements the driver's Logger.
func (l driverLog) Print(v ...any) {
	l.log.Debug("database driver", "message", fmt.Sprint(v...))
}

// Error numbers of the server that this package tells apart.
const (
	codeDatabaseDenied = 1044
	codeAccessDenied   = 1045
	codeNoDatabase     = 1049
	codeNoTable        = 1146
	codeSocketDenied   = 1698
)

// wrap says what failed and puts the sentinel of package store that belongs to
// the server's answer into the chain. It returns nil for nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	var refusal *driver.MySQLError
	if errors.As(err, &refusal) {
		switch refusal.Number {
		case codeDatabaseDenied, codeAccessDenied, codeNoDatabase, codeSocketDenied:
			return fmt.Errorf("%s: %w: %w", doing, store.ErrRefused, err)
		case codeNoTable:
			return fmt.Errorf("%s: %w: %w", doing, store.ErrNoTables, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// transaction runs do in a transaction and commits it, or rolls it back if do
// fails. When the commit itself fails the outcome is unknown.
func (s *Store) transaction(ctx context.Context, opts *sql.TxOptions, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		// When this fails too the connection is broken, and the server rolls
		// back by itself.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}
