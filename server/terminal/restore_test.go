package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"
)

func TestRestoreAfterEveryEnd(t *testing.T) {
	broken := errors.New("server stops")
	for _, c := range []struct {
		name string
		end  func(*client, context.CancelCauseFunc)
		want error
	}{
		{"quit", func(c *client, _ context.CancelCauseFunc) { _, _ = io.WriteString(c.keys, "q") }, nil},
		{"interrupt", func(c *client, _ context.CancelCauseFunc) { _, _ = io.WriteString(c.keys, "i") }, tea.ErrInterrupted},
		{"panic in Update", func(c *client, _ context.CancelCauseFunc) { _, _ = io.WriteString(c.keys, "p") }, tea.ErrProgramPanic},
		{"panic in a Cmd", func(c *client, _ context.CancelCauseFunc) { _, _ = io.WriteString(c.keys, "c") }, tea.ErrProgramPanic},
		{"panic in a batch", func(c *client, _ context.CancelCauseFunc) { _, _ = io.WriteString(c.keys, "b") }, tea.ErrProgramPanic},
		{"hang up", func(c *client, _ context.CancelCauseFunc) { _ = c.keys.Close() }, ErrHungUp},
		{"read error", func(c *client, _ context.CancelCauseFunc) { _ = c.keys.CloseWithError(broken) }, broken},
		{"context", func(_ *client, cancel context.CancelCauseFunc) { cancel(broken) }, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				cl := newClient(newGame(), nil)
				cl.run(ctx)
				cl.press(t, "  ")
				_ = cl.written()
				c.end(cl, cancel)
				cl.end()
				if got, want := cl.written(), leave+"2 clicks"+eol+"bye"+eol; len(got) != 1 || got[0] != want {
					t.Errorf("ends with %q, want %q", got, want)
				}
				if !errors.Is(cl.err, c.want) {
					t.Errorf("Run returned %v, want %v", cl.err, c.want)
				}
				if g, ok := cl.model.(fake); !ok || g.clicks != 2 {
					t.Errorf("the last model is %+v", cl.model)
				}
				if len(cl.aborts) > 0 {
					t.Error("Abort was called")
				}
			})
		})
	}
}

// silent is a game whose last words cannot be had.
type silent struct{ fake }

func (s silent) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m, cmd := s.fake.Update(msg)
	s.fake, _ = m.(fake)
	return s, cmd
}

func (silent) Farewell() string { panic("in Farewell") }

func TestRestoreAfterPanicInViewAndFarewell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, silent{newGame()})
		_ = c.written()
		c.press(t, "v")
		c.end()
		if got := c.written(); len(got) != 1 || got[0] != leave {
			t.Errorf("ends with %q, want %q", got, leave)
		}
		if !errors.Is(c.err, tea.ErrProgramPanic) {
			t.Errorf("Run returned %v", c.err)
		}
	})
}

func TestRestoreResetsTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		c.press(t, " q")
		c.end()
		e := vt.NewEmulator(20, 4)
		defer func() { _ = e.Close() }()
		hidden := false
		on := map[int]bool{}
		e.SetCallbacks(vt.Callbacks{CursorVisibility: func(visible bool) { hidden = !visible }})
		_, _ = e.WriteString("$ ssh\r\n")
		for _, w := range c.written() {
			_, _ = e.WriteString(w)
			for seq := range strings.SplitSeq(w, "\x1b[?") {
				var mode int
				var set rune
				if n, _ := fmt.Sscanf(seq, "%d%c", &mode, &set); n == 2 {
					on[mode] = set == 'h'
				}
			}
		}
		if got, want := text(e), "$ ssh\n1 clicks\nbye"; got != want {
			t.Errorf("screen shows %q, want %q", got, want)
		}
		if e.IsAltScreen() || hidden {
			t.Errorf("alternate screen %v, cursor hidden %v", e.IsAltScreen(), hidden)
		}
		for _, mode := range []int{1049, 25, 7, 1000, 1006, 2004, 2026} {
			if set, touched := on[mode]; !touched || set != (mode == 25 || mode == 7) {
				t.Errorf("mode %d is left %v", mode, set)
			}
		}
	})
}

// stillborn is a game that does not even start.
type stillborn struct{ fake }

func (stillborn) Init() tea.Cmd { panic("in Init") }

func TestFarewellWithoutFrameIsAllThatIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, stillborn{newGame()})
		c.end()
		if got, want := c.written(), "0 clicks\r\nbye\r\n"; len(got) != 1 || got[0] != want {
			t.Errorf("wrote %q, want %q", got, want)
		}
	})
}
