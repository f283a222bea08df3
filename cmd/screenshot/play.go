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

// shotOptions says what a picture shows.
type shotOptions struct {
	width, height int
	view          string
	profile       colorprofile.Profile
	theme         theme.Theme
	light         bool
}

// isAdminView reports whether the picture shows what only admins see.
func (sc shotOptions) isAdminView() bool { return sc.view == "dashboard" || sc.view == "player" }

// clicksPerSecond is how often the player clicks before the picture is taken.
func (sc shotOptions) clicksPerSecond() int {
	switch {
	case sc.view == "milestone":
		return 4
	case sc.isAdminView():
		return 0 // the clicks are in the history
	default:
		return 8
	}
}

// player plays in the ledger, without a rate limit.
type player struct{ *ledger.Session }

func (s player) Click() (game.Score, tui.Verdict) { return s.Session.Click(), tui.Counted }

func (s player) Standing() game.Standing { return standing(s.Session.Standing()) }

// fixture is a game with a history that would take time to play.
type fixture struct {
	game    *ledger.Ledger
	live    *live.Live
	history *live.History
	total   uint64
	online  int
}

// startTotal is the global count at the start of a picture.
const startTotal = 1_342_953

// newFixture returns a game with the given total and an active last minute.
func newFixture(total uint64, balances []game.Player) (*fixture, error) {
	s := &fixture{game: ledger.New(), history: &live.History{}, total: total, online: 17}
	if err := s.game.Load(game.Contents{Players: balances, Total: total}); err != nil {
		return nil, err
	}
	s.game.Open()
	s.live = live.New(s.game)
	for second := range 58 {
		s.addSecond(secondClicks(second))
	}
	return s, nil
}

// secondClicks returns the clicks in a second: people come and go.
func secondClicks(second int) uint32 {
	at := float64(second)
	return uint32(max(30+14*math.Sin(at/9)+9*math.Sin(at/3.1)+5*math.Sin(at*1.9), 2))
}

// addSecond adds a second with the given clicks to the history.
func (s *fixture) addSecond(clicks uint32) {
	next := live.History{End: s.history.End + 1}
	copy(next.Seconds[:], s.history.Seconds[1:])
	next.Seconds[len(next.Seconds)-1] = clicks
	next.Peak = slices.Max(next.Seconds[:])
	s.history = &next
}

// snapshot returns the current state of the game.
func (s *fixture) snapshot() tui.SnapshotMsg {
	snap := *s.live.Latest()
	h := s.history
	last := h.Seconds[len(h.Seconds)-3:]
	snap.Recent, snap.Online, snap.History, snap.Best = 0, s.online, h, 61
	snap.Rate = math.Round(float64(last[0]+last[1]+last[2])/3*10) / 10
	snap.LastSaved, snap.SavedAge, snap.Unsaved = time.Unix(1, 0), 10*time.Second, 212
	snap.People, snap.Today, snap.News = s.people(), today(), news()
	return tui.SnapshotMsg{Snapshot: &snap}
}

// people returns the online players: every other one of the leaderboard.
func (s *fixture) people() *live.People {
	people := &live.People{}
	board := s.live.Leaderboard()
	for i := 1; i < board.Len() && len(people.List) < s.online; i += 2 {
		person := live.Person{Name: board.At(i).Name, Guest: i%10 == 9, LedYesterday: board.At(i).Name == today().YesterdayLeader, Pulse: uint8(i * i % 7)}
		if person.Name == "alice" { // whose screen it is, and who clicks
			person.Guest, person.Pulse = false, 5
		}
		people.List = append(people.List, person)
	}
	people.More = s.online - len(people.List)
	return people
}

// newScreen returns the screen of a new session.
func (s *fixture) newScreen(name string, sc shotOptions) tea.Model {
	options := tui.Options{
		Name:        name,
		Admin:       sc.view == "leaderboard" || sc.isAdminView(),
		Player:      player{s.game.Join(name)},
		Snapshot:    s.snapshot().Snapshot,
		HasPeople:   true,
		Width:       sc.width,
		Height:      sc.height,
		Profile:     sc.profile,
		Preferences: tui.Preferences{Theme: sc.theme},
		Reconnect:   "ssh -p 2222 " + name + "@localhost",
	}
	if sc.view != "duel" {
		options.Board = s.live.DayLeaderboard
	}
	if sc.isAdminView() {
		now := time.Now() // only used for ages
		s.addHistory(now)
		options.Dashboard, options.Snapshot = s.dashboard(now), s.snapshot().Snapshot
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
func play(sc shotOptions) (string, error) {
	total := uint64(startTotal)
	if sc.view == "milestone" {
		total = 2_500_000 - 12
	}
	s, err := newFixture(total, players())
	if err != nil {
		return "", err
	}
	name := "alice"
	if sc.view == "welcome" {
		name = "newcomer"
	}
	screen := s.newScreen(name, sc)
	if sc.view == "welcome" {
		return screen.View().Content, nil
	}
	for second := range 3 { // twenty-four clicks, or half of that
		for range sc.clicksPerSecond() {
			screen = update(screen, space())
		}
		s.addSecond(secondClicks(58 + second))
		screen = update(screen, s.snapshot())
	}
	screen = update(screen, s.snapshot()) // the changed digits are no longer highlighted
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
		now := s.snapshot()
		reached, _ := game.Milestones(now.Total, game.FirstMilestone)
		now.Milestone = &game.Milestone{Count: reached, Name: "margaret", Since: 80 * time.Hour, Helpers: 41}
		screen = update(screen, now)
	default:
		return "", fmt.Errorf("-view %q: choose game, leaderboard, dashboard, player, help, welcome, milestone, duel or gallery", sc.view)
	}
	return screen.View().Content, nil
}

// update passes a message to the screen, then the results of its commands.
func update(screen tea.Model, msg tea.Msg) tea.Model {
	screen, cmd := screen.Update(msg)
	for cmd != nil {
		screen, cmd = screen.Update(cmd())
	}
	return screen
}

// players returns the players of the game.
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
