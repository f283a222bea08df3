package tui_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/tuitest"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
)

func TestMessageOutlastsNotices(t *testing.T) {
	p := &tuitest.FakePlayer{At: game.Standing{Name: "alice", Place: game.Place{Rank: 1, Of: 1}}}
	s := tuitest.New(t, tui.Options{Name: "alice", Player: p, Width: 80, Height: 24})
	s.Send(tui.MessageMsg{Text: "tea\x1b[2J at five"})
	const shown = "admin: tea·[2J at five"
	wantShown := func(when string, want bool) {
		t.Helper()
		if got := strings.Contains(s.View(), shown); got != want {
			t.Errorf("%s: shown is %v, want %v:\n%s", when, got, want, s.View())
		}
	}
	wantShown("at once", true)
	s.Press("space")
	wantShown("after a click", true)
	p.Verdict = tui.TooFast
	s.Press("space")
	wantShown("under a notice", false)
	snapshots := func(n int) {
		for range n {
			s.Send(tui.SnapshotMsg{Snapshot: &live.Snapshot{}})
		}
	}
	snapshots(15)
	wantShown("after the notice", true)
	s.Send(tui.MessageMsg{Text: "another"})
	wantShown("after another message", false)
	snapshots(99)
	if !strings.Contains(s.View(), "another") {
		t.Errorf("the message has gone too early:\n%s", s.View())
	}
	snapshots(1)
	if strings.Contains(s.View(), "another") {
		t.Errorf("the message stays:\n%s", s.View())
	}
}

func TestRenameShowsNewName(t *testing.T) {
	p := &tuitest.FakePlayer{At: game.Standing{Name: "alice", Place: game.Place{Rank: 1, Of: 1}}}
	s := tuitest.New(t, tui.Options{Name: "alice", Reconnect: "ssh alice@HOST", Player: p, Width: 80, Height: 24})
	s.Send(tui.NameMsg{Name: "alicia", Reconnect: "ssh alicia@HOST"})
	if strings.Contains(s.View(), "alice") || strings.Count(s.View(), "alicia") != 2 {
		t.Errorf("the screen of somebody renamed:\n%s", s.View())
	}
	if bye := s.Model.Farewell(); !strings.Contains(bye, "ssh alicia@HOST") {
		t.Errorf("farewell %q", bye)
	}
}

func TestPlainSaysMessageAndRename(t *testing.T) {
	p := tui.NewPlain(tui.Options{Name: "alice", Player: &tuitest.FakePlayer{}})
	if said, _ := p.Update(tui.MessageMsg{Text: "tea\nnow"}); len(said) != 1 || said[0] != "An admin says: tea·now" {
		t.Errorf("said %q", said)
	}
	if said, _ := p.Update(tui.NameMsg{Name: "alicia"}); len(said) != 1 || !strings.Contains(said[0], "alicia") {
		t.Errorf("said %q", said)
	}
}

func TestNoticeAppearsOnceOnEachScreen(t *testing.T) {
	for _, size := range [][2]int{{40, 8}, {60, 6}, {80, 8}, {80, 12}, {80, 24}, {200, 60}} {
		s := tuitest.NewWithBoard(t, size[0], size[1], colorprofile.ASCII)
		for _, key := range []string{"n", "?", "l"} {
			s.Press(key, "i")
			if n := strings.Count(ansi.Strip(s.View()), "plain keyboard: works with input methods"); n != 1 {
				t.Errorf("at %dx%d, the notice appears %d times after %s:\n%s", size[0], size[1], n, key, s.View())
			}
			s.Press("i", "esc")
		}
	}
}
