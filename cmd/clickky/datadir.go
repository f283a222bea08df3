package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"clickky/sync/durable"
)

// dataDir is a server's data directory: host keys, journal and embedded database. One server at a
// time holds its lock.
type dataDir struct {
	path string
	lock *flock.Flock
}

// errInUse means that another server holds the lock of the directory.
var errInUse = errors.New("another Clickky server is using it; stop that server, or choose another directory with --data")

// makeDataDir creates the directory if necessary.
func makeDataDir(path string) error {
	if err := durable.MkdirAll(path); err != nil {
		return fmt.Errorf("create the data directory: %w; choose another one with --data", err)
	}
	return nil
}

// openDataDir creates the directory if necessary, and locks it.
func openDataDir(path string) (*dataDir, error) {
	if err := makeDataDir(path); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the data directory: %w; fix its permissions, or choose another one with --data", err)
	case !locked:
		return nil, fmt.Errorf("data directory %s: %w", path, errInUse)
	}
	return &dataDir{path: path, lock: lock}, nil
}

// isInUse reports whether a server holds the lock of the directory. It creates nothing. A server
// that starts at the same instant may find the directory locked.
func isInUse(path string) bool {
	lock := flock.New(filepath.Join(path, lockFile), flock.SetFlag(os.O_RDONLY))
	locked, err := lock.TryRLock()
	if locked {
		_ = lock.Close() // it was only to know
	}
	return err == nil && !locked
}

func (d *dataDir) close() { _ = d.lock.Close() }

// Names of files in a data directory.
const (
	databaseFile = "clickky.db"
	lockFile     = "lock"
)
