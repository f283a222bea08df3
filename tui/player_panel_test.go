package tui

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"clickky/sync/live"

	tea "charm.land/bubbletea/v2"

	"clickky/tui/layout"
)

// TestLayerOwnIsNeverStale plays at random: after each message the own layer is what rendering
// it anew gives.
func TestLayerOwnIsNeverStale(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	m := benchScreen()
	h := &live.History{}
	for step := range 5000 {
		var msg tea.Msg
		switch n := rng.IntN(40); {
		case n < 2:
			msg = tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
		case n == 2:
			msg = tea.KeyPressMsg{Code: tea.KeySpace, Text: " ", IsRepeat: true}
		case n == 3:
			msg = MessageMsg{Text: "hello"}
		case n == 4:
			key := []rune{'t', 'm', '?'}[rng.IntN(3)]
			msg = tea.KeyPressMsg{Code: key, Text: string(key)}
		case n == 5:
			msg = NameMsg{Name: []string{"bob", "carol"}[rng.IntN(2)]}
		case n == 6:
			msg = tea.WindowSizeMsg{Width: 24 + rng.IntN(100), Height: 6 + rng.IntN(40)}
		default:
			snap := benchSnapshot(uint64(step))
			if n < 12 {
				next := *h
				next.End += 1 + rng.IntN(3)
				next.Seconds[len(next.Seconds)-1] = rng.Uint32N(9)
				h = &next
			}
			snap.History = h
			snap.Recent = rng.Uint64N(3)
			snap.StoreDown = n == 12
			if n == 13 {
				snap.Rate = 0
			}
			msg = SnapshotMsg{snap}
		}
		_, _ = m.Update(msg)
		_, _ = m.Layers()
		if m.game.Front() != nil || m.game.appearance.Variant == layout.Tiny {
			continue
		}
		kept, _ := m.game.renderLayers()
		own := m.game.layer
		m.game.layer = playerLayer{}
		if want, _ := m.game.renderLayers(); !slices.Equal(kept, want) {
			t.Fatalf("step %d, after %T: the layer is\n%s\nit should be\n%s", step, msg, strings.Join(kept, "\n"), strings.Join(want, "\n"))
		}
		m.game.layer = own
	}
}
