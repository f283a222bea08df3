package tui_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/admin"
)

// seat is a player whose figures a test sets.
type seat struct {
	standing game.Standing
	total    uint64
	clicks   int         // how often Click was called
	verdict  tui.Verdict // on every click
}

func (s *seat) Click() (game.Score, tui.Verdict) {
	s.clicks++
	if s.verdict != tui.Counted {
		return game.Score{}, s.verdict
	}
	s.standing.Clicks++
	s.total++
	return game.Score{Clicks: s.standing.Clicks, Total: s.total}, tui.Counted
}

func (s *seat) Standing() game.Standing { return s.standing }

// boardOf is a leaderboard of these players.
func boardOf(t testing.TB, balances ...game.Player) *live.Board {
	t.Helper()
	l := ledger.New()
	if err := l.Load(game.Contents{Players: balances}); err != nil {
		t.Fatal(err)
	}
	return live.New(l).Board()
}

// screen drives a model as a Program would, commands included.
type screen struct {
	tb    testing.TB
	model tui.Model
	quit  bool
}

func newScreen(tb testing.TB, o tui.Options) *screen {
	return &screen{tb: tb, model: tui.New(o)}
}

// send updates the model with messages and with what their commands return.
func (s *screen) send(msgs ...tea.Msg) *screen {
	s.tb.Helper()
	for _, msg := range msgs {
		model, cmd := s.model.Update(msg)
		m, ok := model.(tui.Model)
		if !ok {
			s.tb.Fatalf("Update returned a %T", model)
		}
		s.model = m
		s.run(cmd)
	}
	return s
}

// run sends what a command returns.
func (s *screen) run(cmd tea.Cmd) {
	s.tb.Helper()
	if cmd == nil {
		return
	}
	switch next := cmd().(type) {
	case nil, admin.SecondMsg: // time passes only where a test says so
	case tea.QuitMsg:
		s.quit = true
	case tea.BatchMsg:
		for _, cmd := range next {
			s.run(cmd)
		}
	default:
		s.send(next)
	}
}

// press sends keys: names such as "enter", and single characters as text.
func (s *screen) press(keys ...string) *screen {
	s.tb.Helper()
	for _, k := range keys {
		s.send(keyPress(k))
	}
	return s
}

// typed sends every character of a text as a key.
func (s *screen) typed(text string) *screen {
	s.tb.Helper()
	for _, r := range text {
		s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return s
}

func (s *screen) view() string { return s.model.View().Content }

// keyPress is the message of a key by its name.
func keyPress(name string) tea.KeyPressMsg {
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

// snapshot is the game as the screen was last told.
func (s *screen) snapshot() *live.Snapshot {
	snap := snapshot()
	snap.Best = 87
	return snap
}
