package terminal

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// wide is the message that the model gets about wide characters.
const wide = note("wide")

// queryingWidth is a change of a configuration: the terminal is asked for the width of a character.
func queryingWidth(cfg *Config) { cfg.OnWide = wide }

// received returns the keys and notes that a model got.
func received(g fake) []string {
	var got []string
	for len(g.seen) > 0 {
		switch msg := (<-g.seen).(type) {
		case tea.KeyPressMsg:
			got = append(got, msg.String())
		case note:
			got = append(got, string(msg))
		case tea.CursorPositionMsg:
			got = append(got, "position")
		}
	}
	return got
}

func TestWidthQueryIsSentOnceBeforeFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startClient(t, newGame(), queryingWidth)
		first := c.written()
		if len(first) != 1 || !strings.HasPrefix(first[0], enter+"\x1b[>31u"+queryWidth+syncStart+"\x1b[2J") || !strings.HasSuffix(first[0], syncEnd) {
			t.Errorf("begins with %q", first)
		}
		c.press(t, " ")
		if got := c.written(); len(got) != 1 {
			t.Errorf("a press before the answer leads to %q", got)
		}
		c.Resize(30, 5)
		c.press(t, "\x1b[2;2R q")
		c.end()
		if rest := strings.Join(c.written(), ""); strings.Contains(rest, "\x1b[6n") || strings.Contains(rest, "╭") {
			t.Errorf("it is asked again: %q", rest)
		}
	})
}

func TestWidthQueryIsAnsweredAndLeavesNothing(t *testing.T) {
	e := newEmulator(t, 20, 4)
	answer := make(chan string)
	go func() {
		var buf [100]byte
		n, _ := e.Read(buf[:])
		answer <- string(buf[:n])
	}()
	if _, err := e.WriteString(queryWidth); err != nil {
		t.Fatal(err)
	}
	if got, want := <-answer, "\x1b[2;2R"; got != want {
		t.Errorf("answered by %q, want %q", got, want)
	}
	if got := text(e); got != "" {
		t.Errorf("the terminal shows %q", got)
	}
}

func TestWidthAnswerTellsModel(t *testing.T) {
	for _, c := range []struct {
		what, input string
		asks        bool
		want        []string
	}{
		{"one column", "\x1b[2;2R", true, nil},
		{"two columns", "\x1b[2;3R", true, []string{"wide"}},
		{"three bytes as characters", "\x1b[2;4R", true, []string{"wide"}},
		{"nothing is drawn", "\x1b[2;1R", true, []string{"wide"}},
		{"with a page", "\x1b[?2;3;1R", true, []string{"wide"}},
		{"the first answer only", "\x1b[2;2R" + strings.Repeat("\x1b[2;3R", 100), true, nil},
		{"once", strings.Repeat("\x1b[2;3R", 100), true, []string{"wide"}},
		{"not where it was asked", "\x1b[3;2R\x1b[44;2R\x1b[2;3R", true, []string{"wide"}},
		{"without a query", "\x1b[2;3R", false, nil},
		{"F3 with Shift, and in other ways", "\x1b[1;2R\x1b[R\x1bOR", true, []string{"shift+f3", "f3", "f3"}},
		{"among keys", "a\x1b[2;3Rd", true, []string{"a", "d", "wide"}},
		{"no answer", "a", true, []string{"a"}},
	} {
		for _, pieces := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				g := newGame()
				cl := startClient(t, g, queryingWidth, func(cfg *Config) {
					if !c.asks {
						cfg.OnWide = nil
					}
				})
				time.Sleep(time.Minute) // an answer that late counts, too
				if pieces {
					for _, b := range []byte(c.input) {
						cl.press(t, string(b))
					}
				} else {
					cl.press(t, c.input)
				}
				got := received(g)
				slices.Sort(got)
				slices.Sort(c.want)
				if !slices.Equal(got, c.want) {
					t.Errorf("%s: the model gets %q, want %q", c.what, got, c.want)
				}
				cl.press(t, "q")
				cl.end()
			})
		}
	}
}

func TestWidthOfOneRowIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startClient(t, newGame(), queryingWidth, func(cfg *Config) { cfg.Height = 1 })
		if got := strings.Join(c.written(), ""); strings.Contains(got, "\x1b[6n") {
			t.Errorf("wrote %q", got)
		}
		c.press(t, "q")
		c.end()
	})
}

// plainly is a game that wants ASCII after the message wide.
type plainly struct {
	fake

	ascii bool
}

func (p plainly) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	p.ascii = p.ascii || msg == wide
	model, cmd := p.fake.Update(msg)
	p.fake, _ = model.(fake)
	return p, cmd
}

func (plainly) Layers() (own, shared []string) { return []string{"╭──╮"}, nil }
func (p plainly) ASCII() bool                  { return p.ascii }
func (plainly) Farewell() string               { return "★ bye" }
func (plainly) Attention() (string, uint)      { return "1 · clickky", 0 }

func TestWidthAnswerSwitchesToASCII(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startClient(t, plainly{fake: newGame()}, queryingWidth, func(cfg *Config) { cfg.Title = true })
		if first := strings.Join(c.written(), ""); !strings.Contains(first, "╭──╮") || !strings.Contains(first, "1 · clickky") {
			t.Errorf("begins with %q", first)
		}
		c.press(t, "\x1b[2;3R")
		if got, want := c.written(), syncStart+endControls+"\x1b[2J\x1b[1H+--+"+syncEnd+"\x1b]2;1 . clickky\x1b\\"; len(got) != 1 || got[0] != want {
			t.Errorf("the answer leads to %q, want %q", got, want)
		}
		c.press(t, "q")
		c.end()
		if got := strings.Join(c.written(), ""); !strings.Contains(got, "* bye") {
			t.Errorf("ends with %q", got)
		}
	})
}
