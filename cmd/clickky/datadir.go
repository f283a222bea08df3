package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"clickky/sync/durable"
)

// errInUse means that another server holds the lock of the directory.
var errInUse = errors.New("another Clickky server is using it; stop that server, or choose another directory with --data")

// makeDataDir creates the directory if necessary.
func makeDataDir(path string) error {
	if err := durable.MkdirAll(path); err != nil {
		return fmt.Errorf("create the data directory: %w; choose another one with --data", err)
	}
	return nil
}

// lockDataDir creates the directory if necessary, and locks it until the lock is closed. One server at
// a time holds the lock of its host keys, journal and embedded database.
func lockDataDir(path string) (*flock.Flock, error) {
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
	return lock, nil
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

// Names of files in a data directory.
const (
	databaseFile = "clickky.db"
	lockFile     = "lock"
)
