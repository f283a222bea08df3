// Package tui is the screen of one player: a Bubble Tea model that shows the
// game and turns keys and mouse clicks into clicks of the counter.
//
// It guarantees:
//   - nothing moves by itself: the view changes only when a message changes
//     something that is shown, and what is the same for several players is
//     rendered once for all of them;
//   - a view never has more lines than the terminal, and no line is wider,
//     whatever the size and whatever the names of the players;
//   - colours are those of the profile that the terminal was said to have, and
//     nothing is told by colour alone;
//   - a number once shown is never followed by a smaller one of its kind;
//   - a player without a leaderboard has no key that leads to one;
//   - a guest is marked as one on every screen that has a word to mark.
//
// It knows the game only by its read types: no connection, no database, no
// clock.
package tui

import (
	"strings"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/ledger"
)

// Player is one seat in the game. Its methods only touch memory and return at
// once, for they are called while the screen is updated.
type Player interface {
	// Click adds one click, unless the verdict is another than Counted: then
	// nothing was scored, and the score says nothing.
	Click() (ledger.Score, Verdict)
	// Standing is where the player stands now.
	Standing() ledger.Standing
}

// Verdict is what became of a click.
type Verdict uint8

// What can become of a click.
const (
	Counted Verdict = iota
	TooFast         // this one does not count
	Held            // a held key: none counts until the player lets go
	Taken           // the name has come to belong to somebody else's key
)

// Options is what a screen needs to know of its player and terminal.
type Options struct {
	// Name is the player's name as it is shown; it may hold anything.
	Name string
	// Admin marks the player as one on the screen. It opens nothing by itself.
	Admin bool
	// Guest tells whether the player is one. A guest has no claim to the name.
	Guest Guest
	// Claims tells somebody who is no guest that the first click will make the
	// name theirs, until that click.
	Claims bool
	// Player is the seat that is played.
	Player Player
	// Board returns the newest leaderboard; nil when the player may not see
	// one. It is called outside of Update and may take its time.
	Board func() *ledger.Board
	// Snapshot is the game as it is now, for the first frame; may be nil.
	Snapshot *ledger.Snapshot
	// Width and Height are the size of the terminal in cells; with 0 the view
	// stays empty until the first tea.WindowSizeMsg.
	Width, Height int
	// Profile is the colour profile until the first tea.ColorProfileMsg.
	Profile colorprofile.Profile
	// Cache is what this screen has in common with others; nil: nothing.
	Cache *Cache
}

// SnapshotMsg brings the newest state of the game.
type SnapshotMsg struct{ *ledger.Snapshot }

// EndMsg ends the session from the server's side. The reason is the first line
// of the farewell.
type EndMsg struct{ Reason string }

// hintSnapshots is for how many snapshots a hint stays, about a second and a
// half of a game in which something happens.
const hintSnapshots = 15

// Model is the screen of one player. It is a handle: Update changes the screen
// in place, so that a frame costs no memory, and returns the same Model.
type Model struct{ *state }

// state is what a screen is made of.
type state struct {
	name   string
	admin  bool
	guest  Guest
	claims bool
	player Player
	board  func() *ledger.Board
	cache  *Cache
	keys   *keyMap

	look     *look
	snap     *ledger.Snapshot
	standing ledger.Standing
	total    uint64  // the global count that is shown
	large    uint64  // the one in large digits, which may be a moment late
	own      uint64  // the player's own count that is shown
	session  uint64  // clicks that counted in this session
	hint     int     // for how many more snapshots to say why a click did not count
	ignored  Verdict // why it did not
	reason   string  // why the server ended the session

	lead   *leaderboard   // nil while it is closed
	search *atomic.Uint64 // number of the newest look-up of the leaderboard

	you   *you
	drawn drawn
}

// New returns the screen of a player.
func New(o Options) Model {
	m := Model{&state{
		name:   o.Name,
		admin:  o.Admin,
		guest:  o.Guest,
		claims: o.Claims,
		player: o.Player,
		board:  o.Board,
		cache:  o.Cache,
		snap:   o.Snapshot,
		search: new(atomic.Uint64),
	}}
	if m.cache == nil {
		m.cache = NewCache()
	}
	m.keys = m.cache.keyMap(o.Board != nil)
	if m.snap == nil {
		m.snap = &ledger.Snapshot{}
	}
	m.look = m.cache.look(o.Width, o.Height, o.Profile, m.keys)
	m.total, m.large = m.snap.Total, m.snap.Total
	m.stand()
	return m.draw()
}

// Init starts nothing: the screen lives on the messages that it is sent.
func (m Model) Init() tea.Cmd { return nil }

// Update takes in one message and renders what it changed.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		m, cmd = m.press(msg)
	case tea.MouseClickMsg:
		m = m.mouseClick(tea.Mouse(msg))
	case tea.MouseWheelMsg:
		m = m.wheel(tea.Mouse(msg))
	case SnapshotMsg:
		m, cmd = m.receive(msg.Snapshot)
	case boardMsg:
		m, cmd = m.boardArrived(msg)
	case tea.WindowSizeMsg:
		m.look = m.cache.look(msg.Width, msg.Height, m.look.profile, m.keys)
	case tea.ColorProfileMsg:
		m.look = m.cache.look(m.look.lay.w, m.look.lay.h, msg.Profile, m.keys)
	case EndMsg:
		m.reason = msg.Reason
		return m, tea.Quit
	default: // a paste, a key that was let go, a change of focus: not for the game
		return m, nil
	}
	return m.draw(), cmd
}

// Lines is the frame that the last update rendered, line by line. Lines that
// are the same for several players are mostly the same string in memory, and so
// are those that did not change. The slice is good until the next Update.
func (m Model) Lines() []string { return m.drawn.lines }

// View is the frame that the last update rendered.
func (m Model) View() tea.View {
	v := tea.NewView(strings.Join(m.drawn.lines, "\n"))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	return v
}

// press acts on a key.
func (m Model) press(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	if m.lead != nil {
		return m.pressOnBoard(msg)
	}
	switch k := strokeOf(msg); {
	case msg.IsRepeat:
		m.repeat(k)
	case k.is(m.keys.click):
		m.click()
	case k.is(m.keys.quit):
		return m, tea.Quit
	case k.is(m.keys.open):
		return m.openBoard()
	}
	return m, nil
}

// repeat acts on a key that is held down and neither scrolls nor types: it
// does nothing again, and does not count.
func (m *Model) repeat(k stroke) {
	if k.is(m.keys.click) {
		m.ignore(Held)
	}
}

// mouseClick clicks when the left button went down on the counter.
func (m Model) mouseClick(at tea.Mouse) Model {
	if at.Button == tea.MouseLeft && m.lead == nil && m.look.lay.counter.holds(at.X, at.Y) {
		m.click()
	}
	return m
}

// click scores and shows it without waiting for the next snapshot.
func (m *Model) click() {
	score, verdict := m.player.Click()
	if verdict != Counted {
		m.ignore(verdict)
		return
	}
	m.hint = 0
	m.session++
	m.own = max(m.own, score.Clicks)
	m.total = max(m.total, score.Total)
	m.large = m.total
	m.stand()
}

// ignore says for a while why a click does not count.
func (m *Model) ignore(why Verdict) {
	m.hint, m.ignored = hintSnapshots, why
}

// hinted is why the last click did not count, for as long as that is said.
func (m *Model) hinted() Verdict {
	if m.hint == 0 {
		return Counted
	}
	return m.ignored
}

// receive takes over a snapshot. It may be older than the player's last click,
// so that no count is taken over that is below what is shown. Where the player
// stands is asked when the large digits move; it is at once after each click of
// this screen, and where others click, twice a second is enough.
func (m Model) receive(snap *ledger.Snapshot) (Model, tea.Cmd) {
	if snap == nil {
		return m, nil
	}
	m.snap = snap
	m.total = max(m.total, snap.Total)
	m.hint = max(m.hint-1, 0)
	if settled := snap.Total - min(snap.Recent, snap.Total); settled > m.large || snap.Recent == 0 {
		m.large = max(m.large, settled)
		m.stand()
	}
	return m.refreshBoard()
}

// stand asks where the player stands.
func (m *Model) stand() {
	m.standing = m.player.Standing()
	m.own = max(m.own, m.standing.Clicks)
}
