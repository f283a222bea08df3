package terminal

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// attentive is a game whose title is the number of its clicks, with a bell for each.
type attentive struct{ fake }

func (a attentive) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	model, cmd := a.fake.Update(msg)
	a.fake, _ = model.(fake)
	return a, cmd
}

func (a attentive) Attention() (string, uint) {
	if a.clicks == 7 {
		return "seven\x07", uint(a.clicks)
	}
	return strings.Repeat("|", a.clicks) + "clicks", uint(a.clicks)
}

// playAttentive runs the game with that many clicks, some time apart, and returns all writes.
func playAttentive(t *testing.T, hasTitle bool, clicks int, apart time.Duration) string {
	t.Helper()
	var all string
	synctest.Test(t, func(t *testing.T) {
		c := newClient(attentive{newGame()}, func(cfg *Config) { cfg.Title = hasTitle })
		c.run(t.Context())
		for range clicks {
			c.press(t, " ")
			time.Sleep(apart)
		}
		c.press(t, "q")
		c.end()
		all = strings.Join(c.written(), "")
	})
	return all
}

func TestTitleIsSavedSetAndRestored(t *testing.T) {
	all := playAttentive(t, true, 2, time.Second)
	for _, want := range []string{"\x1b[22;2t\x1b]2;clicks\x1b\\", "\x1b]2;|clicks\x1b\\", "\x1b]2;||clicks\x1b\\", leave + "\x1b]2;\x1b\\\x1b[23;2t"} {
		if strings.Count(all, want) != 1 {
			t.Errorf("%q isn't there once in %q", want, all)
		}
	}
	if n := strings.Count(all, titlePush); n != 1 {
		t.Errorf("the title was saved %d times", n)
	}
}

func TestTitleHasNoControls(t *testing.T) {
	if all := playAttentive(t, true, 7, time.Second); strings.Contains(all, "seven") {
		t.Errorf("a control character is in the title in %q", all)
	}
}

func TestBellRingsOncePerMinute(t *testing.T) {
	for apart, want := range map[time.Duration]int{10 * time.Second: 1, 25 * time.Second: 2, 2 * time.Minute: 5} {
		if n := strings.Count(playAttentive(t, false, 5, apart), "\a"); n != want {
			t.Errorf("five bells, %v apart, ring %d times, want %d", apart, n, want)
		}
	}
}

func TestTitleNeedsTerminalSupport(t *testing.T) {
	if all := playAttentive(t, false, 2, time.Second); strings.Contains(all, titleStart) || strings.Contains(all, titlePop) {
		t.Errorf("a title is in %q", all)
	}
}
