package mysql

import (
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
