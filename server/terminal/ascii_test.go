package terminal

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"

	"github.com/charmbracelet/colorprofile"

	"clickky/server/terminal/ascii"
	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/tuitest"
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
	before.own, before.shared = nil, before.own // so that the cache has it
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

// asciiScreen returns what a terminal gets for a screen after play, and for its farewell.
func asciiScreen(t *testing.T, o tui.Options, play func(*tuitest.Screen)) (screen, farewell string) {
	t.Helper()
	s := tuitest.New(t, o)
	if play != nil {
		play(s)
	}
	var out bytes.Buffer
	r := newRenderer(Config{Out: &out, Width: o.Width, Height: o.Height, Profile: o.Profile, Title: true}, func(err error) { t.Error(err) })
	m := &screenModel{model: s.Model, renderer: r, plainKeys: new(atomic.Bool), hasSize: true, hasProfile: true, dirty: true}
	r.begin()
	defer r.end()
	m.render()
	r.step()
	screen = out.String()
	out.Reset()
	r.close(m.farewell())
	r.step()
	return screen, out.String()
}

// asciiScene returns the options of a screen of that size, and what happens on it.
type asciiScene func(width, height int) (tui.Options, func(*tuitest.Screen))

// asciiScenes returns scenes with all kinds of screens.
func asciiScenes(t *testing.T) map[string]asciiScene {
	d := tuitest.NewFakeBackend(t)
	press := func(keys ...string) asciiScene {
		return func(width, height int) (tui.Options, func(*tuitest.Screen)) {
			return tuitest.DashboardOptions(d, width, height, colorprofile.ANSI256), func(s *tuitest.Screen) { s.Press(keys...) }
		}
	}
	with := func(change func(*tui.Options)) asciiScene {
		return func(width, height int) (tui.Options, func(*tuitest.Screen)) {
			o := tuitest.DashboardOptions(d, width, height, colorprofile.ANSI256)
			change(&o)
			return o, nil
		}
	}
	return map[string]asciiScene{
		"game": func(width, height int) (tui.Options, func(*tuitest.Screen)) {
			o, _ := press()(width, height)
			o.HasPeople = true
			return o, func(s *tuitest.Screen) { s.Press("space").Send(busySnapshot()) }
		},
		"help":        press("?"),
		"leaderboard": press("l"),
		"search":      press("l", "/", "a"),
		"dashboard":   press("d"),
		"player":      press("d", "down", "down", "enter"),
		"audit":       press("d", "a"),
		"newcomer": with(func(o *tui.Options) {
			o.Player, o.Guest = &tuitest.FakePlayer{At: game.Standing{Name: "bob", Place: game.Place{Rank: 121, Of: 121}}}, tui.Keyless
		}),
		"down": with(func(o *tui.Options) { o.Snapshot.StoreDown, o.Snapshot.Unsaved = true, 1204 }),
		"milestone": with(func(o *tui.Options) {
			o.Snapshot.Total, o.Snapshot.Milestone = 2_500_003, &game.Milestone{Count: 2_500_000}
		}),
	}
}

// busySnapshot returns a snapshot with clicks in the last minute and people.
func busySnapshot() tui.SnapshotMsg {
	return tuitest.SnapshotWith(func(s *live.Snapshot) {
		h := &live.History{End: 60, Peak: 44}
		for i := range h.Seconds {
			h.Seconds[i] = uint32(22 + 22*math.Sin(float64(i)/5))
		}
		s.Total, s.History = 1_343_017, h
		s.People = &live.People{More: 31}
		for i, name := range []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"} {
			s.People.List = append(s.People.List, live.Person{Name: name, Guest: i == 3, Pulse: uint8(i)})
		}
	})
}

func TestASCIIScreensHaveNoOtherByte(t *testing.T) {
	sizes := [][2]int{{200, 60}, {120, 40}, {80, 24}, {60, 16}, {40, 12}, {30, 8}, {20, 4}, {10, 1}, {3, 2}, {1, 1}}
	scenes := asciiScenes(t)
	for _, keys := range [][]string{nil, {"l"}, {"d"}, {"d", "enter"}, {"d", "a"}, {"?"}} {
		scenes["strange names "+fmt.Sprint(keys)] = func(width, height int) (tui.Options, func(*tuitest.Screen)) {
			o := tuitest.HugeOptions(t)
			o.Width, o.Height = width, height
			return o, func(s *tuitest.Screen) { s.Press(keys...) }
		}
	}
	for name, scene := range scenes {
		for _, size := range sizes {
			o, play := scene(size[0], size[1])
			o.NeedsASCII, o.Reconnect = true, "ssh ünï@host"
			screen, farewell := asciiScreen(t, o, play)
			if isForeign := func(r rune) bool { return r > unicode.MaxASCII }; strings.ContainsFunc(screen+farewell, isForeign) {
				t.Errorf("%s at %v: not ASCII: %q, %q", name, size, screen, farewell)
			}
		}
	}
}

// TestASCIIKnowsEveryCharacterOfScreens covers what screens draw, apart from names.
func TestASCIIKnowsEveryCharacterOfScreens(t *testing.T) {
	drawn := 0
	for name, scene := range asciiScenes(t) {
		for _, size := range [][2]int{{200, 60}, {120, 40}, {80, 24}, {40, 12}, {20, 4}} {
			o, play := scene(size[0], size[1])
			screen, farewell := asciiScreen(t, o, play)
			for _, r := range screen + farewell {
				if r > unicode.MaxASCII {
					drawn++
					if ascii.Of(r) == '?' {
						t.Errorf("%s at %v: %q is unknown", name, size, r)
					}
				}
			}
		}
	}
	if drawn < 1000 {
		t.Errorf("only %d characters are drawn: the test sees too little", drawn)
	}
}

// TestASCIIKnowsEveryCharacterOfSource covers screens that no scene shows.
func TestASCIIKnowsEveryCharacterOfSource(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../../tui", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "tuitest") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			for _, r := range literal.Value {
				if r > unicode.MaxASCII && !unicode.IsLetter(r) {
					found++
					if ascii.Of(r) == '?' {
						t.Errorf("%s: %q is unknown", path, r)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil || found < 30 {
		t.Errorf("%d characters were found: %v", found, err)
	}
}
