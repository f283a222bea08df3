package mysql

import (
	"context"
	"testing"

	"clickky/sync/store/mysql/mariadbtest"
)

// firstVersion makes a database what the first version left.
func firstVersion(t *testing.T, database mariadbtest.DB) {
	t.Helper()
	s := openURL(t, database.URL)
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustSave(t, s, batch(7, "bob"))
	db := database.Open(t)
	for _, statement := range []string{
		"DROP TABLE clickky_state", "DROP TABLE clickky_rejected",
		"DELETE FROM " + versionTable + " WHERE version_id = 2",
	} {
		mustExec(t, db, statement)
	}
}

// TestSecondVersionKilled kills the second migration before each of its
// statements in turn. What the first version left can be read at any time.
func TestSecondVersionKilled(t *testing.T) {
	t.Parallel()
	old := oldDatabase{rows: map[uint64]row{1: {"bob", 7}}, total: 7}
	survived := 0
	for done := false; !done; survived++ {
		database := mariadbtest.New(t)
		firstVersion(t, database)
		ctx, cancel := context.WithCancel(t.Context())
		b := &breaker{left: survived, killed: cancel}
		killed := openBroken(t, database.URL, b)
		err := killed.Migrate(ctx)
		done = err == nil
		if err != nil && ctx.Err() == nil {
			t.Fatalf("killed after %q: %v", b.changes, err)
		}
		s := openURL(t, database.URL)
		checkLoad(t, s, old)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatalf("Migrate after one that was killed after %q: %v", b.changes, err)
		}
		checkTakenOver(t, s, database.Open(t), old)
		checkSecondStart(t, database)
		checkUse(t, s, old)
		if t.Failed() {
			t.Fatalf("it was killed after %q", b.changes)
		}
		_ = s.Close()
		_ = killed.Close()
		cancel()
	}
	if survived < 5 {
		t.Errorf("only %d statements were counted", survived)
	}
}
