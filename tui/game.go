package tui

import (
	"image"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/live"
	"clickky/tui/admin"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// gameScreen is the game: the count, and the player who clicks. What it shows is drawn in two
// layers, of which one is shared (see scene and ownLayer).
type gameScreen struct {
	screen.Env
	look   *look
	large  uint64 // the count in large digits, which may be a moment late
	lively int    // for how many more snapshots the large digits follow each
	was    uint64 // the one that stood there before
	prefs  Prefs
	guest  Guest
	claims bool
	fresh  bool // the player had never clicked before this session

	session uint64 // clicks that counted in this session
	ahead   int    // the rank of the next above, and how far it is
	gap     uint64 // which follow others once a second
	speed   speed
	own     ownLayer

	isAdmin  bool
	admin    *admin.Admin // nil for who has no right to more than the game
	desk     bool         // the dashboard is among that
	player   Player
	comeBack string
	came     int    // the rank at the beginning of the session
	reason   string // why the server ended the session
}

// init begins a session.
func (m *gameScreen) init(o Options, cache *Cache) {
	m.Snap, m.Name, m.Guest = o.Snapshot, o.Name, o.Guest != NoGuest
	m.prefs, m.guest, m.claims, m.isAdmin, m.player, m.comeBack = o.Prefs, o.Guest, o.Claims, o.Admin, o.Player, o.ComeBack
	if m.Snap == nil {
		m.Snap = &live.Snapshot{}
	}
	m.allow(o.Board, o.Desk)
	m.wear(cache.look(lookKey{o.Width, o.Height, o.Profile, m.prefs.Theme.On(theme.UnknownBackground, o.Profile), m.rights()}))
	m.Total, m.large, m.was = m.Snap.Total, m.Snap.Total, m.Snap.Total
	m.speed.second(m.Snap, 0)
	m.stand()
	m.came, m.fresh = m.Standing.Rank, m.Own == 0
	m.lookAhead()
}

// wear takes over how the screen looks.
func (m *gameScreen) wear(l *look) { m.look, m.Look = l, &l.Look }

// allow takes over what the player may see besides the game. A dashboard without a board is none.
func (m *gameScreen) allow(board func() *live.Board, desk *admin.Desk) {
	m.admin, m.desk = nil, board != nil && desk != nil
	if board != nil {
		m.admin = admin.New(&m.Env, board, desk)
	}
}

// rights are the screens that the player has.
func (m *gameScreen) rights() screen.Rights {
	return screen.Rights{Board: m.admin != nil, Dashboard: m.desk}
}

// Update takes in a message while the game is in front, and reports whether it was for the game.
func (m *gameScreen) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft && image.Pt(msg.X, msg.Y).In(m.look.counter) {
			m.click()
		}
		return nil, true
	case screen.Key:
		switch k := msg.String(); {
		case msg.IsRepeat:
		case key.Matches(msg, m.Keys.Board):
			return m.admin.OpenLeaderboard(), true
		case key.Matches(msg, m.Keys.Dashboard):
			return m.admin.OpenDashboard(), true
		case m.admin == nil && (k == "l" || k == "tab"):
			m.Refuse(screen.AdminsBoard)
			return nil, true
		case !m.desk && k == "d":
			m.Refuse(screen.AdminsDash)
			return nil, true
		}
	}
	return nil, false
}

// layers are the lines of the game, in two layers.
func (m *gameScreen) layers() (own, shared []string) {
	was, total := m.was, m.Total
	if m.prefs.Calm {
		was = m.large
	}
	if m.lively > 0 {
		total = m.Snap.Total
	}
	s := m.look.scene(moment{
		snap: m.Snap, total: total, large: m.large, was: was, calm: m.prefs.Calm,
		clicking: m.lively > 0, newcomer: m.isNewcomer(), noticed: m.Notice.Kind != screen.Quiet && !m.Framed,
	})
	return m.ownLines(s), s.lines
}

// gameHints are the keys in the help line of the game, which is a part of the shared layer.
func gameHints(k *screen.Keys) []screen.Hint {
	return []screen.Hint{{Binding: k.Click, Last: 3}, {Binding: k.Board, Last: 2}, {Binding: k.Dashboard, Last: 1}, {Binding: k.Theme, Last: 4}, {Binding: k.Help}, {Binding: k.Quit}}
}

// refusals are what is said of a click that did not count.
var refusals = map[Verdict]screen.Kind{
	TooFast: screen.TooFast, Held: screen.Held, Taken: screen.Taken, TooManyNames: screen.TooManyNames,
}

// livelySnapshots is for how many snapshots after a click the large digits follow each
// one, about a second.
const livelySnapshots = 10

// firstOwnMilestone is the first of a player's own count.
const firstOwnMilestone = 10

// click scores and shows it without waiting for the next snapshot. Only the plain digits
// do: the large ones take the next snapshot, so that they look the same on the screens of
// all who click, and are drawn once for all of them.
func (m *gameScreen) click() {
	score, verdict := m.player.Click()
	if verdict != Counted {
		m.Say(refusals[verdict], "")
		return
	}
	before := m.Own
	m.Hush()
	m.session++
	m.Own = max(m.Own, score.Clicks)
	m.Total = max(m.Total, score.Total)
	m.lively = livelySnapshots
	m.stand()
	m.lookAhead()
	if last, _ := live.Milestones(m.Own, firstOwnMilestone); last > before {
		m.Say(screen.OwnMilestone, text.Grouped(last))
	}
}

// receive takes over a snapshot, and reports whether it is shown. It may be older than the player's
// last click, so that no count is taken over that is below what is shown. Where the player stands is
// asked twice a second where others click; it is at once after each click of this screen.
func (m *gameScreen) receive(snap *live.Snapshot) (shown bool) {
	if snap == nil {
		return false
	}
	m.Fade()
	if m.holds(snap) {
		return false
	}
	if snap.Players != m.Snap.Players { // ranks are among these
		m.stand()
	}
	m.Snap = snap
	m.Total = max(m.Total, snap.Total)
	second := m.speed.second(snap, m.session)
	settled := snap.Total - min(snap.Recent, snap.Total)
	moved := settled > m.large || snap.Recent == 0 || second
	if m.lively > 0 {
		m.lively--
		settled = snap.Total
	}
	if moved || settled > m.large {
		m.was, m.large = m.large, max(m.large, settled)
	}
	if moved {
		rank := m.Standing.Rank
		if m.stand(); second || rank != m.Standing.Rank || snap.History == nil {
			m.lookAhead()
		}
	}
	return true
}

// holds tells whether a snapshot is not to be shown, because motion is reduced:
// it brings more clicks in a second that has not ended. When it has, there is a
// history of it, and so a snapshot that is shown.
func (m *gameScreen) holds(snap *live.Snapshot) bool {
	return m.prefs.Calm && snap.History != nil && snap.History == m.Snap.History && snap.Total != m.Snap.Total &&
		snap.Milestone == m.Snap.Milestone && snap.StoreDown == m.Snap.StoreDown && snap.StoreRefuses == m.Snap.StoreRefuses &&
		snap.JournalDown == m.Snap.JournalDown
}

// isNewcomer reports whether the player has never clicked.
func (m *gameScreen) isNewcomer() bool { return m.fresh && m.session == 0 }

// stand asks where the player stands.
func (m *gameScreen) stand() {
	m.Standing = m.player.Standing()
	m.Own = max(m.Own, m.Standing.Clicks)
}

// lookAhead takes over who is the next above. With every click of theirs it
// would change, and is not worth that.
func (m *gameScreen) lookAhead() { m.ahead, m.gap = m.Standing.Ahead, m.Standing.Gap }
