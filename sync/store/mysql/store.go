// Package mysql implements store.Store on MySQL, MariaDB and databases that speak their protocol.
//
// Beyond the guarantees of package store:
//
//   - Names that differ in case, accents or trailing spaces are different players.
//   - Saving known players uses up no AUTO_INCREMENT values.
//   - Every read and write has a deadline, whatever the operator configured.
//   - A migration that is killed at any moment is completed by the next one.
//   - Locks of a server that vanished are released after a minute.
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

// Store implements store.Store on one database. It is safe for concurrent use.
type Store struct {
	*sqlstore.Store

	cfg *Config
	db  *sql.DB
	log *slog.Logger

	// connector makes connections; tests replace it by one that breaks them.
	connector func(*driver.Config) (sqldriver.Connector, error)
}

var _ store.Store = (*Store)(nil)

// Open returns a store for a database. It doesn't connect: the first call of another method does.
// The driver's messages are logged at debug level, because everything important is also in an
// error.
func Open(cfg *Config, log *slog.Logger) (*Store, error) {
	return open(cfg, log, newConnector)
}

func open(cfg *Config, log *slog.Logger, connector func(*driver.Config) (sqldriver.Connector, error)) (*Store, error) {
	logged := &Config{driver: cfg.driver.Clone()}
	logged.driver.Logger = driverLogger{log}
	s := &Store{cfg: logged, log: log, connector: connector}
	db, err := s.pool(logged.driver)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.db, s.Store = db, sqlstore.New(s.dialect(), log)
	return s, nil
}

// idleConns is the maximum number of idle connections.
const idleConns = 2

// pool returns a pool of connections. There is one writer and sometimes a reader, so few are
// enough. They are replaced before a proxy may close them, and to notice a changed address.
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

// closeIdle closes the idle connections, so that the next call opens new ones.
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

// driverLogger is the driver's logger. The default one writes to standard error.
type driverLogger struct{ log *slog.Logger }

// Print implements the driver's Logger.
func (l driverLogger) Print(v ...any) {
	l.log.Debug("database driver", "message", fmt.Sprint(v...))
}
