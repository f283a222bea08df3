package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"clickky/sync/store"
)

// Facts are what Examine has seen of a database.
type Facts struct {
	// Version of the tables, 0 if there are none, and Current, which Migrate
	// brings them to.
	Version, Current int64
	// Absent are the tables of the current version that are gone, and their columns, as
	// users.clickky_seen.
	Absent []string
	// Damage is the first thing that is wrong with the file; empty: nothing. The
	// rest is not known when there is any.
	Damage string
	// State is that of the database.
	State store.State
}

// OpenUntouched is OpenReadOnly for somebody who must not leave anything behind:
// reading a database that nobody has open makes files beside it, which may then
// belong to the wrong user. It makes none. Nobody may begin to write to the
// database meanwhile, or what is read is not to be trusted; somebody who has it
// open already may.
func OpenUntouched(file string) (*Store, error) {
	_, err := os.Stat(file + "-shm")
	wal, walErr := os.Stat(file + "-wal")
	if err == nil || walErr == nil && wal.Size() > 0 {
		return OpenReadOnly(file)
	}
	s, err := OpenReadOnly(file)
	if err != nil {
		return nil, err
	}
	if err := s.reader.Close(); err != nil {
		return nil, err
	}
	s.reader, err = pool(file, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"query_only(1)"}})
	return s, err
}

// Examine looks at the file and the tables. It reads the whole file, and writes
// nothing.
func (s *Store) Examine(ctx context.Context) (Facts, error) {
	var f Facts
	files, err := fs.Glob(migrations, path.Join("migrations", "*.sql"))
	if err != nil {
		return f, err
	}
	f.Current = int64(len(files))
	err = transaction(ctx, s.reader, func(tx *sql.Tx) error {
		found := ""
		if err := tx.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
			return err
		}
		if found != "ok" {
			f.Damage = found
			return nil
		}
		err := requireTables(ctx, tx, []string{versionTable})
		if err == nil {
			err = tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&f.Version)
		}
		if err == nil && f.Version == f.Current {
			f.Absent, err = absentFrom(ctx, tx)
		}
		if err == nil {
			err = requireTables(ctx, tx, ownTables)
		}
		if err == nil {
			f.State, err = readState(ctx, tx)
		}
		if errors.Is(err, store.ErrNoTables) {
			return nil
		}
		return err
	})
	if failure, ok := errors.AsType[*driver.Error](err); ok && failure.Code()&0xff == sqlite3.SQLITE_CORRUPT {
		f.Damage, err = failure.Error(), nil
	}
	return f, wrap("check the database", err)
}
