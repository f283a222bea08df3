package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"clickky/server/identity"
)

// doctorCmd looks at the database and says what is wrong with it.
type doctorCmd struct {
	databaseFlags
}

var errFindings = errors.New("something needs mending, see above")

// Run implements the command. It fails when there is anything to mend.
func (c *doctorCmd) Run(p *process) error {
	db, err := c.openToRead(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	err = c.examine(p, db)
	return errors.Join(err, db.Close())
}

func (c *doctorCmd) examine(p *process, db *database) error {
	ctx, cancel := context.WithTimeout(p.ctx, readTimeout)
	defer cancel()
	state, err := db.State(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", db.where, err)
	}
	rejected, err := db.Rejected(ctx)
	if err != nil {
		return fmt.Errorf("read what %s refused: %w", db.where, err)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "database\t%s\n", db.where) // Flush tells of the error
	switch {
	case state.Journal == "":
		_, _ = fmt.Fprintf(w, "journal\tnone yet\n")
	case state.LeaseLeft > 0:
		_, _ = fmt.Fprintf(w, "journal\t%s at %d, its server is alive (lease: %v more)\n",
			state.Journal, state.Position, state.LeaseLeft.Round(time.Second))
	default:
		_, _ = fmt.Fprintf(w, "journal\t%s at %d, no server is using the database\n", state.Journal, state.Position)
	}
	for _, r := range rejected {
		_, _ = fmt.Fprintf(w, "set aside\t%s with %d clicks since %s: %s\n",
			identity.Printable(r.Name), r.Clicks, r.At.UTC().Format(time.RFC3339), identity.Printable(r.Reason))
	}
	if len(rejected) > 0 {
		_, _ = fmt.Fprintf(w, "\tmend what the database says; the next click of the player saves the count\n")
	}
	if err := w.Flush(); err != nil || len(rejected) == 0 {
		return err
	}
	return errFindings
}
