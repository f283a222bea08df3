package terminal

import (
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestASCIIKeepsColumns(t *testing.T) {
	for text, want := range map[string]string{
		"a│─█ b":            "a|-# b",
		"é\x1b[1me\u0301x":  "?\x1b[1mex\x1b[m",
		"日本|":               "????|",
		"👩‍🚀|❤️|1️⃣|":       "??|??|11|",
		"\u0301a\xffb\x9bc": "abc",
		"a\x1b[2Jb\u009b":   "ab",
	} {
		next := colored(text, 40, 1)
		next.ascii = true
		if got := string(appendDiff(nil, frame{}, next, nil)); got != "\x1b[2J\x1b[1H"+want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	got := string(appendLines(nil, "\x1b[1m★\x1b[m 世\n", "\r\n", colorprofile.TrueColor, true))
	if want := "\x1b[1m* \x1b[m??\r\n"; got != want {
		t.Errorf("the farewell is %q, want %q", got, want)
	}
}

func TestASCIIWideCharacterIsCutAtEdge(t *testing.T) {
	next := frame{own: []string{"ab"}, shared: []string{"  日cd世"}, width: 7, height: 1, ascii: true, epoch: 1}
	if got, want := string(appendDiff(nil, frame{}, next, nil)), "\x1b[2J\x1b[1;3H??cd\x1b[1Hab"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// TestASCIISwitchRedrawsScreen covers terminals on which the frame before was garbled.
func TestASCIISwitchRedrawsScreen(t *testing.T) {
	before := colored("─a\nb", 20, 2)
	after := before
	after.ascii = true
	cache := NewCache()
	for _, c := range []struct {
		from, to frame
		want     string
	}{{before, after, endControls + "\x1b[2J\x1b[1H-a\x1b[2Hb"}, {after, before, "\x1b[2J\x1b[1H─a\x1b[2Hb"}, {after, after, ""}} {
		for range 3 {
			if got := string(appendDiff(nil, c.from, c.to, cache)); got != c.want {
				t.Errorf("wrote %q, want %q", got, c.want)
			}
		}
	}
}
