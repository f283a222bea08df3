package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		path := filepath.Join(t.TempDir(), "clickky.db")
		return storetest.Database{
			Open: func(t *testing.T) store.Store { return openFile(t, path) },
			Refuse: func(t *testing.T, name string) {
				exec(t, path, fmt.Sprintf("CREATE TRIGGER %q BEFORE INSERT ON users WHEN NEW.username = '%s'"+
					" BEGIN SELECT RAISE(ABORT, '%s is not welcome'); END", "refuse "+name, name, name))
			},
			Accept: func(t *testing.T, name string) {
				exec(t, path, fmt.Sprintf("DROP TRIGGER %q", "refuse "+name))
			},
			Exec: func(t *testing.T, statement string) { exec(t, path, statement) },
		}
	})
}

// exec runs a statement on the database of a file without the store.
func exec(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// openFile opens a store; the test closes it.
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
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	batch := game.Checkpoint{Players: []game.Player{{Name: "alice", Clicks: clicks}}, Total: clicks}
	if rejected, err := s.Save(t.Context(), next(t, s, batch)); err != nil || len(rejected) > 0 {
		t.Fatalf("Save: %v, %v", rejected, err)
	}
}

// next takes the lease and makes a checkpoint start at the position of the database.
func next(t testing.TB, s *Store, batch game.Checkpoint) game.Checkpoint {
	t.Helper()
	state, err := s.Lease(t.Context(), "journal", 0, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	batch.Journal, batch.From, batch.To = "journal", state.Position, state.Position+1
	return batch
}

func wantAlice(t *testing.T, s *Store, clicks uint64) {
	t.Helper()
	var found []game.Player
	snapshot, err := s.Load(t.Context(), func(p game.Player) error {
		found = append(found, p)
		return nil
	})
	if err != nil || snapshot.Total != clicks || len(found) != 1 || !reflect.DeepEqual(found[0], game.Player{Name: "alice", Clicks: clicks}) {
		t.Errorf("Load yields %v, total %d, %v; want alice with %d clicks", found, snapshot.Total, err, clicks)
	}
}

func TestStoreKeepsCountsAfterClose(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	s := openFile(t, path)
	defer func() { _ = s.Close() }()
	wantAlice(t, s, 3)
}

// TestOpenMakesPrivateFiles also covers the files that SQLite adds while the database is open.
func TestOpenMakesPrivateFiles(t *testing.T) {
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

// TestOpenSetsDurablePragmas holds the settings that the package comment promises.
func TestOpenSetsDurablePragmas(t *testing.T) {
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

func TestOpenAnyPath(t *testing.T) {
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
	_, saveErr := s.Save(t.Context(), game.Checkpoint{Journal: "journal", From: 1, To: 2, Total: 9})
	_, leaseErr := s.Lease(t.Context(), "journal", 0, time.Hour)
	_, requestErr := s.RequestBinding(t.Context(), store.Binding{Name: "alice", Fingerprint: "SHA256:a"})
	takeErr := s.TakeBindings(t.Context(), func([]store.Binding) []uint64 { return nil })
	amendErr := s.Amend(t.Context(), func(game.Player) error { return nil }, func(store.Snapshot) (game.Checkpoint, error) {
		return game.Checkpoint{}, nil
	})
	for method, err := range map[string]error{
		"Amend": amendErr,
		"Save":  saveErr, "Lease": leaseErr, "RequestBinding": requestErr, "TakeBindings": takeErr,
		"Release": s.Release(t.Context(), "journal"), "Migrate": s.Migrate(t.Context()),
	} {
		if !errors.Is(err, errReadOnly) {
			t.Errorf("%s: %v, want it refused", method, err)
		}
	}
	if state, err := s.State(t.Context()); err != nil || state.Journal != "journal" || state.Position != 1 {
		t.Errorf("State: %+v, %v; want the first position of the journal", state, err)
	}
	if rejected, err := s.Rejected(t.Context()); err != nil || len(rejected) > 0 {
		t.Errorf("Rejected: %v, %v", rejected, err)
	}
	if bindings, err := s.Bindings(t.Context()); err != nil || len(bindings) > 0 {
		t.Errorf("Bindings: %v, %v", bindings, err)
	}
	if _, err := s.reader.ExecContext(t.Context(), "UPDATE users SET user_count = 0"); err == nil {
		t.Error("its connections can write")
	}
	wantAlice(t, s, 3)
}

func TestReadOnlyBesideServer(t *testing.T) {
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
	if _, err := s.Load(t.Context(), func(game.Player) error { return nil }); !errors.Is(err, store.ErrNoTables) {
		t.Errorf("Load: %v, want store.ErrNoTables in its chain", err)
	}
}

func TestOpenOfOtherFileIsRefused(t *testing.T) {
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
	if _, err := s.Load(t.Context(), func(game.Player) error { return nil }); !errors.Is(err, store.ErrRefused) {
		t.Errorf("Load: %v, want store.ErrRefused in its chain", err)
	}
}

// TestAnsweredWhenDatabaseFull tells a full disk, which may have room again, from a database
// that is unreachable.
func TestAnsweredWhenDatabaseFull(t *testing.T) {
	t.Parallel()
	s := openFile(t, filepath.Join(t.TempDir(), "clickky.db"))
	defer func() { _ = s.Close() }()
	saveAlice(t, s, 3)
	if _, err := s.writer.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // no more than it has
		t.Fatal(err)
	}
	crowd := game.Checkpoint{Total: 10_000}
	for i := range 10_000 {
		crowd.Players = append(crowd.Players, game.Player{Name: fmt.Sprintf("player-%d", i), Clicks: 1})
	}
	_, err := s.Save(t.Context(), next(t, s, crowd))
	if !store.Answered(err) || errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), "full") {
		t.Errorf("Save: %v, want store.ErrAnswered in its chain", err)
	}
	wantAlice(t, s, 3)
}

// TestAnsweredIsFalseForAbsentFile also covers a database that got no time to answer.
func TestAnsweredIsFalseForAbsentFile(t *testing.T) {
	t.Parallel()
	path := filled(t, t.TempDir())
	s := openFile(t, path)
	defer func() { _ = s.Close() }()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.State(t.Context()); err == nil || store.Answered(err) {
		t.Errorf("State of a directory: %v, want no answer", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.State(over); !errors.Is(err, context.Canceled) || store.Answered(err) {
		t.Errorf("State after its context: %v, want no answer", err)
	}
}

func TestOpenInMissingDirectoryFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "missing", "clickky.db")
	if _, err := Open(path, slog.New(slog.DiscardHandler)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open: %v, want fs.ErrNotExist in its chain", err)
	}
}

// TestSaveRejectsTooLargeCount saves the other players.
func TestSaveRejectsTooLargeCount(t *testing.T) {
	t.Parallel()
	s := openFile(t, filepath.Join(t.TempDir(), "clickky.db"))
	defer func() { _ = s.Close() }()
	saveAlice(t, s, 3)
	batch := game.Checkpoint{Players: []game.Player{{Name: "alice", Clicks: 4}, {Name: "bob", Clicks: math.MaxUint64 - 9}}}
	rejected, err := s.Save(t.Context(), next(t, s, batch))
	if err != nil || len(rejected) != 1 || !reflect.DeepEqual(rejected[0].Player, batch.Players[1]) {
		t.Errorf("Save: %v, %v; want bob rejected", rejected, err)
	}
	again, err := s.Rejected(t.Context())
	if err != nil || !reflect.DeepEqual(again, rejected) {
		t.Errorf("Rejected: %v, %v; want %v", again, err, rejected)
	}
	found := map[string]uint64{}
	snapshot, err := s.Load(t.Context(), func(p game.Player) error {
		found[p.Name] = p.Clicks
		return nil
	})
	if err != nil || snapshot.Total != math.MaxUint64-5 || found["alice"] != 4 || found["bob"] != math.MaxUint64-9 {
		t.Errorf("Load yields %v, %+v, %v", found, snapshot, err)
	}
	// The total is nobody's row.
	batch = next(t, s, game.Checkpoint{Players: []game.Player{{Name: "alice", Clicks: 5}}, Total: math.MaxUint64})
	if _, err := s.Save(t.Context(), batch); err == nil {
		t.Error("Save of a total that SQLite cannot hold: no error")
	}
}

// TestSaveDetectsEndedTransaction has a trigger end the transaction: nothing after that may be
// written on its own.
func TestSaveDetectsEndedTransaction(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "clickky.db")
	s := openFile(t, path)
	defer func() { _ = s.Close() }()
	saveAlice(t, s, 3)
	exec(t, path, "CREATE TRIGGER cruel BEFORE INSERT ON users WHEN NEW.username = 'mallory'"+
		" BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END")
	batch := next(t, s, game.Checkpoint{Players: []game.Player{{Name: "mallory", Clicks: 1}, {Name: "alice", Clicks: 4}}})
	if _, err := s.Save(t.Context(), batch); err == nil || errors.Is(err, store.ErrUnknown) {
		t.Errorf("Save: %v, want an error that says nothing is saved", err)
	}
	wantAlice(t, s, 3)
	exec(t, path, "DROP TRIGGER cruel")
	saveAlice(t, s, 5)
	wantAlice(t, s, 5)
}

// TestMigrateConcurrently starts several servers on one file at once.
func TestMigrateConcurrently(t *testing.T) {
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
	for version := range 7 {
		var runs int
		query := "SELECT COUNT(*) FROM " + versionTable + " WHERE version_id = ?"
		if err := db.QueryRowContext(t.Context(), query, version+1).Scan(&runs); err != nil || runs != 1 {
			t.Errorf("migration %d ran %d times (%v), want once", version+1, runs, err)
		}
	}
}
