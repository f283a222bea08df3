package sqlite

import (
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"clickky/sync/store"
	"clickky/sync/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		return openFile(t, filepath.Join(t.TempDir(), "clickky.db"))
	})
}

// openFile opens a store and leaves closing it to the test.
func openFile(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// filled returns the path of a closed database in which alice has 3 clicks.
func filled(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "clickky.db")
	s := openFile(t, path)
	saveAlice(t, s, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func saveAlice(t *testing.T, s *Store, clicks uint64) {
	t.Helper()
	batch := store.Batch{Players: []store.Player{{Name: "alice", Clicks: clicks}}, Total: clicks}
	if err := errors.Join(s.Migrate(t.Context()), s.Save(t.Context(), batch)); err != nil {
		t.Fatal(err)
	}
}

func wantAlice(t *testing.T, s *Store, clicks uint64) {
	t.Helper()
	var found []store.Player
	total, err := s.Load(t.Context(), func(p store.Player) error {
		found = append(found, p)
		return nil
	})
	if err != nil || total != clicks || len(found) != 1 || found[0] != (store.Player{Name: "alice", Clicks: clicks}) {
		t.Errorf("Load yields %v, total %d, %v; want alice with %d clicks", found, total, err, clicks)
	}
}

func TestCountsSurviveClosing(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	s := openFile(t, path)
	defer func() { _ = s.Close() }()
	wantAlice(t, s, 3)
}

// TestFilesOfTheirOwnerAlone also looks at the files that SQLite adds while the
// database is open.
func TestFilesOfTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "clickky.db"))
	defer func() { _ = s.Close() }()
	saveAlice(t, s, 1)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", entry.Name(), info.Mode().Perm())
		}
	}
	if got := strings.Join(names, " "); !strings.Contains(got, "clickky.db-wal") {
		t.Errorf("files are %s; there is no write-ahead log", got)
	}
}

// TestDurability holds the settings that the package comment promises.
func TestDurability(t *testing.T) {
	t.Parallel()
	s := openFile(t, filepath.Join(t.TempDir(), "clickky.db"))
	defer func() { _ = s.Close() }()
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "foreign_keys": "1",
	} {
		var got string
		if err := s.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
}

func TestAnyPath(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a?b", "a%20b", "a#b", "a b", "a&mode=memory", "ä🦆", ":memory:", "file:x"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filled(t, dir)
		info, err := os.Stat(path)
		if err != nil || info.Size() == 0 {
			t.Errorf("%q: the database is not in its file (%v)", name, err)
		}
		s, err := OpenReadOnly(path)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		wantAlice(t, s, 3)
		_ = s.Close()
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatalf("OpenReadOnly: %v", err)
	}
	defer func() { _ = s.Close() }()
	wantAlice(t, s, 3)
	if err := s.Save(t.Context(), store.Batch{Total: 9}); !errors.Is(err, errReadOnly) {
		t.Errorf("Save: %v, want it refused", err)
	}
	if err := s.Migrate(t.Context()); !errors.Is(err, errReadOnly) {
		t.Errorf("Migrate: %v, want it refused", err)
	}
	if _, err := s.reader.ExecContext(t.Context(), "UPDATE users SET user_count = 0"); err == nil {
		t.Error("its connections can write")
	}
	wantAlice(t, s, 3)
}

func TestReadOnlyBesideAServer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "clickky.db")
	server := openFile(t, path)
	defer func() { _ = server.Close() }()
	saveAlice(t, server, 3)
	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatalf("OpenReadOnly: %v", err)
	}
	defer func() { _ = reader.Close() }()
	wantAlice(t, reader, 3)

	// Also in the middle of a save, and without holding it up.
	tx, err := server.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "UPDATE users SET user_count = 99"); err != nil {
		t.Fatal(err)
	}
	wantAlice(t, reader, 3)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	saveAlice(t, server, 4)
	wantAlice(t, reader, 4)
}

func TestReadOnlyWithoutFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.db")
	_, err := OpenReadOnly(path)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no database at "+path) {
		t.Errorf("OpenReadOnly: %v, want a sentence that names %s", err, path)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file was created (%v)", err)
	}
	if _, err := OpenReadOnly(filepath.Dir(path)); err == nil {
		t.Error("a directory can be opened")
	}
}

func TestReadOnlyWithoutTables(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "clickky.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Load(t.Context(), func(store.Player) error { return nil }); !errors.Is(err, store.ErrNoTables) {
		t.Errorf("Load: %v, want store.ErrNoTables in its chain", err)
	}
}

func TestNotADatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "clickky.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openFile(t, path)
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); !errors.Is(err, store.ErrRefused) {
		t.Errorf("Migrate: %v, want store.ErrRefused in its chain", err)
	}
	if _, err := s.Load(t.Context(), func(store.Player) error { return nil }); !errors.Is(err, store.ErrRefused) {
		t.Errorf("Load: %v, want store.ErrRefused in its chain", err)
	}
}

func TestUnwritableDirectory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "missing", "clickky.db")
	if _, err := Open(path, slog.New(slog.DiscardHandler)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open: %v, want fs.ErrNotExist in its chain", err)
	}
}

// TestTooLargeACount: SQLite cannot hold it, and nothing else of the batch may
// be stored then.
func TestTooLargeACount(t *testing.T) {
	t.Parallel()
	s := openFile(t, filepath.Join(t.TempDir(), "clickky.db"))
	defer func() { _ = s.Close() }()
	saveAlice(t, s, 3)
	batch := store.Batch{Players: []store.Player{{Name: "alice", Clicks: 4}, {Name: "bob", Clicks: math.MaxUint64}}}
	if err := s.Save(t.Context(), batch); err == nil {
		t.Error("Save of a count that SQLite cannot hold: no error")
	}
	wantAlice(t, s, 3)
}

// TestStoresOfOneFile has several servers start on one file at once.
func TestStoresOfOneFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "clickky.db")
	errs := make([]error, 4)
	var group sync.WaitGroup
	for i := range errs {
		s := openFile(t, path)
		defer func() { _ = s.Close() }()
		group.Go(func() { errs[i] = s.Migrate(t.Context()) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var runs int
	query := "SELECT COUNT(*) FROM " + versionTable + " WHERE version_id = 1"
	if err := db.QueryRowContext(t.Context(), query).Scan(&runs); err != nil || runs != 1 {
		t.Errorf("the first migration ran %d times (%v), want once", runs, err)
	}
}
