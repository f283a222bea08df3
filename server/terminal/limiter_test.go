package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// limited returns a client whose model gets at most that many events a second.
func limited(t *testing.T, model Model, events int, next func() tea.Msg) *client {
	t.Helper()
	c := newClient(model, func(cfg *Config) { cfg.Events, cfg.Next, cfg.Wake = events, next, make(chan struct{}, 1) })
	c.run(t.Context())
	return c
}

func (c *client) clicks(t *testing.T) int {
	t.Helper()
	c.screen.mu.Lock()
	defer c.screen.mu.Unlock()
	switch m := c.screen.model.(type) {
	case fake:
		return m.clicks
	case wall:
		return m.clicks
	}
	t.Fatal("another model")
	return 0
}

func TestInputAboveRateIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := limited(t, newGame(), 90, nil)
		begin := time.Now()
		c.press(t, strings.Repeat(" ", 3000))
		if got := c.clicks(t); got != 90+eventBurst {
			t.Errorf("%d events of a burst reach the model, want %d", got, 90+eventBurst)
		}
		time.Sleep(100 * time.Millisecond)
		c.press(t, strings.Repeat(" ", 9))
		if got := c.clicks(t); got != 90+eventBurst+9 {
			t.Errorf("%d events with those of a tenth of a second, want %d", got, 90+eventBurst+9)
		}
		time.Sleep(time.Second)
		c.press(t, "q")
		c.end()
		if took := time.Since(begin); took > 1100*time.Millisecond {
			t.Errorf("the last key took until %v", took)
		}
	})
}

func TestInputOfPlayerStaysBelowRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := limited(t, newGame(), 90, nil)
		for range 20 * 60 { // 20 clicks a second, whose key goes up again, beside a held arrow
			c.press(t, "\x1b[32;1:1u\x1b[32;1:3u\x1b[1;1:2B")
			time.Sleep(time.Second / 20)
		}
		if got := c.clicks(t); got != 20*60 {
			t.Errorf("%d clicks, want %d", got, 20*60)
		}
		c.press(t, "q")
		c.end()
	})
}

func TestInputFloodIsReadSlowly(t *testing.T) {
	for _, tc := range []struct {
		name, input string
		most, least time.Duration
	}{
		{"keys", strings.Repeat("x", 20_000), 16 * time.Second, 14 * time.Second},
		{"a paste", "\x1b[200~" + strings.Repeat("x", 1<<20) + "\x1b[201~", 0, 0},
		{"pastes", strings.Repeat("\x1b[200~"+strings.Repeat("x", 1<<20)+"\x1b[201~", 4), 12 * time.Second, 11 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := limited(t, newGame(), 90, nil)
				begin := time.Now()
				c.press(t, tc.input)
				if took := time.Since(begin); took > tc.most || took < tc.least {
					t.Errorf("it took %v, want %v to %v", took, tc.least, tc.most)
				}
				time.Sleep(time.Second)
				c.press(t, "q")
				c.end()
			})
		})
	}
}

func TestInputWaitingEndsWithSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := limited(t, newGame(), 90, nil)
		time.Sleep(time.Second) // what the Program begins with takes a moment
		go func() { _, _ = io.WriteString(c.keys, "q"+strings.Repeat("x", 1<<20)) }()
		begin := time.Now()
		c.end()
		if took := time.Since(begin); took > 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// wall is a game that looks entirely different after each click.
type wall struct{ fake }

func (w wall) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m, cmd := w.fake.Update(msg)
	w.fake, _ = m.(fake)
	return w, cmd
}

func (w wall) Layers() (own, shared []string) {
	line := strings.Repeat(string(rune('a'+w.clicks%26)), w.width)
	return slices.Repeat([]string{line}, w.height), nil
}

// big returns a client with 80 by 24 cells that shows a wall.
func big(t *testing.T, next func() tea.Msg) *client {
	t.Helper()
	c := newClient(wall{newGame()}, func(cfg *Config) {
		cfg.Width, cfg.Height, cfg.Next, cfg.Wake = 80, 24, next, make(chan struct{}, 1)
	})
	c.run(t.Context())
	return c
}

func TestFrameLargeIsDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := big(t, nil)
		_ = c.written()
		const seconds = 10
		for range seconds * 100 {
			c.Send(setClicks(c.clicks(t) + 1))
			time.Sleep(10 * time.Millisecond)
		}
		writes := c.written()
		size := 0
		for _, w := range writes {
			size += len(w)
		}
		if most := frameBurst + seconds*frameRate; size > most || len(writes) < 5*seconds {
			t.Errorf("%d frames of %d bytes, want several a second and at most %d bytes", len(writes), size, most)
		}
		time.Sleep(time.Second)
		e := newEmulator(t, 80, 24)
		_, _ = e.WriteString(strings.Join(append(writes, c.written()...), ""))
		if want := strings.Repeat(string(rune('a'+seconds*100%26)), 80); !strings.HasPrefix(text(e), want) {
			t.Errorf("in the end the screen shows\n%s\nwant lines of\n%s", text(e), want)
		}
		c.press(t, "q")
		c.end()
	})
}

func TestFrameSmallIsNeverDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, newGame())
		_ = c.written()
		for i := range 1000 {
			c.press(t, " ")
			if got := c.written(); len(got) != 1 {
				t.Fatalf("press %d: %d writes", i, len(got))
			}
			time.Sleep(20 * time.Millisecond)
		}
		c.press(t, "q")
		c.end()
	})
}

func TestSizeFloodIsAppliedOncePerFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sizes := make(chan tea.Msg, 1)
		c := big(t, func() tea.Msg {
			select {
			case size := <-sizes:
				return size
			default:
				return nil
			}
		})
		_ = c.written()
		last := ""
		for i := range 1000 {
			size := tea.WindowSizeMsg{Width: 40 + i%200, Height: 50}
			last = fmt.Sprintf("%dx%d", size.Width, size.Height)
			sizes <- size
			c.renderer.wakeUp()
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(c.written()); n > 10*10 {
			t.Errorf("%d frames in ten seconds", n)
		}
		time.Sleep(time.Second)
		c.press(t, "q")
		c.end()
		if w, _ := c.model.(wall); fmt.Sprintf("%dx%d", w.width, w.height) != last {
			t.Errorf("the last size is %dx%d, want %s", w.width, w.height, last)
		}
	})
}
