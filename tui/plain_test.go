package tui_test

import (
	"slices"
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui"
)

// listener is somebody who plays by ear.
type listener struct {
	t     *testing.T
	plain *tui.Plain
	left  bool
}

func listen(t *testing.T, p *tuitest.FakePlayer) *listener {
	return &listener{t: t, plain: tui.NewPlain(tuitest.Options(p))}
}

// hears requires that a message has just these lines said.
func (l *listener) hears(msg tea.Msg, want ...string) {
	l.t.Helper()
	said, leave := l.plain.Update(msg)
	l.left = l.left || leave
	if !slices.Equal(said, want) {
		l.t.Errorf("after %T it says %q, want %q", msg, said, want)
	}
}

// waits lets seconds pass in which nothing is said.
func (l *listener) waits(seconds int) {
	l.t.Helper()
	for range seconds {
		l.hears(tui.SecondMsg{})
	}
}

func TestPlainGreets(t *testing.T) {
	got := listen(t, tuitest.Alice()).plain.Greeting()
	want := []string{
		"Welcome to clickky, alice. You have 23,529 clicks and are number 17 of 120. " +
			"Together, everybody has 1,342,977 clicks; the next milestone is 2,500,000.",
		"Press space to click, s to hear the score, n to hear the news, question mark for help, q to leave.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	o := tuitest.Options(tuitest.Alice())
	o.Guest = tui.Keyless
	if got := strings.Join(tui.NewPlain(o).Greeting(), " "); !strings.Contains(got, "~alice") || !strings.Contains(got, "Guest: log in with an SSH key to own this name") {
		t.Errorf("a guest hears %q", got)
	}
}

func TestPlainSaysCountAfterPause(t *testing.T) {
	l := listen(t, tuitest.Alice())
	space := tuitest.KeyPress("space")
	l.hears(space)
	l.waits(1)
	l.hears(space)
	l.hears(tuitest.KeyPress("enter"))
	l.waits(1)
	l.hears(tui.SecondMsg{}, "You have 23,532 clicks, 3 of them new. Together, everybody has 1,342,980 clicks; the next milestone is 2,500,000.")
	l.waits(20)
	l.hears(space)
	l.waits(1)
	l.hears(tui.SecondMsg{}, "You have 23,533 clicks, 1 of them new. Together, everybody has 1,342,981 clicks; the next milestone is 2,500,000.")
}

func TestPlainSaysOwnMilestoneAtOnce(t *testing.T) {
	p := tuitest.Alice()
	p.At.Clicks = 24_999
	listen(t, p).hears(tuitest.KeyPress("space"), "You reached 25,000 clicks.")
}

func TestPlainSaysMilestoneOnce(t *testing.T) {
	l := listen(t, tuitest.Alice())
	reached := tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total, s.Milestone = 2_500_001, margaretsMilestone })
	l.hears(reached, "Together, everybody has reached 2,500,000 clicks!", "Margaret made click 2,500,000.", "3 days since 1,000,000, 41 players helped.")
	l.hears(reached)
}

func TestPlainSaysRankChangeOncePerSecond(t *testing.T) {
	p := tuitest.Alice()
	l := listen(t, p)
	p.At.Rank = 19
	l.hears(tuitest.SnapshotWith(func(*live.Snapshot) {}))
	l.hears(tui.SecondMsg{}, "Somebody overtook you: you are number 19 of 120 now.")
	l.waits(1)
	p.At.Rank = 16
	l.hears(tui.SecondMsg{}, "You overtook somebody: you are number 16 of 120 now.")
}

func TestPlainSaysTroubleAndItsEnd(t *testing.T) {
	l := listen(t, tuitest.Alice())
	down := tuitest.SnapshotWith(func(s *live.Snapshot) { s.StoreDown, s.Unsaved = true, 3 })
	l.hears(down, "Database unreachable. Clicks still count, and wait in the journal.")
	l.hears(down)
	l.hears(tuitest.SnapshotWith(func(*live.Snapshot) {}), "Clicks are being saved again. Nothing was lost.")
}

func TestPlainSummarizesEachMinuteWithChanges(t *testing.T) {
	l := listen(t, tuitest.Alice())
	l.waits(300)
	l.hears(tuitest.SnapshotWith(func(s *live.Snapshot) { s.Total += 523 }))
	l.waits(59)
	l.hears(tui.SecondMsg{}, "Together, everybody has 1,343,500 clicks; the next milestone is 2,500,000. That's 523 more. 17 players online, 12.4 clicks a second.")
	l.waits(300)
}

func TestPlainSaysRejectionOncePerBurst(t *testing.T) {
	p := tuitest.Alice()
	p.Verdict = tui.TooFast
	l := listen(t, p)
	l.hears(tuitest.KeyPress("space"), "Too fast: that one didn't count.")
	l.hears(tuitest.KeyPress("space"))
	repeat := tuitest.KeyPress("space")
	repeat.IsRepeat = true
	l.hears(repeat, "A held key doesn't count: let go and press again.")
	l.hears(repeat)
	l.waits(3)
	l.hears(tuitest.KeyPress("space"), "Too fast: that one didn't count.")
}

func TestPlainKeys(t *testing.T) {
	l := listen(t, tuitest.Alice())
	l.hears(tuitest.KeyPress("s"), "You have 23,529 clicks and are number 17 of 120. Today you have 412 clicks and are number 3 of 12. You have clicked 4 days in a row. "+
		"Together, everybody has 1,342,977 clicks; the next milestone is 2,500,000.")
	if help, _ := l.plain.Update(tuitest.KeyPress("?")); len(help) < 3 {
		t.Errorf("help: %q", help)
	}
	for _, k := range []string{"l", "t", "m", "x", "esc", "tab", "up"} {
		l.hears(tuitest.KeyPress(k))
	}
	if l.left {
		t.Error("it left")
	}
	for _, k := range []string{"q", "ctrl+c", "ctrl+d"} {
		if _, leave := listen(t, tuitest.Alice()).plain.Update(tuitest.KeyPress(k)); !leave {
			t.Errorf("%s does not leave", k)
		}
	}
	l.hears(tui.EndMsg{Reason: "the server restarts"})
	if got := l.plain.Farewell(); !l.left || !strings.HasPrefix(got, "the server restarts\nThanks for playing") {
		t.Errorf("left %v, farewell %q", l.left, got)
	}
}

func TestPlainLinesHaveNoControls(t *testing.T) {
	for _, name := range tuitest.StrangeNames() {
		o := tuitest.Options(tuitest.Alice())
		o.Name, o.Guest = name, tui.OnSharedName
		p := tui.NewPlain(o)
		lines := p.Greeting()
		for _, msg := range []tea.Msg{tuitest.KeyPress("space"), tuitest.KeyPress("s"), tuitest.KeyPress("?"), tui.SnapshotMsg{}, tui.SecondMsg{}} {
			said, _ := p.Update(msg)
			lines = append(lines, said...)
		}
		for _, line := range lines {
			if strings.ContainsAny(line, "\x1b\r\n\t\x00") {
				t.Errorf("%q", line)
			}
		}
	}
}
