package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// noted puts ErrNoSpace into the chain of err if the disk is full.
func noted(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// syncTree brings every file and directory below dir to the disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		return syncFile(path)
	})
}

// syncFile syncs a file or a directory.
func syncFile(name string) error {
	f, err := os.Open(name) //nolint:gosec // the journal's own directory
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
