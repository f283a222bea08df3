// Package sqlite keeps Clickky's counts, keys, choices and acts of admins in a SQLite
// file, for a server that needs nothing beside itself.
//
// It guarantees what package store does, and in addition:
//
//   - What Save has returned without an error survives a power cut.
//   - Reading does not wait for writing, nor writing for reading, also from
//     another process.
//   - The file is readable for its owner alone.
//
// A count that exceeds 9,223,372,036,854,775,807, SQLite's largest integer, is
// refused.
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

// Store implements store.Store on one file. Its methods are safe for
// concurrent use.
type Store struct {
	*sqlstore.Store

	path   string
	log    *slog.Logger
	reader *sql.DB
	writer *sql.DB // nil if the store is read-only
}

var _ store.Store = (*Store)(nil)

// errReadOnly is what the methods that write return after OpenReadOnly.
var errReadOnly = errors.New("the database is open read-only")

// Open opens the database in a file, which it creates if there is none.
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
	// Immediate: a transaction that first reads and then writes could not wait
	// for another writer in between, and would fail.
	s.writer, err = pool(path, url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}})
	if err != nil {
		return nil, errors.Join(err, s.reader.Close())
	}
	// SQLite has one writer at a time. Waiting for it here is fair and ends
	// with the context; waiting for the file's lock is neither.
	s.writer.SetMaxOpenConns(1)
	return s, nil
}

// OpenReadOnly opens the database in a file for reading, also while a server has
// it open. A file that is not there is an error, with fs.ErrNotExist in its
// chain, and is not created.
func OpenReadOnly(path string) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there's no database at %s yet: %w", path, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("open database: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory, not a database", path)
	}
	reader, err := pool(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}})
	if err != nil {
		return nil, err
	}
	s := newStore(path, slog.New(slog.DiscardHandler))
	s.reader = reader
	return s, nil
}

func newStore(path string, log *slog.Logger) *Store {
	s := &Store{path: path, log: log}
	s.Store = sqlstore.New(s.dialect(), log)
	return s
}

// pool makes a pool of connections; it does not connect yet.
func pool(path string, params url.Values) (*sql.DB, error) {
	// As a URL a path may contain anything, a question mark for example, and
	// it has to be absolute for that.
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
		// Last, because the last connection to close tidies up the file, for
		// which it has to be a writing one.
		err = errors.Join(err, s.writer.Close())
	}
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
