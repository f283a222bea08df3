package mysql

import (
	"errors"
	"strings"
	"testing"

	"clickky/sync/finding"
	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
)

// TestForeignColumnWithoutDefault runs the statement that the error names: it fixes the table.
func TestForeignColumnWithoutDefault(t *testing.T) {
	t.Parallel()
	for table, statement := range map[string]string{
		"users":        "ALTER TABLE users ADD COLUMN `e mail` VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL",
		"clickky_keys": "ALTER TABLE clickky_keys ADD COLUMN comment INT NOT NULL",
	} {
		database := mariadbtest.New(t)
		db := database.Open(t)
		s := migrated(t, database.URL)
		mustSave(t, s, batch(1, "alice"))
		mustExec(t, db, statement)
		err := s.Check(t.Context())
		if !errors.Is(err, store.ErrUnfit) || !errors.Is(s.Migrate(t.Context()), store.ErrUnfit) {
			t.Fatalf("%s: Check: %v, Migrate: %v", table, err, s.Migrate(t.Context()))
		}
		if f := mustExamine(t, database.URL); !f.is("tables", finding.Problem, err.Error()) {
			t.Errorf("%s: Examine finds nothing", table)
		}
		_, mend, _ := strings.Cut(err.Error(), "fix it with: ")
		mustExec(t, db, strings.TrimSuffix(mend, ";"))
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("%s: after %s: %v", table, mend, err)
		}
		b := batch(2, "alice", "bob")
		b.Owners = []game.Owner{someKeys("bob", 1)}
		mustSave(t, s, b)
	}
}

// TestForeignColumnWithDefault ignores columns that fill themselves, by a default or a
// trigger.
func TestForeignColumnWithDefault(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	db := database.Open(t)
	s := migrated(t, database.URL)
	for _, statement := range []string{
		"ALTER TABLE users ADD COLUMN made TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, ADD COLUMN note TEXT," +
			" ADD COLUMN twice BIGINT UNSIGNED AS (user_count * 2), ADD COLUMN email VARCHAR(20) NOT NULL",
		"CREATE TRIGGER filled BEFORE INSERT ON users FOR EACH ROW SET NEW.email = 'x'",
	} {
		mustExec(t, db, statement)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustSave(t, s, batch(1, "alice"))
	if n := scalar(t, db, "SELECT COUNT(*) FROM users"); n != "1" {
		t.Errorf("there are %s rows, want that of alice only", n)
	}
}

// TestExamineTriesToWrite also runs beside a server that is saving, and does not delay it.
func TestExamineTriesToWrite(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	db := database.Open(t)
	migrated(t, database.URL)
	if f := mustExamine(t, database.URL); f.has("writing") {
		t.Errorf("it cannot write: %+v", f["writing"])
	}
	saving := lockInOtherTx(t, database, "SELECT * FROM clickky_state FOR UPDATE")
	if f := mustExamine(t, database.URL); f.has("writing") {
		t.Errorf("beside a server that is saving it cannot write: %+v", f["writing"])
	}
	if err := saving.Rollback(); err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "CREATE TRIGGER no_total BEFORE UPDATE ON global_count FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not today'")
	if f := mustExamine(t, database.URL); !f.is("writing", finding.Problem, "not today") {
		t.Errorf("what it cannot write: %+v", f["writing"])
	}
}
