package tui

import (
	"image"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/admin"
	"clickky/tui/layout"
	"clickky/tui/news"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// gameScreen is the main screen: the count, the player, the last minute. It renders two layers:
// the sharedLayer, which other players use too, and the playerLayer.
type gameScreen struct {
	// What each snapshot needs comes first and together: with thousands of screens, none is in the
	// CPU's caches when its turn comes.
	dirty       bool // something may have changed since the last frame
	own, shared []string
	screen.Env
	appearance           *appearance
	largeTotal           uint64 // the count in large digits, which may lag a little
	clickingFor          int    // snapshots left in which the large digits follow each one
	prevLargeTotal       uint64 // the previous largeTotal
	startedWithoutClicks bool

	sessionClicks uint64 // clicks counted in this session
	seconds       int    // of the game, in this session
	advisedAt     int    // the second in which a guest's advice began to show
	// distances is the standing whose distances to the next players are shown. It follows each click
	// of this player, but theirs only every distanceSeconds: it redraws the panel of everybody who
	// watches, which was a tenth of what they cost.
	distances game.Standing
	speed     speed
	layer     playerLayer
	title     string // of the window
	bell      bell
	moments   news.Moments
	ownNews   *news.Own // nil: there are none

	options    Options // messages and keys change some
	background theme.Background
	admin      *admin.Admin // nil without permission for more than the game
	startRank  int          // the rank at the start of the session
	endReason  string       // why the server ended the session
}

// init starts a session.
func (m *gameScreen) init(o Options) {
	m.Snap, m.Name, m.Guest = o.Snapshot, o.Name, o.Guest != NoGuest
	if m.Snap == nil {
		m.Snap = &live.Snapshot{}
	}
	m.options, m.options.Snapshot = o, nil
	if o.Cache == nil {
		m.options.Cache = NewCache()
	}
	m.openAdmin()
	m.restyle()
	m.Total, m.largeTotal, m.prevLargeTotal = m.Snap.Total, m.Snap.Total, m.Snap.Total
	m.speed.update(m.Snap, 0)
	m.updateTitle()
	m.updateStanding()
	m.startRank, m.startedWithoutClicks = m.Standing.Rank, m.Clicks == 0
	m.distances = m.Standing
}

// openAdmin creates the screens beyond the game that the player may see.
func (m *gameScreen) openAdmin() {
	m.admin = nil
	if m.options.Board != nil {
		m.admin = admin.New(&m.Env, m.options.Board, m.options.Dashboard)
	}
}

// Update handles a message while the game is in front, and reports whether it did.
func (m *gameScreen) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft && image.Pt(msg.X, msg.Y).In(m.appearance.Counter) {
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
			m.ShowRefusal("the leaderboard is for admins|for admins")
			return nil, true
		case !m.permissions().Dashboard && k == "d":
			m.ShowRefusal("the dashboard is for admins|for admins")
			return nil, true
		}
	}
	return nil, false
}

func (m *gameScreen) renderLayers() (own, shared []string) {
	prevLarge, total := m.prevLargeTotal, m.Total
	if m.options.Preferences.ReducedMotion {
		prevLarge = m.largeTotal
	}
	if m.clickingFor > 0 {
		total = m.Snap.Total
	}
	shared = m.appearance.sharedLayer(sharedKey{
		snap: m.Snap, total: total, large: m.largeTotal, prevLarge: prevLarge, reducedMotion: m.options.Preferences.ReducedMotion,
		isClicking: m.clickingFor > 0, isCovered: m.cover() != nil, hasNotice: m.Notice().Kind != screen.NoNotice && !m.Framed,
		hasOwnNews: m.ownNews.InLine(), hasAdvice: m.shownAdvice() != advice{},
		peopleFrom: m.appearance.firstPerson(m.Snap.People, m.Standing.Name),
	})
	return m.playerLines(shared), shared
}

// openPage puts a page in front, and closes the same page if it is open: keys that work everywhere must
// not pile up screens.
func (m *gameScreen) openPage(title, closeKey string, text func() string, maxAbove int, hints ...screen.Hint) {
	m.Screens = slices.DeleteFunc(m.Screens, func(s screen.Screen) bool { return s.Title() == title })
	m.Open(screen.NewPage(&m.Env, title, closeKey, text, maxAbove, hints...))
}

func (m *gameScreen) renderHelp() string { return m.appearance.help() }

func (m *gameScreen) renderNews() string {
	return *m.appearance.news.get(m.newsKey(), m.appearance.renderNewsPage)
}

// rejections are the notices about clicks that didn't count.
var rejections = [...]string{
	TooFast:      "too fast: that one didn't count|too fast",
	Held:         "a held key doesn't count: let go and press again|held key: let go, press again|let go, press again|let go",
	Taken:        "this name now belongs to somebody's key|this name now has an owner|name taken",
	TooManyNames: "too many new names lately: wait a minute, or use an old name|too many new names: wait, or use an old one|new name: wait a minute|wait a minute",
}

// clickingSnapshots is for how many snapshots after a click, about a second, the large digits
// follow each snapshot.
const clickingSnapshots = 10

const firstOwnMilestone = 10

// distanceSeconds is how often the distances to the next players follow others' clicks.
const distanceSeconds = 5

// click scores and shows the result without waiting for the next snapshot. Only the plain digits
// change at once. The large ones follow the next snapshot, so that they are equal on all screens of
// players who click and are rendered once.
func (m *gameScreen) click() {
	score, verdict := m.options.Player.Click()
	if verdict != Counted {
		m.ShowNotice(screen.Rejection, rejections[verdict])
		return
	}
	before := m.Clicks
	m.ClearNotice()
	m.sessionClicks++
	if m.sessionClicks%100 == 0 {
		m.advisedAt = m.seconds
	}
	m.Clicks = max(m.Clicks, score.Clicks)
	m.Total = max(m.Total, score.Total)
	m.clickingFor = clickingSnapshots
	m.updateStanding()
	m.distances = m.Standing
	if score.Passed != nil {
		m.addOwnNews(score.Passed)
	}
	reached, _ := game.Milestones(m.Clicks, firstOwnMilestone)
	if reached <= before {
		reached = 0
	}
	m.celebrate(score, reached)
	if reached > 0 && (reached < game.FirstMilestone || m.appearance.CounterRows[layout.RowMinute] == 0) {
		m.ShowNotice(screen.OwnMilestone, "★ your "+text.Grouped(reached)+" clicks! ★|★ "+text.Grouped(reached)+"! ★")
	}
}

// receive applies a snapshot and reports whether it is shown. A snapshot may be older than the
// player's last click, so counts never decrease. While others click, the standing is updated twice
// a second; after a click of this player, at once.
func (m *gameScreen) receive(snap *live.Snapshot) (shown bool) {
	if snap == nil {
		return false
	}
	m.AgeNotice()
	m.moments.Age(m.Snap, snap)
	if m.skips(snap) {
		return false
	}
	if snap.Players != m.Snap.Players { // ranks depend on the number of players
		m.updateStanding()
	}
	m.Snap = snap
	m.Total = max(m.Total, snap.Total)
	second := m.speed.update(snap, m.sessionClicks)
	if second {
		m.seconds++
		m.updateTitle()
		m.ownNews = m.ownNews.Age(m.speed.historyEnd)
		m.bell.update(snap, m.options.Preferences.Bell)
	}
	large := snap.Total - min(snap.Recent, snap.Total)
	changed := large > m.largeTotal || snap.Recent == 0 || second
	if m.clickingFor > 0 {
		m.clickingFor--
		large = snap.Total
	}
	if changed || large > m.largeTotal {
		m.prevLargeTotal, m.largeTotal = m.largeTotal, max(m.largeTotal, large)
	}
	if changed {
		rank := m.Standing.Rank
		isDue := second && snap.History.End%distanceSeconds == 0
		if m.updateStanding(); isDue || rank != m.Standing.Rank || snap.History == nil {
			m.distances = m.Standing
		}
	}
	return true
}

// skips reports whether reduced motion hides a snapshot: one that only adds clicks to a second that
// hasn't ended. The snapshot at the end of the second has a new history and is shown.
func (m *gameScreen) skips(snap *live.Snapshot) bool {
	return m.options.Preferences.ReducedMotion && snap.History != nil && snap.History == m.Snap.History && snap.Total != m.Snap.Total &&
		snap.Milestone == m.Snap.Milestone && snap.StoreDown == m.Snap.StoreDown && snap.StoreRefuses == m.Snap.StoreRefuses &&
		snap.JournalDown == m.Snap.JournalDown
}

// isNewcomer reports whether the player has never clicked.
func (m *gameScreen) isNewcomer() bool { return m.startedWithoutClicks && m.sessionClicks == 0 }

func (m *gameScreen) updateStanding() {
	before := m.Standing
	m.Standing = m.options.Player.Standing()
	if now := &m.Standing; before.Clicks > 0 && now.Clicks >= before.Clicks && now.Rank > before.Rank { // another player passed this one
		if m.options.Preferences.Bell {
			m.bell.rung++
		}
		if now.PassedBy != nil {
			m.addOwnNews(now.PassedBy)
		}
	}
	m.Clicks = max(m.Clicks, m.Standing.Clicks)
}

func (m *gameScreen) newsKey() news.Key { return news.Key{Public: m.Snap.News, Own: m.ownNews} }

func (m *gameScreen) addOwnNews(n *game.News) {
	m.ownNews = m.ownNews.Add(*n, m.speed.historyEnd)
}
