// Package mysql keeps Clickky's counts, keys, choices and acts of admins in MySQL,
// MariaDB or another database that speaks their protocol.
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
//   - A Save that gets into the way of somebody else's locks is rolled back and
//     tried again as a whole, a few times, before it fails.
//   - What a server that vanished has locked is free again after a minute.
package mysql

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"log/slog"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// Store implements store.Store on one database. Its methods are safe for
// concurrent use.
type Store struct {
	*sqlstore.Store

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
	return open(cfg, log, newConnector)
}

func open(cfg *Config, log *slog.Logger, connector func(*driver.Config) (sqldriver.Connector, error)) (*Store, error) {
	logged := &Config{driver: cfg.driver.Clone()}
	logged.driver.Logger = driverLog{log}
	s := &Store{cfg: logged, log: log, connector: connector}
	db, err := s.pool(logged.driver)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.db, s.Store = db, sqlstore.New(s.dialect(), log)
	return s, nil
}

// idleConns is how many connections wait for the next call.
const idleConns = 2

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
	db.SetMaxIdleConns(idleConns)
	db.SetConnMaxLifetime(3 * time.Minute)
	db.SetConnMaxIdleTime(idleTimeout / 2)
	return db, nil
}

// closeIdle closes the connections that nobody uses just now. The next call makes new ones.
func (s *Store) closeIdle() {
	s.db.SetMaxIdleConns(0)
	s.db.SetMaxIdleConns(idleConns)
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
