package mysql

import (
	"log/slog"
	"testing"

	"clickky/sync/store"
	"clickky/sync/store/mysql/mariadbtest"
	"clickky/sync/store/storetest"
)

// BenchmarkStore uses a server that does not wait for its disk, unless CLICKKY_TEST_DB names
// another one.
func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) store.Store {
		cfg, err := ParseURL(mariadbtest.New(b).URL)
		if err != nil {
			b.Fatal(err)
		}
		s, err := Open(cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		return s
	})
}
