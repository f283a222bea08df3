package sqlite

import (
	"log/slog"
	"path/filepath"
	"testing"

	"clickky/sync/store"
	"clickky/sync/store/storetest"
)

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) store.Store {
		s, err := Open(filepath.Join(b.TempDir(), "clickky.db"), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		return s
	})
}
