// Package admin has the screens beyond the game: the leaderboard, and for admins the dashboard, the
// page of a player, the output of a command and the prompt.
//
// It promises:
//   - A command that changes something needs a second confirmation.
//   - Of millions of players, only the visible ones are looked up, outside Update, one lookup at a
//     time.
//   - Names and command output may contain anything; what is shown is cleaned.
package admin

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
)

// Admin holds what outlives this package's screens while they are closed.
type Admin struct {
	*screen.Env
	board   func(days int) *live.Leaderboard
	backend *Backend // nil if the player only sees the leaderboard
	keys    keys

	lookup    context.Context // ends when its result is no longer needed; nil: nothing is looked up
	cancel    context.CancelFunc
	status    Status  // from the last lookup
	requested query   // what the list shows, or is about to; the order is the dashboard's
	ticking   bool    // a tick is running, after which the dashboard refreshes
	running   *prompt // its command is running; nil: none is
}

// New returns the screens of a player.
func New(env *screen.Env, board func(days int) *live.Leaderboard, backend *Backend) *Admin {
	return &Admin{Env: env, board: board, backend: backend, keys: newKeys(), cancel: func() {}}
}

// SecondMsg says that a second has passed, so the dashboard refreshes.
type SecondMsg struct{}

// Update handles the messages that no screen handles, and reports whether it did. They matter even
// if the screen that caused them is closed.
func (a *Admin) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case SecondMsg:
		a.ticking = false
		return nil, true
	case OutputMsg: // the prompt is closed: show the result of an action, but no question
		a.running = nil
		if msg.confirmed {
			a.ShowMessage(msg.summary())
		}
		return nil, true
	case resultMsg:
		if msg.lookup == a.lookup {
			a.cancelLookup()
			return msg.show(), true
		}
	}
	return nil, false
}

// goBack closes the screen in front and refreshes the one below.
func (a *Admin) goBack() tea.Cmd {
	a.Close()
	if page, ok := a.Front().(interface{ refresh() tea.Cmd }); ok {
		return page.refresh()
	}
	return nil
}

// closeAll returns to the game. It cancels a lookup; a running command continues.
func (a *Admin) closeAll() {
	a.cancelLookup()
	a.Screens = nil
}

func (a *Admin) cancelLookup() {
	a.cancel()
	a.lookup = nil
}

type resultMsg struct {
	lookup context.Context
	show   func() tea.Cmd
}

// lookUp gets a result outside Update and shows it within, unless another lookup begins first.
func lookUp[T any](a *Admin, get func(context.Context) T, show func(T) tea.Cmd) tea.Cmd {
	a.cancelLookup()
	ctx, cancel := context.WithCancel(context.Background())
	a.lookup, a.cancel = ctx, cancel
	return func() tea.Msg {
		if ctx.Err() != nil {
			return nil
		}
		result := get(ctx)
		return resultMsg{ctx, func() tea.Cmd { return show(result) }}
	}
}

// tick returns a command that waits until the next refresh; nil if one is waiting.
func (a *Admin) tick() tea.Cmd {
	if a.ticking || a.backend.WaitSecond == nil {
		return nil
	}
	a.ticking = true
	return func() tea.Msg {
		a.backend.WaitSecond()
		return SecondMsg{}
	}
}

// handleGlobalKey handles the keys that do the same everywhere in the dashboard.
func (a *Admin) handleGlobalKey(k screen.Key) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, a.keys.enter): // it opens something here, so it never clicks
	case k.IsRepeat:
		return nil, false
	case key.Matches(k, a.keys.message):
		a.openPrompt(quotes, "players message ")
	case key.Matches(k, a.keys.undo):
		a.openPrompt("", "undo ")
	case key.Matches(k, a.keys.command):
		a.openPrompt("", "")
	case key.Matches(k, a.keys.audit):
		return a.openPrompt("", "audit").run(false), true
	case key.Matches(k, a.keys.closeDashboard):
		a.closeAll()
	default:
		return nil, false
	}
	return nil, true
}

type keys struct {
	search, keepFilter, quit, closeTab, showAll, closeBoard key.Binding // lists
	period                                                  key.Binding // lists
	closeDashboard, selectRow, order, enter                 key.Binding // the dashboard
	message, undo, audit, command, back                     key.Binding // everywhere in the dashboard
	ban                                                     key.Binding // a player's page
	run, cancel, other, confirm, decline                    key.Binding // the prompt
}

func newKeys() keys {
	return keys{
		search:     screen.Bind("/", "search", "/"),
		keepFilter: screen.Bind("enter", "keep", "enter"),
		showAll:    screen.Bind("esc", "all players", "esc"),
		closeBoard: screen.Bind("l", "back", "l", "tab", "esc"),
		closeTab:   screen.Bind("tab", "back", "tab"),
		quit:       screen.Bind("ctrl+c", "leave", "ctrl+c", "ctrl+d"),
		period:     screen.Bind("p", "days", "p"),

		closeDashboard: screen.Bind("d", "back", "d", "tab", "esc"),
		selectRow:      screen.Bind("↑↓", "select", "up", "down"),
		order:          screen.Bind("s", "order", "s"),
		enter:          screen.Bind("enter", "open", "enter"),
		message:        screen.Bind("g", "message", "g"),
		undo:           screen.Bind("u", "undo", "u"),
		audit:          screen.Bind("a", "audit", "a"),
		command:        screen.Bind(":", "command", ":"),
		back:           screen.Bind("esc", "back", "esc"),
		ban:            screen.Bind("b", "ban", "b"),

		run:     screen.Bind("enter", "run", "enter"),
		cancel:  screen.Bind("esc", "cancel", "esc"),
		other:   screen.Bind("↑↓", "another", "up", "down"),
		confirm: screen.Bind("y", "confirm", "y"),
		decline: screen.Bind("any other key", "cancel", "n", "esc"),
	}
}
