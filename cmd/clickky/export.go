package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"clickky/server/identity"
	"clickky/sync/durable"
	"clickky/sync/store"
	"clickky/sync/transfer"
)

// exportCmd exports the database. A server may be running meanwhile.
type exportCmd struct {
	databaseFlags

	Format string `default:"jsonl" enum:"jsonl,csv" help:"jsonl for everything, or csv for names and counts only (${default})."`
	Output string `default:"-" placeholder:"FILE" help:"Write to this file instead of standard output. An existing file is replaced once the export is complete."`
	Audit  bool   `help:"Include the newest 10,000 entries of the audit log."`
}

// Validate implements kong's check.
func (c *exportCmd) Validate() error {
	if c.Audit && c.Format != "jsonl" {
		return errors.New("--audit needs --format jsonl")
	}
	return nil
}

// Run implements the command.
func (c *exportCmd) Run(p *app) error {
	db, err := c.openToRead()
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
		err = durable.Replace(c.Output, write)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("export %s: %w", db.where, err)
	}
	warnOfServer(p, db, found)
	return nil
}

func (c *exportCmd) write(ctx context.Context, w io.Writer, db *database) (store.Snapshot, error) {
	if c.Format == "csv" {
		return transfer.WriteCSV(ctx, w, db, identity.Printable)
	}
	return transfer.WriteLines(ctx, w, db, time.Now(), c.Audit)
}

// warnOfServer warns that the newest clicks of a running server are missing in the export.
func warnOfServer(p *app, db *database, found store.Snapshot) {
	if found.LeaseLeft > 0 {
		_, _ = fmt.Fprintf(p.stderr, "clickky: a server is using %s, so changes since its last save are missing\n", db.where)
	}
}
