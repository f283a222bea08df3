package mysql

import (
	"log/slog"
	"testing"

	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/store/storetest"
)

func TestMain(m *testing.M) { mariadbtest.Main(m) }

// openURL opens a store and leaves closing it to the test.
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

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		return openURL(t, mariadbtest.New(t).URL)
	})
}
