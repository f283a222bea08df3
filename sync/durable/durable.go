// Package durable writes files and directories that survive a power cut. After a function returned
// without an error, the result is on the disk; before, a file exists completely or not at all.
package durable

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile replaces a file with data, readable only for its owner.
func WriteFile(path string, data []byte) error {
	return Replace(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Replace replaces a file with what write writes, readable only for its owner. After an error the
// file is unchanged.
func Replace(path string, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return Sync(dir)
}

// MkdirAll creates a directory and missing parents, accessible only for their owner.
func MkdirAll(path string) error {
	path = filepath.Clean(path)
	if _, err := os.Stat(path); err == nil {
		return os.MkdirAll(path, 0o700) // fails if it isn't a directory
	}
	above := filepath.Dir(path)
	if above != path {
		if err := MkdirAll(above); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return Sync(above)
}

// Sync flushes a file, or the entries of a directory, to the disk.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
