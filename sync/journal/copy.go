package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// maxCopied is the maximum size of a log for withCopy, in bytes.
const maxCopied = 256 << 20

// ErrLarge is in the chain of the error of withCopy if the log is larger than maxCopied.
var ErrLarge = errors.New("the journal is too large to copy and check")

// ErrNoCopy is in the chain of the error of withCopy if the log couldn't be copied.
var ErrNoCopy = errors.New("can't copy the journal to check it")

// Size returns the size of the log in a directory, in bytes. The error has fs.ErrNotExist in its
// chain if there is no log, and ErrNoCopy if it has symbolic links, which would lead out of a copy.
func Size(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err == nil && d.Type() == fs.ModeSymlink:
			return fmt.Errorf("%w: %s is a link", ErrNoCopy, path)
		case err != nil || !d.Type().IsRegular():
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		bytes += info.Size()
		return nil
	})
	return bytes, err
}

// withCopy calls use with a copy of the log in a directory, as Open would find it, including damage.
// Opening the log itself would change it. The copy is in a temporary directory and is deleted
// afterwards. No other process may use the log meanwhile, or the result can't be trusted.
func withCopy(ctx context.Context, dir string, use func(*Journal) error) (err error) {
	size, err := Size(dir)
	if err != nil {
		return fmt.Errorf("read the journal in %s: %w", dir, err)
	}
	if size > maxCopied {
		return ErrLarge
	}
	copied, err := os.MkdirTemp("", "clickky-journal-")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCopy, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	switch err := os.CopyFS(copied, os.DirFS(dir)); {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("read the journal in %s: %w", dir, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNoCopy, err)
	}
	j, err := open(ctx, Config{Dir: copied, MaxBytes: DefaultMaxBytes, Log: slog.New(slog.DiscardHandler)}, false)
	if errors.Is(err, ErrNoSpace) { // no space for the copy
		return fmt.Errorf("%w: %w", ErrNoCopy, err)
	}
	if err != nil {
		return err
	}
	err = use(j)
	return errors.Join(err, j.Close())
}
