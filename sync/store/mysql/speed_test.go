//go:build !race

package mysql

import (
	"strconv"
	"testing"
	"time"

	"clickky/sync/store/mysql/mariadbtest"
)

// TestSaveFortyThousandPlayers is not parallel, because it measures time. Row by row, it would take
// longer than the limit even on a fast machine.
func TestSaveFortyThousandPlayers(t *testing.T) {
	s := migrated(t, mariadbtest.New(t).URL)
	names := make([]string, 40_000)
	for i := range names {
		names[i] = "player-" + strconv.Itoa(i)
	}
	best := time.Hour
	for clicks := range uint64(2) {
		b := nextBatch(t, s, batch(clicks, names...))
		start := time.Now()
		if _, err := s.Save(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	if best > 5*time.Second {
		t.Errorf("saving 40,000 players took %v or more, want less than 5s", best)
	}
	t.Logf("saving 40,000 players took %v", best)
}
