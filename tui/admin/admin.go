// Package admin is the screens of those who see more than the game: the leaderboard, and for admins
// the dashboard, the page of a player, what a command has printed, and the line on which commands
// are typed.
//
// It guarantees:
//   - nothing that is typed is done before a second question is answered;
//   - of millions of players only those in sight are looked up, outside of Update, and one look-up
//     at a time;
//   - names and answers may hold anything: what is shown of them is clean.
package admin

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
)

// Admin is what outlives the screens of this package while they are closed.
type Admin struct {
	*screen.Env
	board func() *live.Board
	desk  *Desk // nil for who sees the leaderboard only
	keys  keys

	looking screen.Screen // who waits for a look-up; nil: nobody
	cancel  context.CancelFunc
	machine Machine    // as of the last look
	order   live.Order // of the dashboard's table
	ticking bool       // a second is under way after which the dashboard looks again
	running bool       // a command
}

// New returns the screens of a player.
func New(env *screen.Env, board func() *live.Board, desk *Desk) *Admin {
	return &Admin{Env: env, board: board, desk: desk, keys: newKeys(), cancel: func() {}}
}

// SecondMsg tells that a second has passed after which the dashboard looks again.
type SecondMsg struct{}

// refreshMsg has the screen in front look again.
type refreshMsg struct{}

// Update takes in a message that matters even if the screen that asked for it is closed, and reports
// whether it is one.
func (a *Admin) Update(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case SecondMsg:
		a.ticking = false
	case OutputMsg: // the prompt is closed: say what was done, ask nothing
		a.running = false
		if msg.sure {
			a.ShowMessage(msg.summary())
		}
	default:
		return false
	}
	return true
}

// back closes the screen in front, and has the one beneath look again.
func (a *Admin) back() tea.Cmd {
	a.Close()
	cmd, _ := a.Front().Update(refreshMsg{})
	return cmd
}

// leave leads back to the game. What is looked up gives up; a command that runs goes on.
func (a *Admin) leave() {
	a.stop()
	a.Screens = nil
}

// stop lets a look-up that is under way give up.
func (a *Admin) stop() {
	a.cancel()
	a.looking = nil
}

// lookUp runs a look-up outside of Update, in the place of the one before. The context ends when
// nobody waits for it.
func (a *Admin) lookUp(who screen.Screen, look func(context.Context) tea.Msg) tea.Cmd {
	a.stop()
	ctx, cancel := context.WithCancel(context.Background())
	a.looking, a.cancel = who, cancel
	return func() tea.Msg {
		if ctx.Err() != nil {
			return nil
		}
		msg := look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		return foundMsg{ctx, msg}
	}
}

// foundMsg brings what a look-up has found.
type foundMsg struct {
	ctx context.Context // says whether somebody still waits
	msg tea.Msg
}

// found is what there is to show for the one who waits; nil when nobody does any more.
func (a *Admin) found(who screen.Screen, msg foundMsg) tea.Msg {
	if a.looking != who || msg.ctx.Err() != nil {
		return nil
	}
	a.stop()
	return msg.msg
}

// tick returns what waits for the second after which the dashboard looks again; nil if one is
// under way.
func (a *Admin) tick() tea.Cmd {
	if a.ticking || a.desk.Second == nil {
		return nil
	}
	a.ticking = true
	second := a.desk.Second
	return func() tea.Msg {
		second()
		return SecondMsg{}
	}
}

// press acts on a key that does the same wherever one is in the dashboard.
func (a *Admin) press(k screen.Key) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, a.keys.enter): // it opens, here or elsewhere, and so it does not click
	case k.IsRepeat:
		return nil, false
	case key.Matches(k, a.keys.message):
		a.ask(quotes, "players message ")
	case key.Matches(k, a.keys.undo):
		a.ask("", "undo ")
	case key.Matches(k, a.keys.command):
		a.ask("", "")
	case key.Matches(k, a.keys.audit):
		return a.ask("", "audit").run(false), true
	case key.Matches(k, a.keys.leave):
		a.leave()
	default:
		return nil, false
	}
	return nil, true
}

// keys are those of this package.
type keys struct {
	find, keep, cancel, abort, shut, all, backBoard key.Binding // lists
	leave, pick, order, enter                       key.Binding // the dashboard
	message, undo, audit, command, back             key.Binding // everywhere in it
	rename, count, remove, free, kick, ban          key.Binding // a player's page
	run, drop, other, sure, unsure                  key.Binding // the prompt
}

func newKeys() keys {
	return keys{
		find:      screen.Bind("/", "search", "/"),
		keep:      screen.Bind("enter", "keep", "enter"),
		cancel:    screen.Bind("esc", "cancel", "esc"),
		all:       screen.Bind("esc", "all players", "esc"),
		backBoard: screen.Bind("l", "back", "l", "tab", "esc"),
		shut:      screen.Bind("tab", "back", "tab"),
		abort:     screen.Bind("ctrl+c", "leave", "ctrl+c", "ctrl+d"),

		leave:   screen.Bind("d", "back", "d", "tab", "esc"),
		pick:    screen.Bind("↑↓", "select", "up", "down"),
		order:   screen.Bind("s", "order", "s"),
		enter:   screen.Bind("enter", "open", "enter"),
		message: screen.Bind("g", "message", "g"),
		undo:    screen.Bind("u", "undo", "u"),
		audit:   screen.Bind("a", "audit", "a"),
		command: screen.Bind(":", "command", ":"),
		back:    screen.Bind("esc", "back", "esc"),

		rename: screen.Bind("r", "rename", "r"),
		count:  screen.Bind("c", "clicks", "c"),
		remove: screen.Bind("x", "delete", "x"),
		free:   screen.Bind("f", "free", "f"),
		kick:   screen.Bind("k", "kick", "k"),
		ban:    screen.Bind("b", "ban", "b"),

		run:    screen.Bind("enter", "run", "enter"),
		drop:   screen.Bind("esc", "cancel", "esc"),
		other:  screen.Bind("↑↓", "another", "up", "down"),
		sure:   screen.Bind("y", "confirm", "y"),
		unsure: screen.Bind("any other key", "cancel", "n", "esc"),
	}
}

// HelpIntroduction is what the help says before the keys.
const HelpIntroduction = "Keys that change something open a command line, as over SSH. Enter shows what will happen; y confirms, and any other key cancels."

// KeyHelp is what the help says of a key.
type KeyHelp struct{ Key, Does string }

// Help is what the help says of the keys of the dashboard.
func Help() []KeyHelp {
	return []KeyHelp{
		{"s", "sort by rank, name, rate or last seen"},
		{"/", "search for a name"},
		{"enter", "open the selected player's page; esc goes back"},
		{"g", "send a message to everybody, or to the player whose page is open"},
		{"u", "undo an action by its number in the audit log"},
		{"a", "show the audit log"},
		{":", "run any SSH command, such as players bans"},
		{"r", "on a player's page: rename the player"},
		{"c", "change the player's clicks"},
		{"x", "delete the player"},
		{"f", "remove all keys from the name"},
		{"k", "end the player's sessions"},
		{"b", "ban one of the player's keys or addresses; choose with ↑ and ↓"},
	}
}
