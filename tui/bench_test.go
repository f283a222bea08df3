package tui_test

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

// bench runs an update and a view of a screen at a time.
func bench(b *testing.B, o tui.Options, msg func(i int) tea.Msg, before ...tea.Msg) {
	b.Helper()
	s := newScreen(b, o).send(before...)
	var model tea.Model = s.model
	var size int
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		model, _ = model.Update(msg(i))
		size = len(model.View().Content)
	}
	b.ReportMetric(float64(size), "B/frame")
}

func colourful() tui.Options {
	o := options(alice())
	o.Profile = colorprofile.TrueColor
	return o
}

func BenchmarkViewUnchanged(b *testing.B) {
	m := tui.New(colourful())
	b.ReportAllocs()
	for range b.N {
		_ = m.View()
	}
}

func BenchmarkSnapshotThatChangesNothing(b *testing.B) {
	snap := snapshot()
	bench(b, colourful(), func(int) tea.Msg { return tui.SnapshotMsg{Snapshot: snap} })
}

func BenchmarkNewSnapshot(b *testing.B) {
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			o := colourful()
			o.Width, o.Height = size[0], size[1]
			bench(b, o, func(i int) tea.Msg {
				snap := snapshot()
				snap.Total += uint64(i)            //nolint:gosec // positive
				snap.Rate = 10 + float64(i%100)/10 // changes with every one
				snap.Unsaved = uint64(i)           //nolint:gosec // positive
				return tui.SnapshotMsg{Snapshot: snap}
			})
		})
	}
}

func BenchmarkOwnClick(b *testing.B) {
	space := tea.Msg(keyPress("space"))
	bench(b, colourful(), func(int) tea.Msg { return space })
}

func BenchmarkResize(b *testing.B) {
	bench(b, colourful(), func(i int) tea.Msg { return tea.WindowSizeMsg{Width: 80 + i%2, Height: 24} })
}

// BenchmarkLeaderboardOfAMillion is one line further down, and a search that
// finds nothing.
func BenchmarkLeaderboardOfAMillion(b *testing.B) {
	balances := make([]game.Player, 1_000_000)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(i / 3)} //nolint:gosec // positive
	}
	board := boardOf(b, balances...)
	o := colourful()
	o.Board = func() *live.Board { return board }
	b.Run("scroll", func(b *testing.B) {
		bench(b, o, func(int) tea.Msg { return keyPress("down") }, keyPress("l"))
	})
	b.Run("search", func(b *testing.B) {
		s := newScreen(b, o).send(keyPress("l"), keyPress("/"))
		for range b.N {
			s.typed("z").press("esc", "/")
		}
	})
}
