// Package sqlite implements store.Store on a SQLite file, for a server that needs nothing else.
//
// Beyond the guarantees of package store:
//
//   - What Save returned without an error survives a power cut.
//   - Reading doesn't wait for writing, nor writing for reading, even in another process.
//   - Only the owner of the file can read it.
//
// A count above 9,223,372,036,854,775,807, SQLite's largest integer, is rejected.
package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// Store implements store.Store on one file. It is safe for concurrent use.
type Store struct {
	*sqlstore.Store

	path   string
	log    *slog.Logger
	reader *sql.DB
	writer *sql.DB // nil if the store is read-only
}

var _ store.Store = (*Store)(nil)

// errReadOnly is returned by methods that write, after OpenReadOnly.
var errReadOnly = errors.New("the database is open read-only")

// Open opens the database in a file, creating it if necessary.
func Open(path string, log *slog.Logger) (*Store, error) {
	// SQLite gives its other files the permissions of this one.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := newStore(path, log)
	if s.reader, err = pool(path, url.Values{"_pragma": {"busy_timeout(10000)", "query_only(1)"}}); err != nil {
		return nil, err
	}
	// Immediate: a transaction that first reads and then writes can't wait for another writer in
	// between, and would fail.
	s.writer, err = pool(path, url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}})
	if err != nil {
		return nil, errors.Join(err, s.reader.Close())
	}
	// SQLite has one writer at a time. Waiting here is fair and ends with the context; waiting for
	// the file's lock is neither.
	s.writer.SetMaxOpenConns(1)
	return s, nil
}

// OpenReadOnly opens the database in a file for reading, even while a server has it open. It
// doesn't create a missing file: the error then has fs.ErrNotExist in its chain.
func OpenReadOnly(path string) (*Store, error) {
	return openToRead(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}})
}

func openToRead(path string, params url.Values) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there's no database at %s yet: %w", path, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("open database: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory, not a database", path)
	}
	s := newStore(path, slog.New(slog.DiscardHandler))
	s.reader, err = pool(path, params)
	return s, err
}

func newStore(path string, log *slog.Logger) *Store {
	s := &Store{path: path, log: log}
	s.Store = sqlstore.New(s.dialect(), log)
	return s
}

// pool returns a pool of connections. It doesn't connect yet.
func pool(path string, params url.Values) (*sql.DB, error) {
	// A URL can express any path, including one with a question mark, if it is absolute.
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: params.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// Close releases the connections. No other method may be called after it.
func (s *Store) Close() error {
	err := s.reader.Close()
	if s.writer != nil {
		// Last, because the last connection cleans up the file, and only this one can write.
		err = errors.Join(err, s.writer.Close())
	}
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
