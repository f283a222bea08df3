package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is goose's table of migrations that have run.
const versionTable = "clickky_migrations"

// Migrate brings the tables to the current version, each migration in one transaction. Processes
// that migrate the same file wait for each other at a lock file beside it. If the file isn't a
// database, store.ErrRefused is in the chain of the error.
func (s *Store) Migrate(ctx context.Context) error {
	return wrap("migrate database", s.migrate(ctx))
}

func (s *Store) migrate(ctx context.Context) (err error) {
	if s.writer == nil {
		return errReadOnly
	}
	// A lock inside the file would need a connection of its own, which would block goose's.
	lock := flock.New(s.path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	defer func() {
		if unlockErr := lock.Unlock(); err == nil {
			err = unlockErr
		}
	}()

	files, _ := fs.Sub(migrations, "migrations") // the path is valid
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writer, files,
		goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	applied, err := provider.Up(ctx)
	if len(applied) > 0 {
		s.log.Debug("migrated the database", "path", s.path, "migrations", len(applied))
	}
	if err != nil {
		return err
	}
	return s.Complete(ctx, func(ctx context.Context) error { return check(ctx, s.reader) }, s.addSeen)
}
