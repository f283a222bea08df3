package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
	"clickky/tui/theme"
)

// scene is what a picture shows.
type scene struct {
	width, height int
	view          string
	profile       colorprofile.Profile
	theme         theme.Theme
	light         bool
}

// managed tells whether it shows what only admins have.
func (sc scene) managed() bool { return sc.view == "dashboard" || sc.view == "player" }

// presses is how often the player presses in a second before the picture is taken.
func (sc scene) presses() int {
	switch {
	case sc.view == "milestone":
		return 4
	case sc.managed():
		return 0 // they are past
	default:
		return 8
	}
}

// seat plays a seat of the ledger; nobody here is too fast.
type seat struct{ *ledger.Session }

func (s seat) Click() (game.Score, tui.Verdict) { return s.Session.Click(), tui.Counted }

// stage is a game with what only time could have brought.
type stage struct {
	game    *ledger.Ledger
	live    *live.Live
	history *live.History
	total   uint64
	online  int
}

// before is what everybody had clicked when a picture begins.
const before = 1_342_953

// newStage returns a game of so many clicks whose last minute was a lively one.
func newStage(total uint64, balances []game.Player) (*stage, error) {
	s := &stage{game: ledger.New(), history: &live.History{}, total: total, online: 17}
	if err := s.game.Load(game.Contents{Players: balances, Total: total}); err != nil {
		return nil, err
	}
	s.game.Open()
	s.live = live.New(s.game)
	for second := range 58 {
		s.second(wave(second))
	}
	return s, nil
}

// wave is how many clicks there are in a second: people come and go.
func wave(second int) uint32 {
	at := float64(second)
	return uint32(max(30+14*math.Sin(at/9)+9*math.Sin(at/3.1)+5*math.Sin(at*1.9), 2))
}

// second lets a second pass in which there were so many clicks.
func (s *stage) second(clicks uint32) {
	next := live.History{End: s.history.End + 1}
	copy(next.Seconds[:], s.history.Seconds[1:])
	next.Seconds[len(next.Seconds)-1] = clicks
	next.Peak = slices.Max(next.Seconds[:])
	s.history = &next
}

// now is the state of the game.
func (s *stage) now() tui.SnapshotMsg {
	snap := *s.live.Latest()
	h := s.history
	last := h.Seconds[len(h.Seconds)-3:]
	snap.Recent, snap.Online, snap.History, snap.Best = 0, s.online, h, 61
	snap.Rate = math.Round(float64(last[0]+last[1]+last[2])/3*10) / 10
	snap.LastSaved, snap.SavedAge, snap.Unsaved = time.Unix(1, 0), 10*time.Second, 212
	return tui.SnapshotMsg{Snapshot: &snap}
}

// enter is the screen of a player who comes in.
func (s *stage) enter(name string, sc scene) tea.Model {
	options := tui.Options{
		Name:     name,
		Admin:    sc.view == "leaderboard" || sc.managed(),
		Player:   seat{s.game.Join(name)},
		Snapshot: s.now().Snapshot,
		Width:    sc.width,
		Height:   sc.height,
		Profile:  sc.profile,
		Prefs:    tui.Prefs{Theme: sc.theme},
		ComeBack: "ssh -p 2222 " + name + "@localhost",
	}
	if sc.view != "duel" {
		options.Board = s.live.Board
	}
	if sc.managed() {
		now := time.Now() // by which nothing is shown but how long ago something was
		s.past(now)
		options.Desk, options.Snapshot = s.desk(now), s.now().Snapshot
	}
	background := color.Black
	if sc.light {
		background = color.White
	}
	return update(tui.New(options), tea.BackgroundColorMsg{Color: background})
}

func key(code rune, text string) tea.Msg { return tea.KeyPressMsg{Code: code, Text: text} }

func space() tea.Msg { return key(tea.KeySpace, " ") }

// play plays a short game and returns the last frame.
func play(sc scene) (string, error) {
	total := uint64(before)
	if sc.view == "milestone" {
		total = 2_500_000 - 12
	}
	s, err := newStage(total, players())
	if err != nil {
		return "", err
	}
	name := "alice"
	if sc.view == "welcome" {
		name = "newcomer"
	}
	screen := s.enter(name, sc)
	if sc.view == "welcome" {
		return screen.View().Content, nil
	}
	for second := range 3 { // twenty-four clicks, or half of that
		for range sc.presses() {
			screen = update(screen, space())
		}
		s.second(wave(58 + second))
		screen = update(screen, s.now())
	}
	screen = update(screen, s.now()) // the digits that have changed glow no more
	switch sc.view {
	case "game":
	case "leaderboard":
		screen = update(screen, key('l', "l"))
	case "dashboard":
		screen = update(screen, key('d', "d"))
	case "player":
		for _, k := range []tea.Msg{key('d', "d"), key(tea.KeyDown, ""), key(tea.KeyDown, ""), key(tea.KeyEnter, "")} {
			screen = update(screen, k)
		}
	case "help":
		screen = update(screen, key('?', "?"))
	case "milestone":
		now := s.now()
		now.Milestone, _ = live.Milestones(now.Total, live.FirstMilestone)
		screen = update(screen, now)
	default:
		return "", fmt.Errorf("-view %q: choose game, leaderboard, dashboard, player, help, welcome, milestone, duel or gallery", sc.view)
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

// players are those who have played before.
func players() []game.Player {
	names := []string{
		"margaret", "linus", "grace", "ken", "ada", "barbara", "dennis", "alice", "bjarne", "radia",
		"donald", "frances", "guido", "hedy", "edsger", "katherine", "tim", "sophie", "rob", "annie",
		"niklaus", "karen", "brian", "lynn", "john", "mary", "larry", "joan", "dan", "evelyn",
	}
	clicks := uint64(412_906)
	balances := make([]game.Player, 0, len(names))
	for i, name := range names {
		balances = append(balances, game.Player{Name: name, Clicks: clicks})
		clicks = clicks*uint64(58+i)/100 + uint64(7*i)
	}
	return balances
}
