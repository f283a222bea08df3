package tuitest

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

// StrangeNames returns names as an old database may contain them.
func StrangeNames() []string {
	return []string{
		"", "a", strings.Repeat("界", 100), strings.Repeat("x", 100), "a\x1b[2J\x1b]52;c;eA==\x07b", "two\nlines\r\n",
		"👩‍🚀 astronaut", "🇩🇪🇫🇷", "❤️", "e\u0301" + strings.Repeat("\u0301", 60), "\u202eevil\u202c", "שלום עולם",
		"\u200b\u200d\ufeff", "\xff\xfe\x80", "क्षि", "ᄀ\u1161\u11a8", "a\tb\x00c", "\u0301alone", "👨‍👩‍👧‍👦family",
	}
}

// HugeOptions returns a game with the largest possible numbers.
func HugeOptions(t testing.TB) tui.Options {
	t.Helper()
	names := StrangeNames()
	balances := make([]game.Player, len(names))
	for i, name := range names {
		balances[i] = game.Player{Name: name, Clicks: math.MaxUint64 / uint64(i+1)}
	}
	board := NewBoard(t, balances...)
	return tui.Options{
		Name:  strings.Repeat("界\x1b[31m", 50),
		Admin: true,
		Player: &FakePlayer{
			Verdict: tui.TooFast, // another click would overflow
			At:      game.Standing{Name: names[2], Place: game.Place{Clicks: math.MaxUint64, Rank: math.MaxInt, Of: math.MaxInt, Ahead: math.MaxInt, Gap: math.MaxUint64}},
		},
		Board:     func(int) *live.Leaderboard { return board },
		Dashboard: hugeBackend(),
		Snapshot:  HugeSnapshot(false), HasPeople: true,
		Profile: colorprofile.ANSI,
	}
}

// hugeBackend returns more than fits, with strange output.
func hugeBackend() *admin.Backend {
	names := StrangeNames()
	var servers []game.Server
	details := admin.Details{Row: live.Row{Rank: math.MaxInt, Clicks: math.MaxUint64, Rate: 1e15, Seen: time.Unix(1, 0)}, Exists: true}
	for i := range details.Last24Hours.Clicks {
		details.Last24Hours.Clicks[i] = math.MaxUint32 / uint32(i+1)
	}
	details.Last24Hours.Until, details.Now = time.Unix(600, 0), time.Unix(1<<40, 0)
	for _, name := range names {
		details.Keys = append(details.Keys, game.Key{Fingerprint: name, Bound: len(name)%2 == 0})
		details.Sessions = append(details.Sessions, game.SessionInfo{From: name, Terminal: name}, game.SessionInfo{Server: name})
		server := game.Server{Name: name, Version: name, Players: math.MaxInt, Lag: math.MaxUint64, State: name}
		if len(name)%2 == 0 {
			server.State = game.ServerUp
		}
		servers = append(servers, server)
	}
	return &admin.Backend{
		Status: func() admin.Status {
			return admin.Status{Now: time.Unix(1<<40, 0), Memory: math.MaxUint64, Goroutines: math.MaxUint64, Servers: servers}
		},
		Details: func(name string) admin.Details { s := details; s.Name = name; return s },
		Run: func(line string, _ bool) admin.Output {
			all := strings.Join(names, " ")
			switch line {
			case "audit":
				return admin.Output{OK: true, Lines: append(StrangeNames(), all, strings.Repeat(all, 5))}
			case "undo 1":
				return admin.Output{Question: all + line}
			default:
				return admin.Output{Lines: StrangeNames()}
			}
		},
	}
}

// HugeSnapshot is the snapshot of that game.
func HugeSnapshot(down bool) *live.Snapshot {
	history := &live.History{End: math.MaxInt, Peak: math.MaxUint32}
	for i := range history.Seconds {
		history.Seconds[i] = math.MaxUint32 / uint32(i+1)
	}
	people := &live.People{More: math.MaxInt}
	for i, name := range StrangeNames() {
		people.List = append(people.List, live.Person{Name: name, Guest: i%2 == 0, Pulse: uint8(i)})
	}
	news := &live.News{Recent: live.MaxNews, Last: math.MaxUint64}
	for i, name := range StrangeNames()[:live.MaxNews-2] {
		news.Items = append(news.Items, game.News{Kind: game.NewsKind(i) % game.NewsKinds, Name: name, Guest: i%2 == 0, Count: math.MaxUint64, Text: strings.Repeat(name, 50)})
	}
	news.Recent = len(news.Items)
	return &live.Snapshot{
		News: news, History: history, Milestone: &game.Milestone{Count: 1e19, Name: StrangeNames()[4], Since: math.MaxInt64, Helpers: math.MaxInt}, People: people,
		Total: math.MaxUint64, Players: math.MaxInt, Online: math.MaxInt, Rate: 1e15, Unsaved: math.MaxUint64,
		Health: game.Health{LastSaved: time.Unix(1, 0), StoreDown: down}, SavedAge: math.MaxInt64,
	}
}

// RequireFits fails the test unless the view fits into w by h cells.
func RequireFits(t *testing.T, s *Screen, w, h int) {
	t.Helper()
	lines := strings.Split(s.View(), "\n")
	if len(lines) > h {
		t.Fatalf("%dx%d: %d lines", w, h, len(lines))
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n > w {
			t.Fatalf("%dx%d: line %d is %d wide: %q", w, h, i, n, line)
		}
	}
}

// RequireFitsEverywhere tries all small sizes and every step-th larger one, with every width and
// every height among them.
func RequireFitsEverywhere(t *testing.T, s *Screen, step int) {
	t.Helper()
	if RaceEnabled {
		step = 29 // the race detector makes this slow
	}
	for h := 1; h <= 45; h++ {
		for w := 1; w <= 130; w++ {
			if (h > 12 || w > 41 || RaceEnabled) && (w+h)%step != 0 {
				continue
			}
			s.Send(tea.WindowSizeMsg{Width: w, Height: h})
			RequireFits(t, s, w, h)
		}
	}
}

// EveryKey returns the keys for the characters before end with their modifiers, and special keys.
func EveryKey(end rune) []tea.KeyPressMsg {
	var keys []tea.KeyPressMsg
	for r := range end {
		for _, mod := range []tea.KeyMod{0, tea.ModShift, tea.ModAlt, tea.ModCtrl} {
			k := tea.KeyPressMsg{Code: r, Mod: mod}
			if mod <= tea.ModShift && unicode.IsPrint(r) {
				k.Text = string(r)
			}
			keys = append(keys, k)
		}
	}
	for r := tea.KeyUp; r < tea.KeyUp+64; r++ {
		keys = append(keys, tea.KeyPressMsg{Code: r})
	}
	return keys
}

// QuitKeys are the keys that quit: the first two unless text is typed, the next two (Alt, or Esc
// held back by GNU screen) unless a command is typed, and the last two everywhere.
var QuitKeys = []string{"q", "Q", "alt+q", "alt+Q", "ctrl+c", "ctrl+d"}

// PressEveryKey presses every key on the screen that the keys in before open.
func PressEveryKey(t *testing.T, name string, s *Screen, size [2]int, before, leave, click []string) {
	t.Helper()
	opened := s.Press(before...).View()
	for _, k := range EveryKey(0x82) {
		s.Quit = false
		was := s.Model.Farewell()
		s.Send(k)
		typing := len(leave) < len(QuitKeys)
		changed := typing || s.View() != opened
		if changed {
			RequireFits(t, s, size[0], size[1])
		}
		if want := slices.Contains(leave, k.String()); s.Quit != want && k.Mod&tea.ModShift == 0 {
			t.Fatalf("%s, %v: %q leaves: %v", name, size, k.String(), s.Quit)
		}
		if want := slices.Contains(click, k.String()); (s.Model.Farewell() != was) != want && k.Mod == 0 {
			t.Fatalf("%s, %v: %q clicks: %v", name, size, k.String(), !want)
		}
		if changed {
			s.Press("esc", "esc", "esc", "esc", "esc").Press(before...) // back to the same screen
		}
		if changed && !typing {
			opened = s.View()
		}
	}
}
