package mysql

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"clickky/sync/game"
	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
)

// someKeys returns keys of a name, with a time that identifies the Save.
func someKeys(name string, second uint64) game.Owner {
	since := time.Unix(1_800_000_000+int64(second), 0).UTC()
	return game.Owner{Name: name, Keys: []game.Key{
		{Fingerprint: "SHA256:a", Since: since}, {Fingerprint: "SHA256:b", Bound: true, Since: since},
	}}
}

func checkOwners(t *testing.T, s *Store, want ...game.Owner) {
	t.Helper()
	snapshot, err := s.Load(t.Context(), func(game.Player) error { return nil })
	if err != nil || !reflect.DeepEqual(snapshot.Owners, want) {
		t.Errorf("Load yields the owners %v, %v; want %v", snapshot.Owners, err, want)
	}
}

// TestKeysTakeFewStatements needs less than one statement per name.
func TestKeysTakeFewStatements(t *testing.T) {
	t.Parallel()
	database := mariadbtest.New(t)
	migrated(t, database.URL)
	var statements []string
	s := openFailing(t, database.URL, func(statement string) error {
		if strings.Contains(statement, "clickky_keys") {
			statements = append(statements, statement[:10])
		}
		return nil
	})
	var b game.Checkpoint
	for i := range 1000 {
		b.Owners = append(b.Owners, someKeys(fmt.Sprintf("p-%d", i), 1))
	}
	b = nextBatch(t, s, b)
	statements = nil
	if _, err := s.Save(t.Context(), b); err != nil {
		t.Fatalf("Save: %v", err)
	}
	if len(statements) != 2+4 {
		t.Errorf("1,000 names with 2,000 keys took %q", statements)
	}
	b = nextBatch(t, s, batch(1, "alice"))
	statements = nil
	if _, err := s.Save(t.Context(), b); err != nil || len(statements) > 0 {
		t.Errorf("Save: %v, and counts alone took %q", err, statements)
	}
}

// TestKeysOfAnyName covers names that users has no room for.
func TestKeysOfAnyName(t *testing.T) {
	t.Parallel()
	s := migrated(t, mariadbtest.New(t).URL)
	for _, name := range []string{"mal\xffory", strings.Repeat("x", 101)} {
		b := nextBatch(t, s, batch(1, name))
		b.Owners = []game.Owner{someKeys(name, 1)}
		rejected, err := s.Save(t.Context(), b)
		if err != nil || len(rejected) != 1 {
			t.Fatalf("Save: %v, %v; want %q rejected", rejected, err, name)
		}
		checkOwners(t, s, b.Owners...)
		b = nextBatch(t, s, game.Checkpoint{Owners: []game.Owner{{Name: name}}})
		if _, err := s.Save(t.Context(), b); err != nil {
			t.Fatalf("Save: %v", err)
		}
		checkOwners(t, s)
	}
}

// TestKeysTooLongFailSave fails the whole Save at once, because no event of a journal may be
// left out.
func TestKeysTooLongFailSave(t *testing.T) {
	t.Parallel()
	s := migrated(t, mariadbtest.New(t).URL)
	mustSave(t, s, batch(1, "alice"))
	b := nextBatch(t, s, batch(2, "alice"))
	b.Owners = []game.Owner{someKeys(strings.Repeat("x", 701), 1)}
	rejected, err := s.Save(t.Context(), b)
	if err == nil || len(rejected) > 0 || errors.Is(err, store.ErrUnknown) {
		t.Errorf("Save: %v, %v; want an error", rejected, err)
	}
	wantPosition(t, s, 1, 1)
	checkOwners(t, s)
}
