package tui_test

import (
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/ledger"
	"clickky/tui"
)

// nasty are names as an old database may hold them.
func nasty() []string {
	return []string{
		"", "a", strings.Repeat("界", 100), strings.Repeat("x", 100), "a\x1b[2J\x1b]52;c;eA==\x07b", "two\nlines\r\n",
		"👩‍🚀 astronaut", "🇩🇪🇫🇷", "❤️", "e\u0301" + strings.Repeat("\u0301", 60), "\u202eevil\u202c", "שלום עולם",
		"\u200b\u200d\ufeff", "\xff\xfe\x80", "क्षि", "ᄀ\u1161\u11a8", "a\tb\x00c", "\u0301alone", "👨‍👩‍👧‍👦family",
	}
}

// huge is a game that cannot get any larger.
func huge(t testing.TB) tui.Options {
	t.Helper()
	names := nasty()
	balances := make([]ledger.Balance, len(names))
	for i, name := range names {
		balances[i] = ledger.Balance{Name: name, Clicks: math.MaxUint64 / uint64(i+1)} //nolint:gosec // positive
	}
	board := boardOf(t, balances...)
	return tui.Options{
		Name:  strings.Repeat("界\x1b[31m", 50),
		Admin: true,
		Player: &seat{
			verdict:  tui.TooFast, // another click would be one too many
			standing: ledger.Standing{Name: names[2], Clicks: math.MaxUint64, Rank: math.MaxInt, Of: math.MaxInt, Ahead: math.MaxInt, Gap: math.MaxUint64},
		},
		Board:    func() *ledger.Board { return board },
		Snapshot: hugeSnapshot(false),
		Profile:  colorprofile.ANSI,
	}
}

func hugeSnapshot(down bool) *ledger.Snapshot {
	history := &ledger.History{End: math.MaxInt, Peak: math.MaxUint32}
	for i := range history.Seconds {
		history.Seconds[i] = math.MaxUint32 / uint32(i+1) //nolint:gosec // positive
	}
	return &ledger.Snapshot{
		History: history, Milestone: 1e19,
		Total: math.MaxUint64, Players: math.MaxInt, Online: math.MaxInt, Rate: 1e15, Unsaved: math.MaxUint64,
		LastSaved: time.Unix(1, 0), SavedAge: math.MaxInt64, StoreDown: down,
	}
}

// requireFits measures a view.
func requireFits(t *testing.T, s *screen, w, h int) {
	t.Helper()
	lines := strings.Split(s.view(), "\n")
	if len(lines) > h {
		t.Fatalf("%dx%d: %d lines", w, h, len(lines))
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n > w {
			t.Fatalf("%dx%d: line %d is %d wide: %q", w, h, i, n, line)
		}
	}
}

func TestEverySizeFits(t *testing.T) {
	for name, prepare := range map[string]func(*screen){
		"small numbers": func(*screen) {},
		"game":          func(*screen) {},
		"keyless":       func(*screen) {},
		"shared name":   func(*screen) {},
		"help":          func(s *screen) { s.press("?", "down") },
		"calm":          func(s *screen) { s.press("m") },
		"newcomer":      func(*screen) {},
		"too fast":      func(s *screen) { s.press("space") },
		"down":          func(s *screen) { s.send(tui.SnapshotMsg{Snapshot: hugeSnapshot(true)}) },
		"leaderboard":   func(s *screen) { s.press("l", "down", "space") },
		"search": func(s *screen) {
			s.press("l", "/").typed(strings.Repeat("界e\u0301👩‍🚀\u200b", 20)).press("left")
		},
		"filtered": func(s *screen) { s.press("l", "/").typed("a").press("enter") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := huge(t)
			switch name {
			case "small numbers":
				o = options(alice())
			case "newcomer":
				o = options(&seat{standing: ledger.Standing{Name: "new", Rank: 2, Of: 2}})
				o.Snapshot = hugeSnapshot(false)
			case "keyless":
				o.Guest = tui.Keyless
			case "shared name":
				o.Guest = tui.OnSharedName
			}
			s := newScreen(t, o)
			prepare(s)
			for h := 1; h <= 45; h++ {
				for w := 1; w <= 130; w++ {
					if raceEnabled && h > 12 && (w+h)%13 != 0 {
						continue // the race detector makes this slow
					}
					s.send(tea.WindowSizeMsg{Width: w, Height: h})
					requireFits(t, s, w, h)
				}
			}
		})
	}
}

func TestSizesThatNoTerminalHasFit(t *testing.T) {
	s := newScreen(t, huge(t))
	for _, size := range [][2]int{{500, 200}, {math.MaxInt32, math.MaxInt32}, {math.MaxUint32, 1}, {1, math.MaxUint32}, {0, 0}, {0, 9}, {-1, -1}} {
		for _, key := range []string{"l", "l"} {
			s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]}).press(key)
			requireFits(t, s, max(size[0], 0), max(size[1], 1))
			if len(s.view()) > 1<<20 {
				t.Errorf("%v: %d bytes", size, len(s.view()))
			}
		}
	}
}

func TestCountsAreShownInFullWhereverThereIsRoom(t *testing.T) {
	for _, size := range [][2]int{{26, 6}, {40, 12}, {80, 24}, {120, 40}} {
		o := huge(t)
		o.Width, o.Height = size[0], size[1]
		requireShows(t, newScreen(t, o), "18,446,744,073,709,551,615")
	}
}
