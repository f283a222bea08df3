package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// LookLimit is how many bytes a log may have for Look.
const LookLimit = 256 << 20

// ErrLarge is in the chain of the error of Look when the log is larger than
// LookLimit.
var ErrLarge = errors.New("the journal is too large to copy and check")

// ErrNoCopy is in the chain of the error of Look when no copy could be made.
var ErrNoCopy = errors.New("can't copy the journal to check it")

// Size returns how many bytes the files of the log in a directory have. The error
// has fs.ErrNotExist in its chain if there is no log.
func Size(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
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

// Look has look use a copy of the log in a directory, which is as Open would find
// it, damage included. The log itself is only read: opening it would change it.
// The copy is in a directory for temporary files, and gone afterwards. No other
// process may use the log meanwhile; what look sees is not to be trusted then.
func Look(ctx context.Context, dir string, look func(*Journal) error) (err error) {
	size, err := Size(dir)
	if err != nil {
		return fmt.Errorf("read the journal in %s: %w", dir, err)
	}
	if size > LookLimit {
		return ErrLarge
	}
	copied, err := os.MkdirTemp("", "clickky-journal-")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCopy, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	if err := copyTree(ctx, dir, copied); err != nil {
		return fmt.Errorf("read the journal in %s: %w", dir, err)
	}
	j, err := open(ctx, Config{Dir: copied, MaxBytes: DefaultMaxBytes, Log: slog.New(slog.DiscardHandler)}, false)
	if errors.Is(err, ErrNoSpace) { // for the copy
		return fmt.Errorf("%w: %w", ErrNoCopy, err)
	}
	if err != nil {
		return err
	}
	err = look(j)
	return errors.Join(err, j.Close())
}

// copyTree copies directories and files, readable for their owner only.
func copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		case d.Type().IsRegular():
			return copyFile(path, filepath.Join(to, name))
		}
		return nil
	})
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from) //nolint:gosec // the journal's own directory
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in a directory that was just made
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCopy, err)
	}
	if _, err = io.Copy(out, in); err != nil {
		return fmt.Errorf("%w: %w", ErrNoCopy, errors.Join(err, out.Close()))
	}
	return out.Close()
}
