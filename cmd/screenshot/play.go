package main

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/ledger"
	"clickky/tui"
)

// scene is what a picture shows.
type scene struct {
	width, height int
	view          string
	profile       colorprofile.Profile
}

// seat plays a seat of the ledger; nobody here is too fast.
type seat struct{ *ledger.Seat }

func (s seat) Click() (ledger.Score, tui.Verdict) { return s.Seat.Click(), tui.Counted }

// play plays a short game and returns the last frame.
func play(s scene) (string, error) {
	game := ledger.New()
	if err := game.Load(players(), 1_342_965, 0); err != nil {
		return "", err
	}
	alice := game.Join("alice")
	defer alice.Leave()
	var screen tea.Model = tui.New(tui.Options{
		Name:     "alice",
		Admin:    s.view == "leaderboard",
		Player:   seat{alice},
		Board:    game.Board,
		Snapshot: game.Latest(),
		Width:    s.width,
		Height:   s.height,
		Profile:  s.profile,
	})
	space := tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	for range 12 {
		screen = update(screen, space)
	}
	screen = update(screen, tui.SnapshotMsg{Snapshot: moment(game)})
	switch s.view {
	case "game":
	case "leaderboard":
		screen = update(screen, tea.KeyPressMsg{Code: 'l', Text: "l"})
	default:
		return "", fmt.Errorf("-view %q: want game or leaderboard", s.view)
	}
	return screen.View().Content, nil
}

// update hands a message to the screen, and what its command returns.
func update(screen tea.Model, msg tea.Msg) tea.Model {
	screen, cmd := screen.Update(msg)
	for cmd != nil {
		screen, cmd = screen.Update(cmd())
	}
	return screen
}

// moment is the state of the game with what only time could have brought.
func moment(game *ledger.Ledger) *ledger.Snapshot {
	snap := *game.Latest()
	snap.Online = 17
	snap.Rate = 38.4
	snap.LastSaved = time.Unix(1, 0)
	snap.SavedAge = 10 * time.Second
	snap.Unsaved = 212
	return &snap
}

// players are those who have played before.
func players() []ledger.Balance {
	names := []string{
		"margaret", "linus", "grace", "ken", "ada", "barbara", "dennis", "alice", "bjarne", "radia",
		"donald", "frances", "guido", "hedy", "edsger", "katherine", "tim", "sophie", "rob", "annie",
		"niklaus", "karen", "brian", "lynn", "john", "mary", "larry", "joan", "dan", "evelyn",
	}
	clicks := uint64(412_906)
	balances := make([]ledger.Balance, 0, len(names))
	for i, name := range names {
		balances = append(balances, ledger.Balance{Name: name, Clicks: clicks})
		clicks = clicks*uint64(58+i)/100 + uint64(7*i) //nolint:gosec // small
	}
	return balances
}
