// Package durable makes files and directories that survive a power cut. When a function
// has returned without an error, what it made is on the disk; before that, a file is
// there as a whole or not at all.
package durable

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile puts data in the place of a file, for its owner alone.
func WriteFile(path string, data []byte) error {
	return Replace(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Replace puts what write writes in the place of a file, for its owner alone. After an
// error the file is as it was.
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

// MkdirAll makes a directory, with those above it that are missing, for their owner
// alone.
func MkdirAll(path string) error {
	path = filepath.Clean(path)
	if _, err := os.Stat(path); err == nil {
		return os.MkdirAll(path, 0o700) // says so if it is no directory
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

// Sync brings a file, or the entries of a directory, to the disk.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
