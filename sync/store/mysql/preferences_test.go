package mysql

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"clickky/sync/game"
	"clickky/sync/store/mysql/mariadbtest"
)

// TestPreferencesTakeFewStatements needs less than one statement per player, and none without
// preferences.
func TestPreferencesTakeFewStatements(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	migrated(t, database.URL)
	var statements []string
	s := openFailing(t, database.URL, func(statement string) error {
		if strings.Contains(statement, "clickky_choices") || strings.Contains(statement, "SAVEPOINT") {
			statements = append(statements, statement[:10])
		}
		return nil
	})
	var b game.Checkpoint
	for i := range 1000 {
		b.Preferences = append(b.Preferences, game.Preference{Name: fmt.Sprint("p-", i), Text: "light"})
	}
	b = nextBatch(t, s, b)
	statements = nil
	if _, err := s.Save(t.Context(), b); err != nil {
		t.Fatalf("Save: %v", err)
	}
	if len(statements) != 2*4 {
		t.Errorf("1,000 choices took %q", statements)
	}
	b = nextBatch(t, s, batch(1, "alice"))
	statements = nil
	if _, err := s.Save(t.Context(), b); err != nil || len(statements) > 0 {
		t.Errorf("Save: %v, and counts alone took %q", err, statements)
	}
}

func TestPreferencesRejectedAreLogged(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	migrated(t, database.URL)
	cfg, err := ParseURL(database.URL)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := Open(cfg, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	mustExec(t, database.Open(t), "CREATE TRIGGER taste BEFORE INSERT ON clickky_choices FOR EACH ROW"+
		" IF NEW.choice = 'mono' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no colours'; END IF")
	b := batch(1, "alice")
	b.Preferences = []game.Preference{{Name: "alice", Text: "mono"}, {Name: "bob", Text: "light"}}
	mustSave(t, s, b)
	snapshot, err := s.Load(t.Context(), func(game.Player) error { return nil })
	if err != nil || len(snapshot.Preferences) != 1 || snapshot.Preferences[0].Name != "bob" {
		t.Errorf("Load yields the choices %v, %v", snapshot.Preferences, err)
	}
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "player=alice") || !strings.Contains(said, "no colours") {
		t.Errorf("the log is\n%s", said)
	}
}
