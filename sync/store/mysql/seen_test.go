package mysql

import (
	"testing"
	"time"

	"clickky/sync/store/mysql/mariadbtest"
)

// inPast is a time at which players were seen.
var inPast = time.Unix(1_700_000_000, 0)

// TestSeenColumnIsAddedInstantly matters because a table of millions of players must not be
// rebuilt.
func TestSeenColumnIsAddedInstantly(t *testing.T) {
	t.Parallel()
	const drop = "ALTER TABLE users DROP COLUMN clickky_seen"
	for name, setup := range map[string][]string{
		"a table of our own":      nil,
		"one that was taken over": oldDatabases["utf8mb4 general"].setup,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := mariadbtest.New(t)
			db := createOld(t, database, setup)
			migrated(t, database.URL)
			mustExec(t, db, drop)
			mustExec(t, db, seenColumn+", ALGORITHM = INSTANT") // or the server refuses
			// A server that died before it could record that the column exists.
			mustExec(t, db, "DELETE FROM "+versionTable+" WHERE version_id >= 6")
			b := &breaker{left: -1}
			again := openBroken(t, database.URL, b)
			defer func() { _ = again.Close() }()
			if err := again.Migrate(t.Context()); err != nil || len(b.changes) == 0 {
				t.Errorf("Migrate: %v, and it ran %q", err, b.changes)
			}
		})
	}
}

// TestSeenColumnKeepsOldVersionRunning runs the previous version on the tables with the new
// column.
func TestSeenColumnKeepsOldVersionRunning(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	db := createOld(t, database, oldDatabases["utf8mb4 general"].setup)
	s := migrated(t, database.URL)
	b := batch(6, "Alice")
	b.Players[0].Seen = inPast
	mustSave(t, s, b)
	const old = "INSERT INTO users (username, user_count) VALUES (?, ?) ON DUPLICATE KEY UPDATE user_count = VALUES(user_count)"
	for _, name := range []string{"Alice", "newcomer"} {
		if _, err := db.ExecContext(t.Context(), old, name, 9); err != nil {
			t.Fatal(err)
		}
	}
	const query = "SELECT GROUP_CONCAT(username, ' ', user_count, ' ', clickky_seen ORDER BY username) FROM users" +
		" WHERE username IN ('Alice', 'newcomer')"
	if got, want := scalar(t, db, query), "Alice 9 1700000000,newcomer 9 0"; got != want {
		t.Errorf("users holds %q, want %q", got, want)
	}
}
