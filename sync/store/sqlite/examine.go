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
	"clickky/sync/store/sqlstore"
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
	err = s.transaction(ctx, sqlstore.Snapshot, func(tx *sql.Tx) error { return s.examine(ctx, tx, &f) })
	if classify(err) == sqlstore.NoTable {
		err = nil
	}
	if failure, ok := errors.AsType[*driver.Error](err); ok && failure.Code()&0xff == sqlite3.SQLITE_CORRUPT {
		f.Damage, err = failure.Error(), nil
	}
	return f, wrap("check the database", err)
}

func (s *Store) examine(ctx context.Context, tx *sql.Tx, f *Facts) (err error) {
	found := ""
	if err := tx.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		f.Damage = found
		return nil
	}
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&f.Version); err != nil {
		return err
	}
	if f.Version == f.Current {
		if f.Absent, err = absent(ctx, tx); err != nil {
			return err
		}
	}
	f.State, err = s.PeekState(ctx, tx)
	return err
}
