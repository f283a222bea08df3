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
//   - the player's count and the global count never get smaller on a screen: that an
//     admin has lowered one shows when the player comes back;
//   - a player without a leaderboard has no key that leads to one, nor one without
//     a desk to the dashboard: the keys say that these are for admins;
//   - a guest is marked as one on every screen that has a word to mark;
//   - what others do redraws the screen at most ten times a second, the large digits
//     twice, but with each snapshot while the player clicks, too, and the last minute
//     once. With reduced motion all of it is redrawn once a second.
//
// The Model routes messages to the screen in front: the game, which is drawn too often to be
// rendered by lipgloss, the help, or what admins see (tui/admin).
//
// Plain is the same game for people who listen to it.
//
// Both know the game only by its read types: no connection, no database, no
// clock.
package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/admin"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// Prefs is what a player has chosen about the screen, to be remembered. The
// zero value is that of somebody who never chose.
type Prefs struct {
	Theme theme.Theme
	// Calm shows what others do once a second at most, and nothing that
	// swings.
	Calm bool
	// PlainKeys does without the kitty keyboard protocol, which gets in the way of
	// some input methods.
	PlainKeys bool
}

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
	Desk *admin.Desk
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

// LinkMsg tells whether the link to the player is slow, so that the screen is late.
type LinkMsg struct{ Slow bool }

// AdminMsg tells whether the player is an admin from now on, where the leaderboard is seen, and what
// the dashboard is made of; nil is for what there is no right to any more.
type AdminMsg struct {
	Admin bool
	Board func() *live.Board
	Desk  *admin.Desk
}

// words are what an AdminMsg comes to.
func (msg AdminMsg) words() string {
	if msg.Admin {
		return "you're now an admin"
	}
	return "you're no longer an admin"
}

// Model is the screen of one player. It is a handle: Update changes the screen
// in place, so that a frame costs no memory, and returns the same Model.
type Model struct{ *state }

// state is what a screen is made of. What each snapshot needs stands first and
// together: there are thousands of screens, and none of them is in the
// processor's caches when its turn comes.
type state struct {
	undrawn     bool // something may have changed since the frame was put together
	own, shared []string
	game        gameScreen

	background theme.Background
	cache      *Cache
	remember   func(Prefs)
}

// New returns the screen of a player.
func New(o Options) Model {
	m := Model{&state{cache: o.Cache, remember: o.Remember, undrawn: true}}
	if m.cache == nil {
		m.cache = NewCache()
	}
	if m.remember == nil {
		m.remember = func(Prefs) {}
	}
	m.game.init(o, m.cache)
	return m
}

// Init starts nothing: the screen lives on the messages that it is sent.
func (m Model) Init() tea.Cmd { return nil }

// Update takes in one message. What it changed is rendered when it is looked at.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	g := &m.game
	if snap, ok := msg.(SnapshotMsg); ok {
		m.undrawn = true
		if g.receive(snap.Snapshot) {
			cmd, _ := m.pass(screen.NewsMsg{})
			return m, cmd
		}
		return m, nil
	}
	var cmd tea.Cmd
	acted := true
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		cmd, acted = m.press(screen.KeyOf(msg))
	case tea.WindowSizeMsg:
		k := g.look.lookKey
		k.w, k.h = msg.Width, msg.Height
		g.wear(m.cache.look(k))
	case tea.ColorProfileMsg:
		m.restyle(msg.Profile)
	case tea.BackgroundColorMsg:
		m.background = theme.LightBackground
		if msg.IsDark() {
			m.background = theme.DarkBackground
		}
		m.restyle(g.look.profile)
	case MessageMsg:
		g.Tell("admin: " + msg.Text)
	case NameMsg:
		g.Name, g.comeBack = msg.Name, msg.ComeBack
		g.Tell("an admin renamed you: you're now " + msg.Name)
	case AdminMsg:
		m.appoint(msg)
	case LinkMsg:
		g.Linked(msg.Slow)
	case EndMsg:
		g.reason = msg.Reason
		return m, tea.Quit
	default: // a mouse button, what a look-up has found; not a paste, or a key that was let go
		cmd, acted = m.pass(msg)
	}
	m.undrawn = m.undrawn || acted
	return m, cmd
}

// pass hands a message to the screen in front, and one that is no key or mouse button also to those
// beneath until it is for one. It reports whether it was.
func (m Model) pass(msg tea.Msg) (tea.Cmd, bool) {
	g := &m.game
	front := g.Front()
	if front == nil {
		if cmd, acted := g.Update(msg); acted {
			return cmd, true
		}
	}
	for i := len(g.Screens) - 1; i >= 0; i-- {
		if cmd, acted := g.Screens[i].Update(msg); acted {
			return cmd, true
		}
		switch msg.(type) {
		case screen.Key, tea.MouseMsg:
			return nil, false
		}
	}
	if g.admin == nil {
		return nil, false
	}
	return nil, g.admin.Update(msg)
}

// press acts on a key, and reports whether it does anything. The screen in front acts, or else the key
// does what it does everywhere. Held down it does nothing again, and does not count.
func (m Model) press(k screen.Key) (tea.Cmd, bool) {
	if cmd, acted := m.pass(k); acted {
		return cmd, true
	}
	g, keys := &m.game, m.game.Keys
	if second, ok := k.EscapeHeldBack(); ok {
		first, acted := m.press(k.Escape())
		if key.Matches(second, keys.Click) { // only a plain press clicks
			return first, acted
		}
		then, too := m.press(second)
		return tea.Batch(first, then), acted || too
	}
	switch {
	case k.IsRepeat && key.Matches(k, keys.Click):
		g.Say(screen.Held, "")
	case k.IsRepeat:
		return nil, false
	case key.Matches(k, keys.Click):
		g.click()
	case key.Matches(k, keys.Quit):
		return tea.Quit, true
	case key.Matches(k, keys.Theme):
		m.nextTheme()
	case key.Matches(k, keys.Motion):
		m.toggle(&g.prefs.Calm, screen.Calmer, screen.Livelier)
	case key.Matches(k, keys.Input):
		m.toggle(&g.prefs.PlainKeys, screen.PlainKeys, screen.AllKeys)
	case key.Matches(k, keys.Help):
		g.Open(newHelp(g))
	default:
		return nil, false
	}
	return nil, true
}

// toggle switches a choice on or off, says so, and has it remembered.
func (m Model) toggle(choice *bool, on, off screen.Kind) {
	if *choice = !*choice; *choice {
		off = on
	}
	m.game.Say(off, "")
	m.remember(m.game.prefs)
}

// nextTheme changes the colours and has it remembered.
func (m Model) nextTheme() {
	g := &m.game
	if g.look.profile < colorprofile.ANSI {
		g.Say(screen.NoColours, "")
		return
	}
	g.prefs.Theme = g.look.scheme.Theme().Next()
	m.restyle(g.look.profile)
	g.Say(screen.NewColours, g.look.scheme.Theme().String())
	m.remember(g.prefs)
}

// restyle takes the look that a colour profile, the choices and the rights come to.
func (m Model) restyle(p colorprofile.Profile) {
	g := &m.game
	g.wear(m.cache.look(lookKey{g.look.w, g.look.h, p, g.prefs.Theme.On(m.background, p), g.rights()}))
}

// appoint takes over what the player has a right to, and tells. Where there are fewer rights than
// before, the game comes to the front, and what is still looked up is for nobody.
func (m Model) appoint(msg AdminMsg) {
	g := &m.game
	before := g.rights()
	g.isAdmin = msg.Admin
	g.allow(msg.Board, msg.Desk)
	if now := g.rights(); before.Dashboard && !now.Dashboard || before.Board && !now.Board {
		g.Screens = nil
	}
	m.restyle(g.look.profile)
	g.Tell(msg.words())
}

// Layers is the frame after the last update, line by line, rendered only now: several updates may
// pass for one frame. A line of own stands above that of shared, which has blanks at its beginning
// where there is one. Shared is the same slice for everybody who sees the same, and own is the same
// as before while nothing in it changes. Neither may be changed.
func (m Model) Layers() (own, shared []string) {
	if !m.undrawn {
		return m.own, m.shared
	}
	m.undrawn = false
	switch g := &m.game; {
	case g.look.variant == tiny:
		m.own, m.shared = g.tinyFrame(), nil
	case len(g.Screens) > 0:
		m.own, m.shared = g.Draw(g.Front()), nil
	default:
		m.own, m.shared = g.layers()
	}
	return m.own, m.shared
}

// View is the frame after the last update in one layer.
func (m Model) View() tea.View {
	own, shared := m.Layers()
	lines := make([]string, max(len(own), len(shared)))
	copy(lines, shared)
	for i, line := range own {
		if line != "" {
			lines[i] = line + lines[i][min(text.Width(line), len(lines[i])):]
		}
	}
	v := tea.NewView(strings.Join(lines, "\n"))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	return v
}

// PlainKeys reports whether the player does without the kitty keyboard protocol.
func (m Model) PlainKeys() bool { return m.game.prefs.PlainKeys }

// Farewell is the receipt that stays in the terminal after the game.
func (m Model) Farewell() string { return m.game.farewell() }
