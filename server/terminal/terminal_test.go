package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

func TestFrameAfterPressIsOneSmallWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		first := c.written()
		if want := enter + "\x1b[>31u" + syncStart + "\x1b[2J\x1b[1H20x4\x1b[2H\x1b[1m0 \x1b[mclicks" + syncEnd; len(first) != 1 || first[0] != want {
			t.Errorf("begins with %q, want %q", first, want)
		}
		c.press(t, " ")
		if got, want := c.written(), syncStart+"\x1b[2H\x1b[1m1\x1b[m"+syncEnd; len(got) != 1 || got[0] != want {
			t.Errorf("a press writes %q, want %q", got, want)
		}
		c.press(t, "x")
		c.Send(note("nothing to see"))
		if got := c.written(); len(got) > 0 {
			t.Errorf("what changes nothing writes %q", got)
		}
		c.press(t, "q")
		c.end()
		if g, ok := c.model.(fake); !ok || g.clicks != 1 || c.err != nil {
			t.Errorf("ended with %+v, %v", c.model, c.err)
		}
	})
}

func TestKeyboardModeIsSetOnAlternateScreen(t *testing.T) {
	// Terminals keep its modes apart for each screen.
	first := string(EveryKey.appendPush([]byte(enter)))
	if !strings.Contains(first[strings.Index(first, "\x1b[?1049h"):], "\x1b[>31u") {
		t.Errorf("entering writes %q", first)
	}
	if !strings.Contains(leave[:strings.Index(leave, "\x1b[?1049l")], "\x1b[<u") {
		t.Errorf("leave is %q", leave)
	}
}

func TestSlowClientGetsNewestFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		e := newEmulator(t, 20, 4)
		_, _ = e.WriteString(strings.Join(c.written(), ""))
		open := c.hold()
		c.Send(setClicks(5000))
		synctest.Wait() // it is stuck
		begin := time.Now()
		for i := range 1000 {
			c.Send(setClicks(i))
		}
		synctest.Wait()
		if took := time.Since(begin); took > 0 {
			t.Errorf("sending took %v", took)
		}
		close(open)
		writes := c.written()
		if len(writes) != 2 {
			t.Errorf("%d writes, want the stuck one and the newest frame", len(writes))
		}
		_, _ = e.WriteString(strings.Join(writes, ""))
		if got, want := text(e), "20x4\n999 clicks"; got != want {
			t.Errorf("screen shows %q, want %q", got, want)
		}
		c.press(t, "q")
		c.end()
		if c.err != nil || len(c.aborts) > 0 {
			t.Errorf("ended with %v, %d aborts", c.err, len(c.aborts))
		}
	})
}

func TestStuckClientIsAborted(t *testing.T) {
	for _, hasQuit := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, newGame())
			c.hold()
			begin := time.Now()
			c.Send(setClicks(1))
			if hasQuit {
				c.press(t, "q")
			}
			<-c.ended
			if took := time.Since(begin); took != 20*time.Second+time.Millisecond {
				t.Errorf("given up after %v", took)
			}
			if !errors.Is(c.err, ErrStuck) || len(c.aborts) != 1 {
				t.Errorf("ended with %v, %d aborts", c.err, len(c.aborts))
			}
			c.end()
		})
	}
}

func TestStuckFarewellIsAborted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		c.hold()
		c.press(t, "q")
		c.end()
		if !errors.Is(c.err, ErrStuck) || len(c.aborts) != 1 {
			t.Errorf("ended with %v, %d aborts", c.err, len(c.aborts))
		}
	})
}

func TestRunEndsDuringBlockedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		aborts := 0
		c := newClient(newGame(), func(cfg *Config) {
			cfg.StuckAfter = time.Second
			cfg.Abort = func() { aborts++ }
		})
		open := c.hold()
		c.run(t.Context())
		<-c.ended
		if !errors.Is(c.err, ErrStuck) || aborts != 1 {
			t.Errorf("ended with %v, %d aborts", c.err, aborts)
		}
		close(open)
		c.end()
	})
}

func TestRunEndsOnWriteError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		_ = c.written()
		c.hold()
		close(c.aborted)
		c.Send(setClicks(1))
		c.end()
		if !errors.Is(c.err, errClosed) {
			t.Errorf("ended with %v", c.err)
		}
	})
}

func TestSizeChangeDuringBlockedWriteRepaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		e := newEmulator(t, 20, 4)
		_, _ = e.WriteString(strings.Join(c.written(), ""))
		open := c.hold()
		c.Send(setClicks(7)) // Stuck, for the first size.
		c.Resize(8, 2)
		c.Send(setClicks(8)) // Never sent.
		c.Resize(20, 4)
		e.Resize(8, 2)
		e.Resize(20, 4)
		fill(t, e)
		close(open)
		_, _ = e.WriteString(strings.Join(c.written(), ""))
		if got, want := text(e), "20x4\n8 clicks"; got != want {
			t.Errorf("screen shows %q, want %q", got, want)
		}
		c.press(t, "q")
		c.end()
	})
}

func TestSizeRepeatedRepaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		_ = c.written()
		c.Resize(20, 4) // The client's screen was smaller in between, say.
		got := c.written()
		if len(got) != 1 || !strings.HasPrefix(got[0], syncStart+"\x1b[2J") {
			t.Errorf("wrote %q", got)
		}
		c.press(t, "q")
		c.end()
	})
}

func TestKeyCtrlLRepaints(t *testing.T) {
	for _, key := range []string{"\x0c", "\x1b[108;5u"} {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, newGame())
			_ = c.written()
			c.press(t, key)
			if got := strings.Join(c.written(), ""); !strings.HasPrefix(got, syncStart+"\x1b[2J") {
				t.Errorf("after %q it wrote %q", key, got)
			}
			c.press(t, "q")
			c.end()
		})
	}
}

func TestSizeIsClamped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(newGame(), func(cfg *Config) { cfg.Width, cfg.Height = -5, 0 })
		c.run(t.Context())
		c.Resize(1<<31-1, 1<<31-1)
		c.press(t, "q")
		c.end()
		if g, _ := c.model.(fake); g.width != maxSide || g.height != maxSide {
			t.Errorf("the last size is %dx%d", g.width, g.height)
		}
	})
}

func TestSizeNewestWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame()
		c := newClient(g, nil)
		go c.Resize(33, 11) // While the Program sends its first size.
		c.run(t.Context())
		c.press(t, "q")
		c.end()
		if g, _ := c.model.(fake); g.width != 33 || g.height != 11 {
			t.Errorf("the last size is %dx%d", g.width, g.height)
		}
	})
}

func TestFrameWaitsForSizeAndColors(t *testing.T) {
	w := newRenderer(Config{}, nil)
	shown := &screenModel{model: newGame(), renderer: w, plainKeys: new(atomic.Bool)}
	var s tea.Model = shown
	for _, msg := range []tea.Msg{note(""), tea.WindowSizeMsg{}, note(""), tea.ColorProfileMsg{}} {
		if _, fresh, _ := w.newest(); fresh {
			t.Fatalf("shown before %T", msg)
		}
		s, _ = s.Update(msg)
		shown.render()
	}
	if _, fresh, _ := w.newest(); !fresh {
		t.Error("not shown at the end")
	}
}

func TestModelGetsOnlyKeysAndMouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame()
		active := 0
		c := newClient(g, func(cfg *Config) {
			cfg.Activity = func() { active++ }
			cfg.Environ = []string{"LANG=C"}
		})
		c.run(t.Context())
		c.press(t, "a\x1b[200~pasted\x1b[201~\x1b[8;50;50t\x1b]52;c;aGk=\a\x1b[?2026;2$y"+
			"\x1b[<0;1;1M\x1b[<0;20;4M\x1b[<0;21;4M\x1b[<0;1;5M\x1b[<0;0;1M\x1b[<0;1;1m\x1b[97;1:2u\x1b[97;1:3u\x1b[I")
		c.press(t, "q")
		c.end()
		var got []string
		for len(g.seen) > 0 {
			switch msg := (<-g.seen).(type) {
			case tea.EnvMsg:
				if !slices.Equal(msg, []string{"LANG=C"}) {
					t.Errorf("the environment is %q", msg)
				}
			case tea.WindowSizeMsg, tea.ColorProfileMsg:
			default:
				got = append(got, fmt.Sprintf("%T", msg))
			}
		}
		want := []string{
			"tea.KeyPressMsg", "tea.MouseClickMsg", "tea.MouseClickMsg", "tea.MouseReleaseMsg",
			"tea.KeyPressMsg", "tea.KeyReleaseMsg", "tea.FocusMsg", "tea.KeyPressMsg",
		}
		if !slices.Equal(got, want) {
			t.Errorf("the model got %q, want %q", got, want)
		}
		if active != 4 { // a, two clicks, q
			t.Errorf("%d times active, want 4", active)
		}
	})
}

func TestIdleSessionHasNoTicker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		time.Sleep(tickerTime + time.Second)
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if bytes.Contains(stacks, []byte("startRenderer")) {
			t.Error("the ticker of the Program still runs")
		}
		if !bytes.Contains(stacks, []byte("eventLoop")) {
			t.Error("the Program does not run")
		}
		c.press(t, " q")
		c.end()
		if g, _ := c.model.(fake); g.clicks != 1 {
			t.Errorf("%d clicks", g.clicks)
		}
	})
}

func TestWaitAfterShortSessionTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		begin := time.Now()
		c.press(t, "q")
		c.end()
		if took := time.Since(begin); took > 0 {
			t.Errorf("the goroutines ended after %v", took)
		}
	})
}

func TestSendBeforeAndAfterSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(newGame(), nil)
		go c.Send(setClicks(5))
		c.run(t.Context())
		c.press(t, "q")
		c.end()
		if g, _ := c.model.(fake); g.clicks != 5 {
			t.Errorf("the model has %d clicks", g.clicks)
		}
		c.Send(setClicks(6))
		c.Resize(1, 1)
	})
}

func TestInputWaitsForBusyModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGame()
		g.busy = make(chan struct{})
		c := start(t, g)
		c.press(t, "w")
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			// Blocks after some reads: nobody takes what is typed.
			_, _ = io.WriteString(c.keys, strings.Repeat(" ", 2000))
			cancel()
		}()
		synctest.Wait()
		if ctx.Err() != nil {
			t.Error("all input was read although nothing was taken")
		}
		close(g.busy)
		<-ctx.Done()
		c.press(t, "q")
		c.end()
		if g, _ := c.model.(fake); g.clicks != 2000 {
			t.Errorf("%d clicks", g.clicks)
		}
	})
}

func TestKeyboardModeFitsTerminalAndPlayer(t *testing.T) {
	for _, c := range []struct {
		environ []string
		want    string
	}{
		{nil, "\x1b[>31u"},
		{[]string{"LC_TERMINAL=iTerm2"}, "\x1b[>7u"},
		{[]string{"LANG=ja_JP.UTF-8", "TERM_PROGRAM=iTerm.app"}, "\x1b[>7u"},
		{[]string{"TERM_PROGRAM=WezTerm"}, "\x1b[>31u"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c1 := newClient(newGame(), func(cfg *Config) { cfg.Keyboard = KeyboardOf(c.environ) })
			c1.run(t.Context())
			if first := c1.written(); !strings.Contains(first[0], "\x1b[?2004h"+c.want+syncStart) {
				t.Errorf("%q begins with %q", c.environ, first)
			}
			c1.press(t, "q")
			c1.end()
		})
	}
}

// picky is a game whose player chooses the keyboard with k.
type picky struct {
	fake
	plain bool
}

func (p picky) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok && key.String() == "k" {
		p.plain = !p.plain
	}
	m, cmd := p.fake.Update(msg)
	p.fake, _ = m.(fake)
	return p, cmd
}

func (p picky) PlainKeys() bool { return p.plain }

func TestKeyboardModeIsSwitchable(t *testing.T) {
	const tap = "\x1b[32;1u\x1b[32;1:3u"
	synctest.Test(t, func(t *testing.T) {
		c := start(t, picky{fake: newGame()})
		c.press(t, tap)
		_ = c.written()
		c.press(t, "k")
		if got := c.written(); len(got) != 1 || got[0] != "\x1b[<u\x1b[>0u" {
			t.Errorf("off is %q", got)
		}
		c.press(t, "   ") // no releases come any more
		c.press(t, "k")
		if got := strings.Join(c.written(), ""); !strings.Contains(got, "4") || !strings.HasSuffix(got, "\x1b[<u\x1b[>31u") {
			t.Errorf("four clicks, and on again, is %q", got)
		}
		c.press(t, "q")
		c.end()
	})
	synctest.Test(t, func(t *testing.T) {
		c := start(t, picky{fake: newGame(), plain: true})
		if first := c.written(); !strings.Contains(first[0], "\x1b[?2004h\x1b[>0u"+syncStart) {
			t.Errorf("a screen without begins with %q", first)
		}
		c.press(t, "q")
		c.end()
	})
}
