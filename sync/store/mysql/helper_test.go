package mysql

import (
	"database/sql"
	"fmt"
	"log/slog"
	"testing"

	"clickky/sync/store/mysql/mariadbtest"
)

func TestMain(m *testing.M) { mariadbtest.Main(m) }

// openURL opens a store. The test closes it.
func openURL(t *testing.T, url string) *Store {
	t.Helper()
	cfg, err := ParseURL(url)
	if err != nil {
		t.Fatalf("ParseURL: %v", err)
	}
	s, err := Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// rejectCounts adds a trigger that rejects every count of a player.
func rejectCounts(t *testing.T, db *sql.DB, name string) {
	t.Helper()
	mustExec(t, db, fmt.Sprintf("CREATE TRIGGER `refuse %s` BEFORE INSERT ON users FOR EACH ROW IF NEW.username = '%s'"+
		" THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '%s is\nnot welcome'; END IF", name, name, name))
}

// acceptCounts undoes rejectCounts.
func acceptCounts(t *testing.T, db *sql.DB, name string) {
	t.Helper()
	mustExec(t, db, "DROP TRIGGER `refuse "+name+"`")
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
