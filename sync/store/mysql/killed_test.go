//go:build !race

// These tests have no goroutines, and migrate hundreds of databases.

package mysql

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"clickky/sync/store/mysql/mariadbtest"
)

// TestTakeoverKilled kills the first migration before each of its statements in turn.
func TestTakeoverKilled(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"utf8mb4 unicode, NULL and negative counts", "sum beyond INT, no keys", "no keys, rows repeated",
		"no keys, MyISAM, no id", "only users", "only global_count",
	} {
		old := oldDatabases[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			survived := 0
			for done := false; !done; survived++ {
				database := mariadbtest.New(t)
				db := createOld(t, database, old.setup)
				ctx, cancel := context.WithCancel(t.Context())
				b := &breaker{left: survived, killed: cancel}
				killed := openBroken(t, database.URL, b)
				err := killed.Migrate(ctx)
				done = err == nil || strings.Contains(strings.Join(b.changes, "\n"), "clickky_state")
				if err != nil && ctx.Err() == nil {
					t.Fatalf("killed after %q: %v", b.changes, err)
				}
				s := openURL(t, database.URL)
				if err := s.Migrate(t.Context()); err != nil {
					t.Fatalf("Migrate after one that was killed after %q: %v", b.changes, err)
				}
				checkTakenOver(t, s, db, old)
				if t.Failed() {
					t.Fatalf("it was killed after %q", b.changes)
				}
				_ = s.Close()
				_ = killed.Close()
				cancel()
			}
			if survived < 8 {
				t.Errorf("only %d statements were counted", survived)
			}
		})
	}
}

// TestMigrationsKilled kills the migrations after the first one before each of their
// statements in turn. What older versions left can be read at any time.
func TestMigrationsKilled(t *testing.T) {
	t.Parallel()
	// Each migration has at least as many: a transaction, its own, and its note, before which
	// it is killed and has not left the version.
	for version, statements := range map[int]int{1: 5, 2: 4, 3: 4, 4: 3, 5: 3, 6: 3} {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			t.Parallel()
			survived := 0
			for killMigration(t, version, survived) == version {
				survived++
			}
			if survived < statements {
				t.Errorf("only %d statements were counted", survived)
			}
		})
	}
}

// killMigration kills the migration from a version before one of its statements, and returns the
// version it left: a later one if there are fewer statements.
func killMigration(t *testing.T, version, survived int) (left int) {
	t.Helper()
	old := oldDatabase{rows: map[uint64]row{1: {"bob", 7}}, total: 7}
	database := mariadbtest.New(t)
	olderVersion(t, database, version)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := &breaker{left: survived, killed: cancel}
	killed := openBroken(t, database.URL, b)
	defer func() { _ = killed.Close() }()
	err := killed.Migrate(ctx)
	if err != nil && ctx.Err() == nil {
		t.Fatalf("killed after %q: %v", b.changes, err)
	}
	db := database.Open(t)
	if err := db.QueryRowContext(t.Context(), "SELECT MAX(version_id) FROM "+versionTable).Scan(&left); err != nil {
		t.Fatal(err)
	}
	s := openURL(t, database.URL)
	defer func() { _ = s.Close() }()
	checkLoad(t, s, old)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate after one that was killed after %q: %v", b.changes, err)
	}
	checkTakenOver(t, s, db, old)
	checkSecondStart(t, database)
	checkUse(t, s, old)
	if t.Failed() {
		t.Fatalf("it was killed after %q", b.changes)
	}
	return left
}
