package sqlite

import (
	"errors"
	"fmt"
	"testing"

	"clickky/sync/store"
)

// TestOlderVersions reads databases that were never migrated to this version,
// and then migrates them.
func TestOlderVersions(t *testing.T) {
	t.Parallel()
	tables := [][]string{1: countTables, 2: ownTables, 3: keyTables, 4: actTables, 5: choiceTables}
	for version := 1; version < len(tables); version++ {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			t.Parallel()
			path := filled(t, t.TempDir())
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
			_, auditErr := reader.Audit(t.Context(), 1, 0)
			if missing := errors.Is(auditErr, store.ErrNoTables); missing != (version < 4) {
				t.Errorf("Audit: %v; store.ErrNoTables belongs into its chain where there is none", auditErr)
			}
			s := openFile(t, path)
			defer func() { _ = s.Close() }()
			saveAlice(t, s, 4)
			wantAlice(t, s, 4)
			if bindings, err := reader.Bindings(t.Context()); err != nil || len(bindings) > 0 {
				t.Errorf("Bindings: %v, %v", bindings, err)
			}
		})
	}
}
