package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"clickky/server/identity"
	"clickky/sync/store"
)

const (
	// A running server should apply a binding within bindTimeout; bindPoll is how often the
	// command checks whether it has.
	bindTimeout = 15 * time.Second
	bindPoll    = 100 * time.Millisecond
)

// bindCmd gives a name to a key. It writes the binding to the database, where the server finds it,
// now or at its next start.
type bindCmd struct {
	databaseFlags

	Sole bool   `help:"Take the name away from all other keys."`
	Name string `arg:"" help:"The player's name."`
	Key  string `arg:"" help:"A SHA256:… fingerprint, a public key, or a file of public keys."`
}

// Run implements the command.
func (c *bindCmd) Run(p *app) (err error) {
	name, err := identity.ParseName(c.Name)
	if err != nil {
		return usageError{err}
	}
	keys, skipped, err := identity.ReadKeys(c.Key)
	if err != nil {
		return usageError{fmt.Errorf("key %q: %w", c.Key, err)}
	}
	for _, s := range skipped {
		_, _ = fmt.Fprintf(p.stderr, "clickky: %s, line %d: skipped, because it has options before the key\n", s.File, s.Line)
	}
	if c.DB == "" {
		if err := makeDataDir(c.Data); err != nil {
			return err
		}
	}
	db, err := c.open(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ctx, cancel := context.WithTimeout(p.ctx, readTimeout)
	defer cancel()
	return c.bind(ctx, p, db, name, keys)
}

func (c *bindCmd) bind(ctx context.Context, p *app, db *database, name identity.Name, keys []identity.Fingerprint) error {
	if err := db.Migrate(ctx); err != nil {
		return fmt.Errorf("prepare %s: %w", db.where, err)
	}
	var asked []uint64
	for i, key := range keys {
		id, err := db.RequestBinding(ctx, store.Binding{Name: name.String(), Fingerprint: string(key), Sole: c.Sole && i == 0})
		if err != nil {
			return fmt.Errorf("save the binding in %s: %w", db.where, err)
		}
		asked = append(asked, id)
	}
	state, err := db.State(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", db.where, err)
	}
	if state.LeaseLeft == 0 {
		_, err := fmt.Fprintf(p.stdout, "%s will belong to the key when the server next starts.\n", name)
		return err
	}
	if err := awaitApplied(ctx, db, asked); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s now belongs to the key.\n", name)
	return err
}

// errNotApplied means that the running server didn't apply the binding in time.
var errNotApplied = errors.New("the binding is saved, but the running server hasn't applied it yet; check the server's log")

// awaitApplied waits until the server has applied the bindings, which removes them.
func awaitApplied(ctx context.Context, db *database, asked []uint64) error {
	late := time.After(bindTimeout)
	for {
		left, err := db.Bindings(ctx)
		if err != nil {
			return fmt.Errorf("read %s: %w", db.where, err)
		}
		if !slices.ContainsFunc(left, func(b store.Binding) bool { return slices.Contains(asked, b.ID) }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late:
			return errNotApplied
		case <-time.After(bindPoll):
		}
	}
}
