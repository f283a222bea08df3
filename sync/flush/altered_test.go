package flush_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"clickky/sync/store"
)

// TestTablesAlteredAreRepairedDuringGame also covers tables that cannot be repaired: the error
// says what is wrong.
func TestTablesAlteredAreRepairedDuringGame(t *testing.T) {
	for _, mendable := range []bool{true, false} {
		inBubble(t, time.Second, nil, func(t *testing.T, g *fixture) {
			g.Join("alice").Click()
			advance(3 * time.Second)
			g.set(func() { g.altered, g.repairable = fmt.Errorf("%w: a column is gone", store.ErrUnfit), mendable })
			g.Join("alice").Click()
			advance(time.Minute)
			if told := strings.Count(g.log.String(), "nothing is saved until they're repaired"); told > 0 == mendable || told > 1 {
				t.Errorf("that nothing is saved is told %d times:\n%s", told, g.log)
			}
			if !mendable {
				g.requireSaved(t, "alice", 1, 1)
				if !g.Status().StoreDown {
					t.Error("players are not told")
				}
				g.set(func() { g.altered = nil })
				advance(time.Minute)
			}
			g.requireSaved(t, "alice", 2, 2)
			if g.Status().StoreDown {
				t.Error("it is down after it was mended")
			}
		})
	}
}
