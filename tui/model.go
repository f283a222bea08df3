// Package tui is the screen of one player: a Bubble Tea model of the game, and Plain, the same game
// as lines of text for screen readers. It promises:
//   - The view changes only when a message changes something visible, and at most ten times a
//     second when others click; once a second with reduced motion.
//   - A view fits any terminal, whatever its size and whatever players are called.
//   - Colours match the terminal's colour profile, and no information depends on colour alone.
//   - A shown count never falls during a session.
//   - Update and Layers do no I/O and read no clock.
package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/admin"
	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// Player is the game as one player plays it. Its methods touch only memory, because Update calls
// them.
type Player interface {
	// Click scores one click. Unless the verdict is Counted, nothing was scored and the score is
	// empty.
	Click() (game.Score, Verdict)
	// Standing returns the player's current count and rank.
	Standing() game.Standing
}

// Verdict is the result of a click.
type Verdict uint8

// The verdicts on a click.
const (
	Counted      Verdict = iota
	TooFast              // this click doesn't count
	Held                 // a held key: nothing counts until it is released
	Taken                // the name now belongs to somebody else's key
	TooManyNames         // the name would be new, and its key or address has made too many lately
)

// Options describe a player and the player's terminal.
type Options struct {
	// Name is the player's name. It may contain any bytes.
	Name string
	// Admin marks the player as an admin on the screen. It grants nothing by itself.
	Admin bool
	// Guest is why the player is a guest, if so. Guests don't own their name.
	Guest Guest
	// Claims reports whether the player's first click claims the name. Only players who aren't
	// guests claim names.
	Claims bool
	// Player scores this session's clicks.
	Player Player
	// Board returns the newest leaderboard of the last days, or of all time if days is 0. It is nil if
	// the player may not see one. It is called outside Update and may block.
	Board func(days int) *live.Leaderboard
	// Dashboard is the data source of the dashboard; nil if the player has none. It requires a
	// Board.
	Dashboard *admin.Backend
	// HasPeople makes room on wide screens for the people of the snapshots.
	HasPeople bool
	// Snapshot is the game for the first frame; may be nil.
	Snapshot *live.Snapshot
	// Width and Height are the terminal's size in cells. While they are 0, the view is empty.
	Width, Height int
	// Profile is the colour profile until the first tea.ColorProfileMsg.
	Profile colorprofile.Profile
	// NeedsASCII says that the terminal only shows ASCII.
	NeedsASCII bool
	// Preferences are the player's saved preferences.
	Preferences Preferences
	// SavePreferences is called within Update when the player changes a preference. It may only
	// touch memory. Nil: preferences aren't saved.
	SavePreferences func(Preferences)
	// Reconnect is the shell command that reconnects, shown in the farewell; may be empty.
	Reconnect string
	// Cache shares rendered panels with other screens; nil: nothing is shared.
	Cache *Cache
}

// SnapshotMsg delivers the newest state of the game.
type SnapshotMsg struct{ *live.Snapshot }

// EndMsg ends the session. Reason becomes the first line of the farewell.
type EndMsg struct{ Reason string }

// MessageMsg delivers a message from an admin.
type MessageMsg struct{ Text string }

// NameMsg says that an admin renamed the player.
type NameMsg struct{ Name, Reconnect string }

// LinkMsg says whether the connection is slow, so that the screen lags.
type LinkMsg struct{ Slow bool }

// NeedsASCIIMsg says that the terminal can't show the characters of the screen, or only in two
// columns.
type NeedsASCIIMsg struct{}

// AdminMsg changes the player's permissions. Board and Dashboard are as in Options.
type AdminMsg struct {
	Admin     bool
	Board     func(days int) *live.Leaderboard
	Dashboard *admin.Backend
}

// text is the notice that tells the player.
func (msg AdminMsg) text() string {
	if msg.Admin {
		return "you're now an admin"
	}
	return "you're no longer an admin"
}

// Model is the screen of one player. It is a handle: Update changes the screen in place, so a frame
// allocates nothing, and returns the same Model.
type Model struct{ game *gameScreen }

// New returns the screen of a player.
func New(o Options) Model {
	m := Model{&gameScreen{dirty: true}}
	m.game.init(o)
	return m
}

// Init returns no command: all work starts with a message.
func (m Model) Init() tea.Cmd { return nil }

// Update handles one message. Layers renders the result later.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	g := m.game
	if snap, ok := msg.(SnapshotMsg); ok {
		g.dirty = true
		if g.receive(snap.Snapshot) {
			cmd, _ := m.route(screen.NewSnapshotMsg{})
			return m, cmd
		}
		return m, nil
	}
	var cmd tea.Cmd
	acted := true
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		cmd, acted = m.handleKey(screen.KeyOf(msg))
	case tea.WindowSizeMsg:
		g.options.Width, g.options.Height = msg.Width, msg.Height
		g.restyle()
	case tea.ColorProfileMsg:
		g.options.Profile = msg.Profile
		g.restyle()
	case tea.BackgroundColorMsg:
		g.background = theme.LightBackground
		if msg.IsDark() {
			g.background = theme.DarkBackground
		}
		g.restyle()
	case NeedsASCIIMsg:
		g.options.NeedsASCII = true
		g.restyle()
	case MessageMsg:
		g.ShowMessage("admin: " + msg.Text)
	case NameMsg:
		g.Name, g.options.Reconnect = msg.Name, msg.Reconnect
		g.ShowMessage("an admin renamed you: you're now " + msg.Name)
	case AdminMsg:
		g.setPermissions(msg)
	case LinkMsg:
		g.SetSlowLink(msg.Slow)
	case EndMsg:
		g.endReason = msg.Reason
		return m, tea.Quit
	default: // a mouse button or a lookup's result; never a paste or a key release
		cmd, acted = m.route(msg)
	}
	g.dirty = g.dirty || acted
	return m, cmd
}

// route passes a message to the screen in front. Messages other than keys and mouse events then go
// to the screens below, until one handles it. It reports whether one did.
func (m Model) route(msg tea.Msg) (tea.Cmd, bool) {
	g := m.game
	if g.Front() == nil {
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
	return g.admin.Update(msg)
}

// handleKey handles a key press and reports whether it did anything. The screen in front comes
// first, then the keys that work everywhere. A repeat of a held key never counts.
func (m Model) handleKey(k screen.Key) (tea.Cmd, bool) {
	if cmd, acted := m.route(k); acted {
		return cmd, true
	}
	g, keys := m.game, m.game.Keys
	if second, ok := k.SplitEscape(); ok {
		first, acted := m.handleKey(k.Escape())
		if key.Matches(second, keys.Click) { // only a plain press clicks
			return first, acted
		}
		then, alsoActed := m.handleKey(second)
		return tea.Batch(first, then), acted || alsoActed
	}
	switch {
	case k.IsRepeat && key.Matches(k, keys.Click):
		g.ShowNotice(screen.Rejection, rejections[Held])
	case k.IsRepeat:
		return nil, false
	case key.Matches(k, keys.Click):
		g.click()
	case key.Matches(k, keys.Quit):
		return tea.Quit, true
	case key.Matches(k, keys.Theme):
		g.nextTheme()
	case key.Matches(k, keys.Motion):
		g.toggle(&g.options.Preferences.ReducedMotion, "reduced motion: one update a second|reduced motion", "motion on|motion")
	case key.Matches(k, keys.Input):
		g.toggle(&g.options.Preferences.PlainKeys, "plain keyboard: works with input methods|plain keyboard", "full keyboard, if the terminal has one|full keyboard")
	case key.Matches(k, keys.Bell):
		g.toggle(&g.options.Preferences.Bell, "bell on: rings when somebody passes you, or a milestone is near|bell on", "bell off")
	case key.Matches(k, keys.Hide):
		g.toggle(&g.options.Preferences.Hidden, "hidden: others don't see you here|hidden", "others see that you're here|listed")
	case key.Matches(k, keys.Charset):
		g.switchCharset()
	case key.Matches(k, keys.News):
		g.openPage("news", "n", g.renderNews, 0, screen.Hint{Binding: keys.Click, Priority: 2})
	case key.Matches(k, keys.Help):
		g.openPage("help", "?", g.renderHelp, 3,
			screen.Hint{Binding: keys.Click, Priority: 2}, screen.Hint{Binding: keys.Theme, Priority: 3}, screen.Hint{Binding: keys.Motion, Priority: 4})
	default:
		return nil, false
	}
	return nil, true
}

// Layers returns the current frame, line by line. It renders on demand, because several updates may
// pass between two frames. A line of own covers the start of the same line of shared, which is
// blank there. All players who see the same get the same shared slice, and own is the previous
// slice while nothing in it changes. Callers must not modify either.
func (m Model) Layers() (own, shared []string) {
	g := m.game
	if !g.dirty {
		return g.own, g.shared
	}
	g.dirty = false
	switch {
	case g.appearance.Variant == layout.Tiny:
		g.own, g.shared = g.renderTiny(), nil
	case len(g.Screens) > 0:
		g.own, g.shared = g.Render(g.Front()), nil
	default:
		g.own, g.shared = g.renderLayers()
	}
	return g.own, g.shared
}

// View returns the current frame in one layer.
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

// Attention returns the title of the window, which changes at most once a second, and how often the
// bell has rung.
func (m Model) Attention() (title string, bells uint) { return m.game.title, m.game.bell.rung }

// PlainKeys reports whether the player has turned the kitty keyboard protocol off.
func (m Model) PlainKeys() bool { return m.game.options.Preferences.PlainKeys }

// ASCII reports whether the terminal must show everything in ASCII.
func (m Model) ASCII() bool { return m.game.isASCII() }

// Farewell returns the summary that stays in the terminal after the session.
func (m Model) Farewell() string { return m.game.farewell() }
