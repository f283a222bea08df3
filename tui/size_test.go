package tui_test

import (
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
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
	balances := make([]game.Player, len(names))
	for i, name := range names {
		balances[i] = game.Player{Name: name, Clicks: math.MaxUint64 / uint64(i+1)} //nolint:gosec // positive
	}
	board := boardOf(t, balances...)
	return tui.Options{
		Name:  strings.Repeat("界\x1b[31m", 50),
		Admin: true,
		Player: &seat{
			verdict:  tui.TooFast, // another click would be one too many
			standing: game.Standing{Name: names[2], Clicks: math.MaxUint64, Rank: math.MaxInt, Of: math.MaxInt, Ahead: math.MaxInt, Gap: math.MaxUint64},
		},
		Board:    func() *live.Board { return board },
		Desk:     hugeDesk(),
		Snapshot: hugeSnapshot(false),
		Profile:  colorprofile.ANSI,
	}
}

// hugeDesk knows more than fits, and has strange answers.
func hugeDesk() *admin.Desk {
	names := nasty()
	var servers []admin.Server
	sheet := admin.Sheet{Row: live.Row{Rank: math.MaxInt, Clicks: math.MaxUint64, Rate: 1e15, Seen: time.Unix(1, 0)}, Known: true, Of: math.MaxInt}
	for i := range sheet.Day.Clicks {
		sheet.Day.Clicks[i] = math.MaxUint32 / uint32(i+1) //nolint:gosec // positive
	}
	sheet.Day.Until, sheet.Now = time.Unix(600, 0), time.Unix(1<<40, 0)
	for _, name := range names {
		sheet.Keys = append(sheet.Keys, admin.Key{Fingerprint: name, Bound: len(name)%2 == 0})
		sheet.Sessions = append(sheet.Sessions, admin.Session{From: name, Terminal: name}, admin.Session{Server: name})
		servers = append(servers, admin.Server{Name: name, Version: name, Players: math.MaxInt, Lag: math.MaxUint64, State: name, OK: len(name)%2 == 0})
	}
	return &admin.Desk{
		Machine: func() admin.Machine {
			return admin.Machine{Now: time.Unix(1<<40, 0), Memory: math.MaxUint64, Goroutines: math.MaxUint64, Servers: servers, Differ: "different versions"}
		},
		Sheet: func(name string) admin.Sheet { s := sheet; s.Name = name; return s },
		Run: func(line string, _ bool) admin.Output {
			all := strings.Join(names, " ")
			switch line {
			case "audit":
				return admin.Output{OK: true, Lines: append(nasty(), all, strings.Repeat(all, 5))}
			case "undo 1":
				return admin.Output{Question: all + line}
			default:
				return admin.Output{Lines: nasty()}
			}
		},
	}
}

func hugeSnapshot(down bool) *live.Snapshot {
	history := &live.History{End: math.MaxInt, Peak: math.MaxUint32}
	for i := range history.Seconds {
		history.Seconds[i] = math.MaxUint32 / uint32(i+1) //nolint:gosec // positive
	}
	return &live.Snapshot{
		History: history, Milestone: 1e19,
		Total: math.MaxUint64, Players: math.MaxInt, Online: math.MaxInt, Rate: 1e15, Unsaved: math.MaxUint64,
		Health: game.Health{LastSaved: time.Unix(1, 0), StoreDown: down}, SavedAge: math.MaxInt64,
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
				o = options(&seat{standing: game.Standing{Name: "new", Rank: 2, Of: 2}})
				o.Snapshot = hugeSnapshot(false)
			case "keyless":
				o.Guest = tui.Keyless
			case "shared name":
				o.Guest = tui.OnSharedName
			}
			s := newScreen(t, o)
			prepare(s)
			requireFitsEverywhere(t, s, 7)
		})
	}
}

// requireFitsEverywhere measures all small sizes, and one in so many of the larger ones: every width and
// every height are among them.
func requireFitsEverywhere(t *testing.T, s *screen, step int) {
	t.Helper()
	if raceEnabled {
		step = 29 // the race detector makes this slow
	}
	for h := 1; h <= 45; h++ {
		for w := 1; w <= 130; w++ {
			if (h > 12 || w > 41 || raceEnabled) && (w+h)%step != 0 {
				continue
			}
			s.send(tea.WindowSizeMsg{Width: w, Height: h})
			requireFits(t, s, w, h)
		}
	}
}

func TestEverySizeOfTheDashboardFits(t *testing.T) {
	for name, prepare := range map[string]func(*screen){
		"dashboard":       func(s *screen) { s.press("d", "down", "space") },
		"dashboard, seen": func(s *screen) { s.press("d", "s", "s", "s", "end") },
		"dashboard, down": func(s *screen) { s.press("d").send(tui.SnapshotMsg{Snapshot: hugeSnapshot(true)}) },
		"dashboard, search": func(s *screen) {
			s.press("d", "/").typed(strings.Repeat("界e\u0301👩‍🚀\u200b", 20)).press("left")
		},
		"player": func(s *screen) { s.press("d", "down", "down", "enter", "down") },
		"prompt": func(s *screen) {
			s.press("d", "down", "down", "enter", "r").typed("界e\u0301👩‍🚀\u200b").press("left")
		},
		"ban":      func(s *screen) { s.press("d", "enter", "b", "down", "enter") },
		"question": func(s *screen) { s.press("d", "u", "1", "enter") },
		"mending":  func(s *screen) { s.press("d", "u", "2", "enter") },
		"audit":    func(s *screen) { s.press("d", "a", "end", "up") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, huge(t))
			prepare(s)
			requireFitsEverywhere(t, s, 13)
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
