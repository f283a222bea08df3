package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"clickky/server/identity"
	"clickky/sync/store"
	"clickky/sync/transfer"
)

// exportCmd writes down what the database has, beside a running server or without
// one.
type exportCmd struct {
	databaseFlags

	Format string `default:"jsonl" enum:"jsonl,csv" help:"jsonl, which has everything, or csv: names and counts (${default})."`
	Output string `default:"-" placeholder:"FILE" help:"Write to this file instead of standard output; it is replaced when all is there."`
	Audit  bool   `help:"With the newest 10,000 entries of the audit log."`
}

// Validate implements kong's check.
func (c *exportCmd) Validate() error {
	if c.Audit && c.Format != "jsonl" {
		return errors.New("--audit goes with --format jsonl")
	}
	return nil
}

// Run implements the command.
func (c *exportCmd) Run(p *process) error {
	db, err := c.openToRead(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	var found store.Snapshot
	write := func(w io.Writer) (err error) {
		found, err = c.write(p.ctx, w, db)
		return err
	}
	if c.Output == "-" {
		err = write(p.stdout)
	} else {
		err = replaceFile(c.Output, write)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("export %s: %w", db.where, err)
	}
	tellOfServer(p, db, found)
	return nil
}

func (c *exportCmd) write(ctx context.Context, w io.Writer, db *database) (store.Snapshot, error) {
	if c.Format == "csv" {
		return transfer.WriteCSV(ctx, w, db, identity.Printable)
	}
	return transfer.WriteLines(ctx, w, db, time.Now(), c.Audit)
}

// tellOfServer says what is missing in what was read.
func tellOfServer(p *process, db *database, found store.Snapshot) {
	if found.LeaseLeft > 0 {
		_, _ = fmt.Fprintf(p.stderr, "clickky: a server is using %s: what happened since its last flush is not in what was read\n", db.where)
	}
}

// replaceFile puts what write writes in the place of a file, for its owner alone, or
// leaves what is there.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	buffered := bufio.NewWriter(file)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
