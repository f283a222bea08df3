package tui

import (
	"testing"

	"clickky/sync/game"
	"clickky/sync/live"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// benchSeat counts its own clicks only.
type benchPlayer struct{ clicks uint64 }

func (s *benchPlayer) Click() (game.Score, Verdict) {
	s.clicks++
	return game.Score{Clicks: s.clicks, Total: benchTotal + s.clicks}, Counted
}

func (s *benchPlayer) Standing() game.Standing {
	return game.Standing{Name: "alice", Place: game.Place{Clicks: s.clicks, Rank: 17, Of: 120}}
}

const benchTotal = 1_342_977

// benchSnapshot is the game after so many clicks.
func benchSnapshot(clicks uint64) *live.Snapshot {
	return &live.Snapshot{Total: benchTotal + clicks, Players: 120, Online: 11, Rate: 49 + float64(clicks%20)/10}
}

// benchScreen is a player's screen as most terminals show it.
func benchScreen() Model {
	return New(Options{
		Name: "alice", Player: &benchPlayer{clicks: 23_529}, Snapshot: benchSnapshot(0),
		Width: 80, Height: 24, Profile: colorprofile.ANSI256,
	})
}

// BenchmarkFrameShared renders the panels that all screens with one layout and theme share.
func BenchmarkFrameShared(b *testing.B) {
	m := benchScreen()
	b.ReportAllocs()
	for clicks := uint64(1); b.Loop(); clicks++ {
		snap := benchSnapshot(clicks)
		m.game.appearance.sharedLayer(sharedKey{snap: snap, total: snap.Total, large: snap.Total})
	}
}

// BenchmarkFrameOwn renders the panels of one player.
func BenchmarkFrameOwn(b *testing.B) {
	m := benchScreen()
	beside := m.game.appearance.sharedLayer(sharedKey{snap: m.game.Snap, isClicking: true})
	b.ReportAllocs()
	for b.Loop() {
		m.game.Clicks++
		m.game.playerLines(beside)
	}
}

// benchUpdates runs the whole way from a message to a view.
func benchUpdates(b *testing.B, msg func(i uint64) tea.Msg) {
	b.Helper()
	m := benchScreen()
	b.ReportAllocs()
	for i := uint64(1); b.Loop(); i++ {
		_, _ = m.Update(msg(i))
		_, _ = m.Layers()
	}
}

// BenchmarkFrameOthersClick renders a screen after other players have clicked.
func BenchmarkFrameOthersClick(b *testing.B) {
	benchUpdates(b, func(i uint64) tea.Msg { return SnapshotMsg{benchSnapshot(i)} })
}

// BenchmarkFrameOwnClick renders a screen after its player has clicked.
func BenchmarkFrameOwnClick(b *testing.B) {
	space := tea.Msg(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
	benchUpdates(b, func(uint64) tea.Msg { return space })
}

// BenchmarkFrameUnchanged renders a screen after a snapshot that changes nothing.
func BenchmarkFrameUnchanged(b *testing.B) {
	same := tea.Msg(SnapshotMsg{benchSnapshot(0)})
	benchUpdates(b, func(uint64) tea.Msg { return same })
}
