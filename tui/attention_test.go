package tui_test

import (
	"strings"
	"testing"

	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/tuitest"
)

// second returns a snapshot at the end of a second, with that total.
func second(end int, total uint64, rate float64) tui.SnapshotMsg {
	snap := tuitest.Snapshot()
	snap.Total, snap.Rate, snap.History = total, rate, &live.History{End: end}
	return tui.SnapshotMsg{Snapshot: snap}
}

func TestTitleUpdatesOncePerSecond(t *testing.T) {
	s := tuitest.New(t, tuitest.Options(tuitest.Alice()))
	want := func(want string) {
		t.Helper()
		if title, _ := s.Model.Attention(); title != want {
			t.Errorf("the title is %q, want %q", title, want)
		}
	}
	want("1,342,977 · clickky")
	s.Send(second(1, 1_343_000, 10))
	want("1,343,000 · clickky")
	between := second(1, 1_343_001, 10)
	history := second(2, 1_343_000, 10)
	s.Send(history)
	between.History = history.History
	s.Send(between).Press("space")
	want("1,343,000 · clickky")
	s.Send(second(3, 1_343_002, 10))
	want("1,343,002 · clickky")
}

func TestBellRingsWhenOvertakenAndNearMilestone(t *testing.T) {
	p := tuitest.Alice()
	s := tuitest.New(t, tuitest.Options(p))
	total, end := uint64(1_342_977), 0
	rings := func(want uint, why string) {
		t.Helper()
		_, before := s.Model.Attention()
		end++
		s.Send(second(end, total, 10))
		if _, after := s.Model.Attention(); after-before != want {
			t.Errorf("%s: it rings %d times, want %d", why, after-before, want)
		}
	}
	p.At.Rank++
	rings(0, "passed while the bell is off")
	if s.Press("b"); !strings.Contains(s.View(), "bell on") {
		t.Errorf("the screen doesn't say that the bell is on:\n%s", s.View())
	}
	rings(0, "nothing happened")
	p.At.Rank++
	rings(1, "passed")
	p.At.Rank -= 2
	rings(0, "passed somebody")
	total = 2_499_899
	rings(0, "more than ten seconds before a milestone")
	total = 2_499_900
	rings(1, "ten seconds before a milestone")
	total = 2_499_990
	rings(0, "a second before that milestone")
	tuitest.RequireShows(t, s.Press("b"), "bell off")
	p.At.Rank++
	rings(0, "passed while the bell is off again")
}

func TestBellIsSaved(t *testing.T) {
	s, chosen := choosing(t, tui.Preferences{})
	for _, want := range []bool{true, false} {
		s.Press("b")
		if last := (*chosen)[len(*chosen)-1]; last.Bell != want {
			t.Errorf("%v is remembered, want %v", last.Bell, want)
		}
	}
}
