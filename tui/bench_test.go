package tui_test

import (
	"fmt"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

func colourful() tui.Options {
	o := tuitest.Options(tuitest.Alice())
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

func BenchmarkSnapshotUnchanged(b *testing.B) {
	snap := tuitest.Snapshot()
	tuitest.Bench(b, colourful(), func(int) tea.Msg { return tui.SnapshotMsg{Snapshot: snap} })
}

func BenchmarkSnapshotNew(b *testing.B) {
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			o := colourful()
			o.Width, o.Height = size[0], size[1]
			tuitest.Bench(b, o, func(i int) tea.Msg {
				snap := tuitest.Snapshot()
				snap.Total += uint64(i)
				snap.Rate = 10 + float64(i%100)/10 // changes with every one
				snap.Unsaved = uint64(i)
				return tui.SnapshotMsg{Snapshot: snap}
			})
		})
	}
}

func BenchmarkClick(b *testing.B) {
	space := tea.Msg(tuitest.KeyPress("space"))
	tuitest.Bench(b, colourful(), func(int) tea.Msg { return space })
}

func BenchmarkResize(b *testing.B) {
	tuitest.Bench(b, colourful(), func(i int) tea.Msg { return tea.WindowSizeMsg{Width: 80 + i%2, Height: 24} })
}

// BenchmarkLeaderboardMillion scrolls one line down, and searches for a name that nobody has.
func BenchmarkLeaderboardMillion(b *testing.B) {
	balances := make([]game.Player, 1_000_000)
	for i := range balances {
		balances[i] = game.Player{Name: fmt.Sprintf("player-%07d", i), Clicks: uint64(i / 3)}
	}
	board := tuitest.NewBoard(b, balances...)
	o := colourful()
	o.Board = func(int) *live.Leaderboard { return board }
	b.Run("scroll", func(b *testing.B) {
		tuitest.Bench(b, o, func(int) tea.Msg { return tuitest.KeyPress("down") }, tuitest.KeyPress("l"))
	})
	b.Run("search", func(b *testing.B) {
		s := tuitest.New(b, o).Send(tuitest.KeyPress("l"), tuitest.KeyPress("/"))
		for range b.N {
			s.Type("z").Press("esc", "/")
		}
	})
}
