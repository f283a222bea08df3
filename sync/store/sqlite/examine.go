package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"clickky/sync/finding"
	"clickky/sync/store"
	"clickky/sync/store/sqlstore"
)

// OpenUntouched is OpenReadOnly for callers that must not create files. Reading a database that
// isn't open elsewhere creates files beside it, which could belong to the wrong user. Results can't
// be trusted if another process begins to write meanwhile; one that already has the database open
// may write.
func OpenUntouched(file string) (*Store, error) {
	_, err := os.Stat(file + "-shm")
	wal, walErr := os.Stat(file + "-wal")
	if err == nil || walErr == nil && wal.Size() > 0 {
		return OpenReadOnly(file)
	}
	return openToRead(file, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"query_only(1)"}})
}

// damage is SQLite's description of what is wrong with a file.
type damage string

func (d damage) Error() string { return string(d) }

// Examine reports on the file, which it reads completely, and on the tables, and writes nothing. It
// returns the state of the database, or nil if it is unknown.
func (s *Store) Examine(ctx context.Context, r *finding.Report) *store.State {
	files, _ := migrations.ReadDir("migrations") // they are embedded
	current := int64(len(files))
	var version int64 // 0: there are no tables
	var unfit error
	var state store.State
	err := s.transaction(ctx, sqlstore.Snapshot, func(tx *sql.Tx) error {
		found := ""
		if err := tx.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
			return err
		}
		if found != "ok" {
			return damage(found)
		}
		err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&version)
		if err != nil {
			return err
		}
		if version == current {
			unfit = check(ctx, tx)
		}
		state, err = s.PeekState(ctx, tx)
		return err
	})
	if err != nil && classify(err) != sqlstore.NoTable {
		state, closed := Closed(s.path, wrap("check the database", err))
		r.Add("database", closed)
		return state
	}
	r.Add("database", finding.OKf("%s is readable and intact", s.path))
	r.Add("tables", sqlstore.CheckVersion(version, current, unfit))
	return &state
}

// Closed reports why the database in a file can't be used, given the error of opening or reading
// it. It returns the state of the database that a server will create, or nil if it can't.
func Closed(path string, err error) (*store.State, finding.Finding) {
	const fix = "restore the file from a backup"
	found, damaged := errors.AsType[damage](err)
	if failure, ok := errors.AsType[*driver.Error](err); ok && failure.Code()&0xff == sqlite3.SQLITE_CORRUPT {
		found, damaged = damage(failure.Error()), true
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &store.State{}, finding.OKf("%s doesn't exist yet; the server creates it", path)
	case errors.Is(err, store.ErrRefused):
		return nil, finding.Problemf(fix+", or move it away: "+finding.MoveAway(path), "%s is not a database", path)
	case damaged:
		return nil, finding.Problemf(fix+", or recover what you can: sqlite3 "+finding.Quote(path)+" .recover", "%s is damaged: %s", path, found)
	}
	return nil, finding.Problemf("fix the permissions of the file, or "+fix, "%v", err)
}
