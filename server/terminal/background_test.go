package terminal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	answersWhite = "\x1b]11;rgb:ffff/ffff/ffff\a"
	answersBlack = "\x1b]11;rgb:0000/0000/0000\x1b\\"
)

// startClient starts a game on a terminal with some changes of its configuration.
func startClient(t *testing.T, model Model, changes ...func(*Config)) *client {
	t.Helper()
	c := newClient(model, func(cfg *Config) {
		for _, change := range changes {
			change(cfg)
		}
	})
	c.run(t.Context())
	return c
}

// queryingBackground is a change of a configuration: the terminal is asked for its background.
func queryingBackground(cfg *Config) { cfg.QueryBackground = true }

// backgrounds returns the backgrounds that a model was told.
func backgrounds(g fake) []string {
	var told []string
	for len(g.seen) > 0 {
		if msg, ok := (<-g.seen).(tea.BackgroundColorMsg); ok {
			told = append(told, msg.String())
		}
	}
	return told
}

func TestBackgroundQueryIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := startClient(t, newGame(), queryingBackground)
		first := c.written()
		if len(first) != 1 || !strings.HasPrefix(first[0], enter) || !strings.HasSuffix(first[0], syncEnd+queryBackground) {
			t.Errorf("begins with %q", first)
		}
		c.press(t, " ")
		c.Resize(30, 5)
		c.press(t, answersBlack+" q")
		c.end()
		if rest := strings.Join(c.written(), ""); strings.Contains(rest, "\x1b]11") {
			t.Errorf("it is asked again: %q", rest)
		}
	})
}

func TestBackgroundCountsFirstAnswerOnly(t *testing.T) {
	for asks, want := range map[bool][]string{true: {"#ffffff"}, false: nil} {
		synctest.Test(t, func(t *testing.T) {
			g := newGame()
			active := 0
			c := newClient(g, func(cfg *Config) { cfg.QueryBackground, cfg.Activity = asks, func() { active++ } })
			c.run(t.Context())
			c.press(t, answersWhite+strings.Repeat(answersBlack+answersWhite, 1000))
			c.press(t, "q")
			c.end()
			if told := backgrounds(g); !slices.Equal(told, want) {
				t.Errorf("asked %v: the model is told %q, want %q", asks, told, want)
			}
			if active != 1 {
				t.Errorf("%d times active, want once, by q", active)
			}
		})
	}
}

func TestBackgroundIgnoresAnswerBeforeQuery(t *testing.T) {
	var q query
	q.enable(queryBackground)
	if q.accept() {
		t.Error("an answer counts before it is asked")
	}
	if got := string(q.appendQuery([]byte("x"))); got != "x"+queryBackground {
		t.Errorf("it is asked by %q", got)
	}
	if !q.accept() || q.accept() {
		t.Error("not just the first answer counts")
	}
	if got := string(q.appendQuery([]byte("x"))); got != "x" {
		t.Errorf("it is asked again: %q", got)
	}
}

func TestBackgroundQueryNeedsFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c := startClient(t, stillborn{newGame()}, queryingBackground)
		<-c.ended
		if took := time.Since(begin); took > 0 {
			t.Errorf("ended after %v", took)
		}
		c.end()
		if got := strings.Join(c.written(), ""); strings.Contains(got, "\x1b]11") {
			t.Errorf("wrote %q", got)
		}
	})
}

func TestBackgroundParsesHex(t *testing.T) {
	for digits, want := range map[string]uint16{"0": 0, "f": 0xffff, "8": 0x8888, "80": 0x8080, "7f7": 0x7f77, "fff": 0xffff, "1234": 0x1234} {
		if got, ok := parseHex([]byte(digits)); !ok || got != want {
			t.Errorf("%s is %s, want %x", digits, fmt.Sprintf("%x", got), want)
		}
	}
}
