package tui_test

import (
	"slices"
	"strings"
	"testing"

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

func listen(t *testing.T, p *seat) *listener {
	return &listener{t: t, plain: tui.NewPlain(options(p))}
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

func with(change func(*live.Snapshot)) tui.SnapshotMsg {
	snap := snapshot()
	change(snap)
	return tui.SnapshotMsg{Snapshot: snap}
}

func TestThePlainGameGreets(t *testing.T) {
	got := listen(t, alice()).plain.Greeting()
	want := []string{
		"Welcome to clickky, alice. You have 23,529 clicks and are number 17 of 120. " +
			"Together, everybody has 1,342,977 clicks; the next milestone is 2,500,000.",
		"Press space to click, s to hear the score, question mark for help, q to leave.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	o := options(alice())
	o.Guest = tui.Keyless
	if got := strings.Join(tui.NewPlain(o).Greeting(), " "); !strings.Contains(got, "~alice") || !strings.Contains(got, "Guest: log in with an SSH key to own this name") {
		t.Errorf("a guest hears %q", got)
	}
}

func TestTheOwnCountIsSaidAfterAPause(t *testing.T) {
	l := listen(t, alice())
	space := keyPress("space")
	l.hears(space)
	l.waits(1)
	l.hears(space)
	l.hears(keyPress("enter"))
	l.waits(1)
	l.hears(tui.SecondMsg{}, "You have 23,532 clicks, 3 of them new. Together, everybody has 1,342,980 clicks; the next milestone is 2,500,000.")
	l.waits(20)
	l.hears(space)
	l.waits(1)
	l.hears(tui.SecondMsg{}, "You have 23,533 clicks, 1 of them new. Together, everybody has 1,342,981 clicks; the next milestone is 2,500,000.")
}

func TestAnOwnMilestoneIsSaidAtOnce(t *testing.T) {
	p := alice()
	p.standing.Clicks = 24_999
	listen(t, p).hears(keyPress("space"), "You reached 25,000 clicks.")
}

func TestAMilestoneIsSaidOnce(t *testing.T) {
	l := listen(t, alice())
	reached := with(func(s *live.Snapshot) { s.Total, s.Milestone = 2_500_001, 2_500_000 })
	l.hears(reached, "Together, everybody has reached 2,500,000 clicks!")
	l.hears(reached)
}

func TestOvertakingIsSaidOnceASecond(t *testing.T) {
	p := alice()
	l := listen(t, p)
	p.standing.Rank = 19
	l.hears(with(func(*live.Snapshot) {}))
	l.hears(tui.SecondMsg{}, "Somebody overtook you: you are number 19 of 120 now.")
	l.waits(1)
	p.standing.Rank = 16
	l.hears(tui.SecondMsg{}, "You overtook somebody: you are number 16 of 120 now.")
}

func TestTroubleAndItsEndAreSaid(t *testing.T) {
	l := listen(t, alice())
	down := with(func(s *live.Snapshot) { s.StoreDown, s.Unsaved = true, 3 })
	l.hears(down, "Database unreachable. Clicks still count, and wait in the journal.")
	l.hears(down)
	l.hears(with(func(*live.Snapshot) {}), "Clicks are being saved again. Nothing was lost.")
}

func TestEveryMinuteThereIsASummaryIfSomethingChanged(t *testing.T) {
	l := listen(t, alice())
	l.waits(300)
	l.hears(with(func(s *live.Snapshot) { s.Total += 523 }))
	l.waits(59)
	l.hears(tui.SecondMsg{}, "Together, everybody has 1,343,500 clicks; the next milestone is 2,500,000. That's 523 more. 17 players online, 12.4 clicks a second.")
	l.waits(300)
}

func TestWhyClicksDoNotCountIsSaidOnceForEachBurst(t *testing.T) {
	p := alice()
	p.verdict = tui.TooFast
	l := listen(t, p)
	l.hears(keyPress("space"), "Too fast: that one didn't count.")
	l.hears(keyPress("space"))
	repeat := keyPress("space")
	repeat.IsRepeat = true
	l.hears(repeat, "A held key doesn't count: let go and press again.")
	l.hears(repeat)
	l.waits(3)
	l.hears(keyPress("space"), "Too fast: that one didn't count.")
}

func TestEveryKeyOfThePlainGame(t *testing.T) {
	l := listen(t, alice())
	l.hears(keyPress("s"), "You have 23,529 clicks and are number 17 of 120. Together, everybody has 1,342,977 clicks; the next milestone is 2,500,000.")
	if help, _ := l.plain.Update(keyPress("?")); len(help) < 3 {
		t.Errorf("help: %q", help)
	}
	for _, k := range []string{"l", "t", "m", "x", "esc", "tab", "up"} {
		l.hears(keyPress(k))
	}
	if l.left {
		t.Error("it left")
	}
	for _, k := range []string{"q", "ctrl+c", "ctrl+d"} {
		if _, leave := listen(t, alice()).plain.Update(keyPress(k)); !leave {
			t.Errorf("%s does not leave", k)
		}
	}
	l.hears(tui.EndMsg{Reason: "the server restarts"})
	if got := l.plain.Farewell(); !l.left || !strings.HasPrefix(got, "the server restarts\nThanks for playing") {
		t.Errorf("left %v, farewell %q", l.left, got)
	}
}

func TestNoLineOfThePlainGameHoldsAnEscapeSequence(t *testing.T) {
	for _, name := range nasty() {
		o := options(alice())
		o.Name, o.Guest = name, tui.OnSharedName
		p := tui.NewPlain(o)
		lines := p.Greeting()
		for _, msg := range []tea.Msg{keyPress("space"), keyPress("s"), keyPress("?"), tui.SnapshotMsg{}, tui.SecondMsg{}} {
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
