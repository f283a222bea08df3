package tui_test

import (
	"strings"
	"testing"

	"clickky/tui/tuitest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// drawn is the panel of the counter as it stands on the screen: the first one
// that is drawn.
func drawn(view string) (left, top, right, bottom int) {
	lines := strings.Split(ansi.Strip(view), "\n")
	top = -1
	for y, line := range lines {
		cells := []rune(line)
		for x, r := range cells {
			if r == '╭' && top < 0 {
				left, top, right = x, y, x+strings.Count(line, "─")+1
			}
			if r == '╰' && x == left {
				return left, top, right, y
			}
		}
	}
	return 0, -1, 0, 0
}

func TestMouseClickCountsOnlyOnCounter(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 12}, {72, 17}, {71, 16}, {47, 33}} {
		p := tuitest.Alice()
		o := tuitest.Options(p)
		o.Width, o.Height = size[0], size[1]
		s := tuitest.New(t, o)
		left, top, right, bottom := drawn(s.View())
		if top < 0 {
			t.Fatalf("%v: no panel", size)
		}
		for y := -1; y <= size[1]; y++ {
			for x := -1; x <= size[0]; x++ {
				before := p.Clicks
				s.Send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
				want := x >= left && x <= right && y >= top && y <= bottom
				if got := p.Clicks > before; got != want {
					t.Fatalf("%v: a click at %d,%d counted: %v; the panel is %d,%d to %d,%d", size, x, y, got, left, top, right, bottom)
				}
			}
		}
	}
}

func TestMouseClickCountsOnNumberWithoutPanel(t *testing.T) {
	p := tuitest.Alice()
	o := tuitest.Options(p)
	o.Width, o.Height = 30, 7
	s := tuitest.New(t, o)
	for y, line := range strings.Split(s.View(), "\n") {
		before := p.Clicks
		s.Send(tea.MouseClickMsg{X: 15, Y: y, Button: tea.MouseLeft})
		if strings.Contains(line, "1,342,977") && p.Clicks == before {
			t.Error("a click on the number does not count")
		}
		if strings.Contains(line, "23,5") && p.Clicks != before {
			t.Error("a click on another line counts")
		}
	}
	if p.Clicks == 0 {
		t.Error("no click counted")
	}
}
