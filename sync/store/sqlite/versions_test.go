package sqlite

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
)

// TestMigrateFromOlderVersions reads databases of each older version, and then migrates them.
func TestMigrateFromOlderVersions(t *testing.T) {
	t.Parallel()
	tables := [][]string{
		1: {"users", "global_count"}, 2: {"clickky_state", "clickky_rejected"}, 3: {"clickky_keys", "clickky_bindings"},
		4: {"clickky_bans", "clickky_audit"}, 5: {"clickky_choices"},
		6: nil, 7: {"clickky_days"}, // the sixth added a column
	}
	for version := 1; version < len(tables); version++ {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			t.Parallel()
			path := filled(t, t.TempDir())
			if version < 6 {
				exec(t, path, "ALTER TABLE users DROP COLUMN clickky_seen")
			}
			for _, added := range tables[version+1:] {
				for _, table := range added {
					exec(t, path, "DROP TABLE "+table)
				}
			}
			exec(t, path, fmt.Sprintf("DELETE FROM %s WHERE version_id > %d", versionTable, version))

			reader, err := OpenReadOnly(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = reader.Close() }()
			wantAlice(t, reader, 3)
			_, stateErr := reader.State(t.Context())
			_, bindingsErr := reader.Bindings(t.Context())
			if missing := errors.Is(stateErr, store.ErrNoTables); missing != (version < 2) {
				t.Errorf("State: %v; store.ErrNoTables belongs into its chain where there is none", stateErr)
			}
			if missing := errors.Is(bindingsErr, store.ErrNoTables); missing != (version < 3) {
				t.Errorf("Bindings: %v; store.ErrNoTables belongs into its chain where there are none", bindingsErr)
			}
			s := openFile(t, path)
			defer func() { _ = s.Close() }()
			saveAlice(t, s, 4)
			wantAlice(t, s, 4)
			seen := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			days := game.Days{{Date: game.DateOf(time.Now()), Clicks: 4}}
			alice := game.Player{Name: "alice", Clicks: 4, Seen: seen, Days: days}
			if _, err := s.Save(t.Context(), next(t, s, game.Checkpoint{Players: []game.Player{alice}, Total: 4})); err != nil {
				t.Fatal(err)
			}
			// A reader that opened the file before the migration sees the same.
			if _, err := reader.Load(t.Context(), func(p game.Player) error {
				if !reflect.DeepEqual(p, alice) {
					t.Errorf("Load yields %+v, want %+v", p, alice)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			if bindings, err := reader.Bindings(t.Context()); err != nil || len(bindings) > 0 {
				t.Errorf("Bindings: %v, %v", bindings, err)
			}
		})
	}
}
