package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize/english"

	"clickky/server/identity"
	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql"
	"clickky/sync/store/sqlite"
	"clickky/sync/transfer"
)

// importCmd merges an export, a CSV file or another database into the database. No server may be
// using the database.
type importCmd struct {
	databaseFlags

	Merge transfer.Rule `required:"" enum:"keep,add,replace" placeholder:"RULE" help:"keep, add or replace: what happens to the count of a player who is on both sides."`
	From  string        `env:"CLICKKY_FROM" placeholder:"URL" help:"Import from a data directory, or from another database (a URL as for --db), instead of a file."`
	Yes   bool          `help:"Write the changes. Without it, import only shows them."`
	File  string        `arg:"" optional:"" default:"-" help:"An export, or CSV with the columns name and clicks (or username and user_count). Without it, or with -, import reads standard input."`
}

// Validate implements kong's check.
func (c *importCmd) Validate() error {
	if c.From != "" && c.File != "-" {
		return errors.New("give a file or --from, not both")
	}
	return nil
}

var errRefusedLines = errors.New("nothing was written; fix the lines listed above and try again")

// Run implements the command.
func (c *importCmd) Run(p *app) error {
	in, from, err := c.read(p)
	if err != nil {
		return err
	}
	if len(in.Rejected) > 0 {
		if err := printRefused(p.stdout, in); err != nil {
			return err
		}
		return errRefusedLines
	}
	merge := transfer.NewMerge(in, c.Merge)
	var report transfer.Report
	var into string
	if c.Yes {
		into, report, err = c.write(p.ctx, merge)
	} else {
		into, report, err = c.try(p, merge)
	}
	if err != nil {
		return err
	}
	source := fmt.Sprintf("%s: %s, %d clicks", from, english.Plural(in.Players(), "player", ""), in.Total)
	return printReport(p.stdout, source, into, report, c.Yes)
}

// read reads the input and returns it with a name for its origin.
func (c *importCmd) read(p *app) (in *transfer.Input, from string, err error) {
	if c.From != "" {
		return c.readDatabase(p)
	}
	file, from := os.Stdin, "standard input"
	if c.File != "-" {
		from = c.File
		if file, err = os.Open(c.File); err != nil {
			return nil, "", err
		}
		defer func() { _ = file.Close() }() // nothing was written
	}
	in, err = transfer.Read(file, func(name string) (string, bool) {
		played, err := identity.ParseName(name)
		return played.String(), err == nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w; nothing was written, so fix the file and try again", from, err)
	}
	return in, from, nil
}

func (c *importCmd) readDatabase(p *app) (in *transfer.Input, from string, err error) {
	db, err := openSource(c.From)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if same, err := c.isTarget(db); err != nil || same {
		return nil, "", errors.Join(err, usageError{fmt.Errorf("--from is the database you import into, %s", db.where)})
	}
	in, found, err := transfer.Load(p.ctx, db)
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", db.where, err)
	}
	warnOfServer(p, db, found)
	return in, db.where, nil
}

// openSource opens the database to import from: a data directory, a file in it, or a MySQL URL.
func openSource(from string) (*database, error) {
	if info, err := os.Stat(from); err == nil {
		if info.IsDir() {
			from = filepath.Join(from, databaseFile)
		}
		s, err := sqlite.OpenReadOnly(from)
		if err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
		return &database{Store: s, where: from}, nil
	}
	if !strings.ContainsAny(from, ":@") {
		return nil, fmt.Errorf("--from: there's no data directory or file %s", from)
	}
	config, err := mysql.ParseURL(from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	return openMySQL("--from", config, slog.New(slog.DiscardHandler))
}

// isTarget reports whether db is the database that the import writes.
func (c *importCmd) isTarget(db *database) (bool, error) {
	if c.DB != "" {
		config, err := mysql.ParseURL(c.DB)
		return err == nil && config.String() == db.where, nil // what is wrong with it is told later
	}
	from, err := os.Stat(db.where)
	if err != nil {
		return false, nil // it is in MySQL
	}
	into, err := os.Stat(filepath.Join(c.Data, databaseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return os.SameFile(from, into), err
}

// try reports what the import would do. It works beside a running server, and before the database
// exists.
func (c *importCmd) try(p *app, merge *transfer.Merge) (into string, report transfer.Report, err error) {
	db, err := c.openToRead()
	if errors.Is(err, fs.ErrNotExist) {
		_, report, err = merge.Batch(store.Snapshot{})
		return filepath.Join(c.Data, databaseFile) + ", which doesn't exist yet", report, err
	}
	if err != nil {
		return "", report, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	there, err := db.Load(p.ctx, merge.Player)
	if err != nil && !errors.Is(err, store.ErrNoTables) {
		return "", report, fmt.Errorf("read %s: %w", db.where, err)
	}
	if there.LeaseLeft > 0 {
		_, _ = fmt.Fprintf(p.stderr, "clickky: a server is using %s; stop it before you add --yes\n", db.where)
	}
	if _, report, err = merge.Batch(there); err != nil {
		return "", report, fmt.Errorf("merge into %s: %w", db.where, err)
	}
	return db.where, report, nil
}

// write does the import.
func (c *importCmd) write(ctx context.Context, merge *transfer.Merge) (into string, report transfer.Report, err error) {
	if c.DB == "" {
		lock, err := lockDataDir(c.Data)
		if err != nil {
			return "", report, err
		}
		defer lock.Close()
	}
	db, err := c.open(slog.New(slog.DiscardHandler))
	if err != nil {
		return "", report, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if c.DB == "" {
		db.where = filepath.Join(c.Data, databaseFile)
	}
	// This comes before the migrations, because a server of an older version may be running.
	if state, err := db.State(ctx); err == nil && state.LeaseLeft > 0 {
		return "", report, c.leased(db)
	}
	if err := db.Migrate(ctx); err != nil {
		return "", report, fmt.Errorf("prepare %s: %w", db.where, err)
	}
	err = db.Amend(ctx, merge.Player, func(there store.Snapshot) (batch game.Checkpoint, err error) {
		batch, report, err = merge.Batch(there)
		return batch, err
	})
	switch {
	case errors.Is(err, store.ErrLeased):
		return "", report, c.leased(db)
	case errors.Is(err, store.ErrUnknown):
		return "", report, fmt.Errorf("%s didn't confirm the import; check whether the counts are there before you try again: %w", db.where, err)
	case err != nil:
		return "", report, fmt.Errorf("import into %s: %w; nothing was written", db.where, err)
	}
	return db.where, report, nil
}

func (*importCmd) leased(db *database) error {
	return fmt.Errorf("nothing was written, because a server is using %s; stop it first (if it was killed, try again in 30 seconds)", db.where)
}
