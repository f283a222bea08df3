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
//   - a player without a leaderboard has no key that leads to one, nor one without
//     a desk to the dashboard: the keys say that these are for admins;
//   - nothing that an admin types on the dashboard is done before a second question
//     is answered;
//   - a guest is marked as one on every screen that has a word to mark;
//   - what others do moves the screen ten times a second at most, the large
//     digits twice unless the player clicks, too, the last minute once, and all of it
//     once with reduced motion.
//
// Plain is the same game for people who listen to it.
//
// Both know the game only by its read types: no connection, no database, no
// clock.
package tui

import (
	"sync/atomic"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// Player is one seat in the game. Its methods only touch memory and return at
// once, for they are called while the screen is updated.
type Player interface {
	// Click adds one click, unless the verdict is another than Counted: then
	// nothing was scored, and the score says nothing.
	Click() (game.Score, Verdict)
	// Standing is where the player stands now.
	Standing() game.Standing
}

// Verdict is what became of a click.
type Verdict uint8

// What can become of a click.
const (
	Counted      Verdict = iota
	TooFast              // this one does not count
	Held                 // a held key: none counts until the player lets go
	Taken                // the name has come to belong to somebody else's key
	TooManyNames         // the name would be new, and its key or address has made too many lately
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
	Board func() *live.Board
	// Desk is what the dashboard is made of; nil when the player has none. It needs
	// a Board.
	Desk *Desk
	// Snapshot is the game as it is now, for the first frame; may be nil.
	Snapshot *live.Snapshot
	// Width and Height are the size of the terminal in cells; with 0 the view
	// stays empty until the first tea.WindowSizeMsg.
	Width, Height int
	// Profile is the colour profile until the first tea.ColorProfileMsg.
	Profile colorprofile.Profile
	// Prefs are what the player has chosen earlier.
	Prefs Prefs
	// Remember is told what the player chooses; nil: nobody. It is called
	// within Update and must only touch memory.
	Remember func(Prefs)
	// ComeBack is the command that leads back here, for the farewell; may be
	// empty.
	ComeBack string
	// Cache is what this screen has in common with others; nil: nothing.
	Cache *Cache
}

// SnapshotMsg brings the newest state of the game.
type SnapshotMsg struct{ *live.Snapshot }

// EndMsg ends the session from the server's side. The reason is the first line
// of the farewell.
type EndMsg struct{ Reason string }

// MessageMsg brings what an admin has to say.
type MessageMsg struct{ Text string }

// NameMsg tells that the player has another name from now on.
type NameMsg struct{ Name, ComeBack string }

// Model is the screen of one player. It is a handle: Update changes the screen
// in place, so that a frame costs no memory, and returns the same Model.
type Model struct{ *state }

// state is what a screen is made of. What each snapshot needs stands first and
// together: there are thousands of screens, and none of them is in the
// processor's caches when its turn comes.
type state struct {
	look    *look
	snap    *live.Snapshot
	help    *helpScreen // nil while it is closed
	lead    *list       // the leaderboard; nil while it is closed
	dash    *dashboard  // nil while it is closed
	stale   bool        // something of the player's own may have changed since it was rendered
	undrawn bool        // something may have changed since the frame was put together
	total   uint64      // the global count that is shown
	large   uint64      // the one in large digits, which may be a moment late
	lively  int         // for how many more snapshots the large digits follow each
	was     uint64      // the one that stood there before
	prefs   Prefs
	guest   Guest
	claims  bool
	fresh   bool // the player had never clicked before this session

	notice     notice
	noticeFor  int    // for how many more snapshots
	messageFor int    // likewise
	message    string // what an admin has to say
	own        uint64 // the player's own count that is shown
	session    uint64 // clicks that counted in this session
	ahead      int    // the rank of the next above, and how far it is
	gap        uint64 // which follow others once a second
	standing   game.Standing
	speed      speed
	drawn      drawn
	you        you

	name       string
	admin      bool
	slow       bool // the link
	background theme.Background
	player     Player
	board      func() *live.Board
	desk       *Desk // nil for who has no dashboard
	cache      *Cache
	keys       *keyMap
	remember   func(Prefs)
	comeBack   string
	came       int            // the rank at the beginning of the session
	ownReached uint64         // the own milestone that a notice is about
	reason     string         // why the server ended the session
	search     *atomic.Uint64 // number of the newest look-up, of players or of one
	ticking    bool           // a second is under way after which the dashboard looks again
	runs       uint64         // how many command lines were run
	running    uint64         // the one that is; 0: none
	order      live.Order     // what the dashboard's table goes by
}

// New returns the screen of a player.
func New(o Options) Model {
	m := Model{&state{
		name:     o.Name,
		admin:    o.Admin,
		guest:    o.Guest,
		claims:   o.Claims,
		player:   o.Player,
		cache:    o.Cache,
		snap:     o.Snapshot,
		prefs:    o.Prefs,
		remember: o.Remember,
		comeBack: o.ComeBack,
		search:   new(atomic.Uint64),
	}}
	if m.cache == nil {
		m.cache = NewCache()
	}
	if m.remember == nil {
		m.remember = func(Prefs) {}
	}
	if m.snap == nil {
		m.snap = &live.Snapshot{}
	}
	m.may(o.Board, o.Desk)
	m.look = m.cache.look(o.Width, o.Height, o.Profile, m.prefs.Theme.On(m.background, o.Profile), m.keys)
	m.total, m.large, m.was = m.snap.Total, m.snap.Total, m.snap.Total
	m.speed.second(m.snap, 0)
	m.stand()
	m.came, m.fresh = m.standing.Rank, m.own == 0
	m.lookAhead()
	m.undrawn = true
	return m
}

// Init starts nothing: the screen lives on the messages that it is sent.
func (m Model) Init() tea.Cmd { return nil }

// Update takes in one message. What it changed is rendered when it is looked at.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	if _, ok := msg.(SnapshotMsg); !ok {
		m.stale = true
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		m, cmd = m.press(msg)
	case tea.MouseClickMsg:
		m = m.mouseClick(tea.Mouse(msg))
	case tea.MouseWheelMsg:
		m = m.wheel(tea.Mouse(msg))
	case SnapshotMsg:
		m, cmd = m.receive(msg.Snapshot)
	case listMsg:
		m, cmd = m.listArrived(msg)
	case sheetMsg:
		m, cmd = m.sheetArrived(msg)
	case outputMsg:
		m, cmd = m.ran(msg)
	case SecondMsg:
		m, cmd = m.secondPassed()
	case tea.WindowSizeMsg:
		m.look = m.cache.look(msg.Width, msg.Height, m.look.profile, m.look.scheme, m.keys)
	case tea.ColorProfileMsg:
		m.restyle(msg.Profile)
	case tea.BackgroundColorMsg:
		m.background = theme.LightBackground
		if msg.IsDark() {
			m.background = theme.DarkBackground
		}
		m.restyle(m.look.profile)
	case MessageMsg:
		m.tell("admin: " + msg.Text)
	case NameMsg:
		m.rename(msg)
	case AdminMsg:
		m = m.appoint(msg)
	case LinkMsg:
		m.linked(msg)
	case EndMsg:
		m.reason = msg.Reason
		return m, tea.Quit
	default: // a paste, a key that was let go, a change of focus: not for the game
		return m, nil
	}
	m.undrawn = true
	return m, cmd
}

// View is the frame after the last update.
func (m Model) View() tea.View {
	m.draw()
	v := tea.NewView(m.drawn.text())
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	return v
}

// PlainKeys reports whether the player does without the kitty keyboard protocol.
func (m Model) PlainKeys() bool { return m.prefs.PlainKeys }

// press acts on a key.
func (m Model) press(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	if second, ok := m.escapeHeldBack(msg); ok {
		wasAsked := m.dash != nil && m.dash.prompt != nil
		m, first := m.press(tea.KeyPressMsg{Code: tea.KeyEscape, IsRepeat: msg.IsRepeat})
		if wasAsked || strokeOf(second).is(m.keys.click) {
			return m, first // only a plain press clicks, or acts behind a prompt
		}
		m, then := m.press(second)
		return m, tea.Batch(first, then)
	}
	switch {
	case m.help != nil:
		return m.pressOnHelp(msg)
	case m.dash != nil:
		return m.pressOnDash(msg)
	case m.lead != nil:
		return m.pressOnBoard(msg)
	}
	switch k := strokeOf(msg); {
	case msg.IsRepeat:
	case k.is(m.keys.open):
		return m.openBoard()
	case k.is(m.keys.desk.open):
		return m.openDash()
	case m.board == nil && (k == "l" || k == "tab"):
		m.refuseKey(adminsBoard)
		return m, nil
	case m.desk == nil && k == "d":
		m.refuseKey(adminsDash)
		return m, nil
	}
	return m.pressAnywhere(msg)
}

// pressAnywhere acts on a key that does the same on every screen.
func (m Model) pressAnywhere(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	switch k := strokeOf(msg); {
	case msg.IsRepeat:
		m.repeat(k)
	case k.is(m.keys.click):
		m.click()
	case k.is(m.keys.quit):
		return m, tea.Quit
	case k.is(m.keys.theme):
		m.nextTheme()
	case k.is(m.keys.motion):
		m.toggleMotion()
	case k.is(m.keys.input):
		m.togglePlainKeys()
	case k.is(m.keys.help):
		m.help = &helpScreen{}
	}
	return m, nil
}

// repeat acts on a key that is held down and neither scrolls nor types: it
// does nothing again, and does not count.
func (m *Model) repeat(k stroke) {
	if k.is(m.keys.click) {
		m.say(held)
	}
}

// livelySnapshots is for how many snapshots after a click the large digits follow each
// one, about a second.
const livelySnapshots = 10

// click scores and shows it without waiting for the next snapshot. Only the plain digits
// do: the large ones take the next snapshot, so that they look the same on the screens of
// all who click, and are drawn once for all of them.
func (m *Model) click() {
	score, verdict := m.player.Click()
	if verdict != Counted {
		m.say(noticeOf(verdict))
		return
	}
	before := m.own
	m.hush()
	m.session++
	m.own = max(m.own, score.Clicks)
	m.total = max(m.total, score.Total)
	m.lively = livelySnapshots
	m.stand()
	m.lookAhead()
	if last, _ := live.Milestones(m.own, firstOwnMilestone); last > before {
		m.ownReached = last
		m.say(ownMilestone)
	}
}

// firstOwnMilestone is the first of a player's own count.
const firstOwnMilestone = 10

// receive takes over a snapshot. It may be older than the player's last click,
// so that no count is taken over that is below what is shown. Where the player
// stands is asked twice a second where others click; it is at once after each click
// of this screen.
func (m Model) receive(snap *live.Snapshot) (Model, tea.Cmd) {
	if snap == nil {
		return m, nil
	}
	m.fade()
	if m.holds(snap) {
		return m, nil
	}
	if snap.Players != m.snap.Players { // ranks are among these
		m.stale = true
		m.stand()
	}
	m.snap = snap
	m.total = max(m.total, snap.Total)
	now, best := m.speed.now, m.speed.best
	second := m.speed.second(snap, m.session)
	m.stale = m.stale || now != m.speed.now || best != m.speed.best
	settled := snap.Total - min(snap.Recent, snap.Total)
	moved := settled > m.large || snap.Recent == 0 || second
	if m.lively > 0 {
		m.lively--
		m.stale = true
		settled = snap.Total
	}
	if moved || settled > m.large {
		m.was, m.large = m.large, max(m.large, settled)
	}
	if moved {
		m.stale = true
		rank := m.standing.Rank
		if m.stand(); second || rank != m.standing.Rank || snap.History == nil {
			m.lookAhead()
		}
	}
	return m.refreshBoard()
}

// holds tells whether a snapshot is not to be shown, because motion is reduced:
// it brings more clicks in a second that has not ended. When it has, there is a
// history of it, and so a snapshot that is shown.
func (m *Model) holds(snap *live.Snapshot) bool {
	return m.prefs.Calm && snap.History != nil && snap.History == m.snap.History && snap.Total != m.snap.Total &&
		snap.Milestone == m.snap.Milestone && snap.StoreDown == m.snap.StoreDown && snap.StoreRefuses == m.snap.StoreRefuses &&
		snap.JournalDown == m.snap.JournalDown
}

// stand asks where the player stands.
func (m *Model) stand() {
	m.standing = m.player.Standing()
	m.own = max(m.own, m.standing.Clicks)
}

// lookAhead takes over who is the next above. With every click of theirs it
// would change, and is not worth that.
func (m *Model) lookAhead() { m.ahead, m.gap = m.standing.Ahead, m.standing.Gap }
