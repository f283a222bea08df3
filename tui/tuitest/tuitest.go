// Package tuitest drives screens in tests, as a Program does.
package tuitest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

// FakePlayer is a tui.Player with settable counts.
type FakePlayer struct {
	At      game.Standing
	Total   uint64
	Clicks  int         // calls of Click
	Verdict tui.Verdict // the result of every click
	Passed  *game.News  // by every click
}

// Click implements tui.Player.
func (s *FakePlayer) Click() (game.Score, tui.Verdict) {
	s.Clicks++
	if s.Verdict != tui.Counted {
		return game.Score{}, s.Verdict
	}
	s.At.Clicks++
	s.At.Today.Clicks++
	s.Total++
	return game.Score{Clicks: s.At.Clicks, Total: s.Total, Passed: s.Passed}, tui.Counted
}

// Standing implements tui.Player.
func (s *FakePlayer) Standing() game.Standing { return s.At }

// NewBoard returns a leaderboard of these players.
func NewBoard(t testing.TB, balances ...game.Player) *live.Leaderboard {
	t.Helper()
	l := ledger.New()
	if err := l.Load(game.Contents{Players: balances}); err != nil {
		t.Fatal(err)
	}
	return live.New(l).Leaderboard()
}

// Screen drives a model and runs its commands.
type Screen struct {
	tb    testing.TB
	Model tui.Model
	Quit  bool
}

// New returns the screen of a player.
func New(tb testing.TB, o tui.Options) *Screen {
	return &Screen{tb: tb, Model: tui.New(o)}
}

// Send updates the model with messages and with what their commands return.
func (s *Screen) Send(msgs ...tea.Msg) *Screen {
	s.tb.Helper()
	for _, msg := range msgs {
		model, cmd := s.Model.Update(msg)
		m, ok := model.(tui.Model)
		if !ok {
			s.tb.Fatalf("Update returned a %T", model)
		}
		s.Model = m
		s.run(cmd)
	}
	return s
}

// run sends the result of a command.
func (s *Screen) run(cmd tea.Cmd) {
	s.tb.Helper()
	if cmd == nil {
		return
	}
	switch next := cmd().(type) {
	case nil, admin.SecondMsg: // seconds pass only when a test says so
	case tea.QuitMsg:
		s.Quit = true
	case tea.BatchMsg:
		for _, cmd := range next {
			s.run(cmd)
		}
	default:
		s.Send(next)
	}
}

// Press sends keys: by name, such as "enter", or single characters.
func (s *Screen) Press(keys ...string) *Screen {
	s.tb.Helper()
	for _, k := range keys {
		s.Send(KeyPress(k))
	}
	return s
}

// Type sends every character of a text as a key.
func (s *Screen) Type(text string) *Screen {
	s.tb.Helper()
	for _, r := range text {
		s.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return s
}

// View returns the current frame.
func (s *Screen) View() string { return s.Model.View().Content }

// KeyPress returns the message for a key.
func KeyPress(name string) tea.KeyPressMsg {
	special := map[string]tea.KeyPressMsg{
		"space":  {Code: tea.KeySpace, Text: " "},
		"enter":  {Code: tea.KeyEnter},
		"tab":    {Code: tea.KeyTab},
		"esc":    {Code: tea.KeyEscape},
		"up":     {Code: tea.KeyUp},
		"down":   {Code: tea.KeyDown},
		"left":   {Code: tea.KeyLeft},
		"pgup":   {Code: tea.KeyPgUp},
		"pgdown": {Code: tea.KeyPgDown},
		"home":   {Code: tea.KeyHome},
		"end":    {Code: tea.KeyEnd},
		"ctrl+c": {Code: 'c', Mod: tea.ModCtrl},
		"ctrl+d": {Code: 'd', Mod: tea.ModCtrl},
	}
	if k, ok := special[name]; ok {
		return k
	}
	r := []rune(name)
	return tea.KeyPressMsg{Code: r[0], Text: name}
}

// Snapshot returns the snapshot of the first frame.
func (s *Screen) Snapshot() *live.Snapshot {
	snap := Snapshot()
	snap.Best = 87
	return snap
}

// Alice is a player in the middle of a game of 120.
func Alice() *FakePlayer {
	return &FakePlayer{At: game.Standing{
		Name: "alice", Place: game.Place{Clicks: 23_529, Rank: 17, Of: 120},
		Today: game.DayStanding{Place: game.Place{Clicks: 412, Rank: 3, Of: 12, Ahead: 2, Gap: 31}, Streak: 4},
	}, Total: 1_342_977}
}

// Snapshot returns alice's game.
func Snapshot() *live.Snapshot {
	return &live.Snapshot{
		Total: 1_342_977, Players: 120, Online: 17, Rate: 12.4,
		Today:  Today(),
		Health: game.Health{LastSaved: time.Unix(1, 0)}, SavedAge: 20 * time.Second,
	}
}

// Today returns alice's day, a little after three in the afternoon.
func Today() game.DayStatus {
	chart := &game.DayChart{}
	for i := range 15*6 + 2 {
		chart[i] = uint32(i * (i % 17) % 211)
	}
	return game.DayStatus{
		Date: 20_787, Hour: 15, Clicks: 9344, Players: 12, YesterdayLeader: "hedy", Chart: chart,
		Leaders: [game.DayLeaders]game.DayLeader{{Name: "player003", Clicks: 2210}, {Name: "ken", Clicks: 443}, {Name: "alice", Clicks: 412}},
	}
}

// Options returns alice's screen of 80 by 24 cells, without colours.
func Options(p tui.Player) tui.Options {
	return tui.Options{Name: "alice", Player: p, Snapshot: Snapshot(), Width: 80, Height: 24, Profile: colorprofile.ASCII}
}

// RequireShows fails the test unless the screen shows all texts.
func RequireShows(t *testing.T, s *Screen, texts ...string) {
	t.Helper()
	shown := ansi.Strip(s.View())
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			t.Errorf("the screen does not show %q:\n%s", text, shown)
		}
	}
}

// RequireHides fails the test if the screen shows one of the texts.
func RequireHides(t *testing.T, s *Screen, texts ...string) {
	t.Helper()
	shown := ansi.Strip(s.View())
	for _, text := range texts {
		if strings.Contains(shown, text) {
			t.Errorf("the screen shows %q:\n%s", text, shown)
		}
	}
}

// Players returns 120 players, with alice at rank 17.
func Players() []game.Player {
	balances := make([]game.Player, 0, 120)
	for i := range 120 {
		name := fmt.Sprintf("player%03d", i+1)
		if i == 16 {
			name = "alice"
		}
		balances = append(balances, game.Player{Name: name, Clicks: uint64(400_000 / (i + 1))})
	}
	return balances
}

// NewWithBoard returns alice's screen with a leaderboard.
func NewWithBoard(t testing.TB, width, height int, profile colorprofile.Profile) *Screen {
	board := NewBoard(t, Players()...)
	o := Options(Alice())
	o.Admin = true
	o.Board = func(int) *live.Leaderboard { return board }
	o.Width, o.Height, o.Profile = width, height, profile
	return New(t, o)
}

// TrimLines removes trailing spaces from each line, as an editor would.
func TrimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// SnapshotWith returns a snapshot that differs from the first one.
func SnapshotWith(change func(*live.Snapshot)) tui.SnapshotMsg {
	snap := Snapshot()
	change(snap)
	return tui.SnapshotMsg{Snapshot: snap}
}
