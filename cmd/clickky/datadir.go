package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"clickky/sync/durable"
)

// dataDir is the directory that holds what a server must not lose. One server
// at a time has it.
type dataDir struct {
	path string
	lock *flock.Flock
}

// errInUse tells that another server has the directory.
var errInUse = errors.New("another Clickky server is using it; stop that server, or choose another directory with --data")

// makeDataDir makes the directory if there is none.
func makeDataDir(path string) error {
	if err := durable.MkdirAll(path); err != nil {
		return fmt.Errorf("create the data directory: %w; choose another one with --data", err)
	}
	return nil
}

// openDataDir makes the directory if there is none, and locks it.
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

// isInUse tells whether a server has the directory. It makes nothing, and holds
// nobody up but a server that starts in the very moment.
func isInUse(path string) bool {
	lock := flock.New(filepath.Join(path, lockFile), flock.SetFlag(os.O_RDONLY))
	locked, err := lock.TryRLock()
	if locked {
		_ = lock.Close() // it was only to know
	}
	return err == nil && !locked
}

func (d *dataDir) close() { _ = d.lock.Close() }

// Names in a data directory: of the embedded database, and of the lock.
const (
	databaseFile = "clickky.db"
	lockFile     = "lock"
)
