package mysql

import (
	"context"
	"fmt"
	"testing"

	"clickky/sync/store/mysql/mariadbtest"
)

// addedBy lists the tables that each version added. The sixth added a column.
var addedBy = map[int][]string{
	2: {"clickky_state", "clickky_rejected"},
	3: {"clickky_keys", "clickky_bindings"},
	4: {"clickky_bans", "clickky_audit"},
	5: {"clickky_choices"},
	7: {"clickky_days"},
}

// olderVersion creates a version's tables, without any game.
func olderVersion(t *testing.T, database mariadbtest.DB, version int) {
	t.Helper()
	s := openURL(t, database.URL)
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustSave(t, s, batch(7, "bob"))
	db := database.Open(t)
	mustExec(t, db, "UPDATE clickky_state SET journal = '', position = 0, lease_until = NULL")
	if version < 6 {
		mustExec(t, db, "ALTER TABLE users DROP COLUMN clickky_seen")
	}
	for later, tables := range addedBy {
		if later <= version {
			continue
		}
		for _, table := range tables {
			mustExec(t, db, "DROP TABLE "+table)
		}
	}
	mustExec(t, db, fmt.Sprintf("DELETE FROM %s WHERE version_id > %d", versionTable, version))
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
