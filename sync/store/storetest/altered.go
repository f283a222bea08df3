package storetest

import (
	"errors"
	"strings"
	"testing"

	"clickky/sync/store"
)

// lostColumn drops the column that Clickky added to users.
func lostColumn(t *testing.T, g *fixture) {
	migrate(t, g)
	save(t, g, counts{"alice": 1}.batch(1))
	wantFit(t, g)
	g.db.Exec(t, "ALTER TABLE users DROP COLUMN clickky_seen")
	wantUnfit(t, "Check", g.Check(t.Context()), "users.clickky_seen")
	if _, err := g.Save(t.Context(), g.next(counts{"alice": 2}.batch(2))); err == nil {
		t.Error("Save writes into a column that is not there")
	}
	if err := g.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	wantFit(t, g)
	save(t, g, counts{"alice": 2}.batch(2))
	check(t, g, counts{"alice": 2}, 2)
}

// lostTables drops tables that only a backup of the database can restore.
func lostTables(t *testing.T, g *fixture) {
	migrate(t, g)
	g.db.Exec(t, "DROP TABLE clickky_choices")
	g.db.Exec(t, "ALTER TABLE clickky_keys DROP COLUMN since")
	for method, err := range map[string]error{"Check": g.Check(t.Context()), "Migrate": g.Migrate(t.Context())} {
		wantUnfit(t, method, err, "clickky_choices, clickky_keys.since")
	}
}

func wantFit(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
}

func wantUnfit(t *testing.T, method string, err error, says string) {
	t.Helper()
	if !errors.Is(err, store.ErrUnfit) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v, want store.ErrUnfit and %q in it", method, err, says)
	}
}
