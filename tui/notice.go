package tui

import "github.com/charmbracelet/colorprofile"

// notice is what the player is told for a moment, on the side of the counter
// to which the eye goes.
type notice uint8

const (
	quiet notice = iota

	tooFast // a click did not count, and why
	held
	taken
	tooManyNames

	newColours // what a key has changed
	noColours
	calmer
	livelier
	newOrder
	plainKeys
	allKeys
	adminsBoard // why a key does nothing
	adminsDash

	ownMilestone // what a click has reached

	told     // what an admin has to say
	slowLink // the screen is late
)

// noticeOf is what is said of a click that did not count.
func noticeOf(v Verdict) notice {
	switch v {
	case TooFast:
		return tooFast
	case Held:
		return held
	case Taken:
		return taken
	case TooManyNames:
		return tooManyNames
	default:
		return quiet
	}
}

// refuses tells that it is about a click that did not count.
func (n notice) refuses() bool { return n >= tooFast && n <= tooManyNames }

// noticeSnapshots is for how many snapshots a notice stays, about a second and
// a half of a game in which something happens.
const noticeSnapshots = 15

// say gives a notice for a moment.
func (m *Model) say(n notice) { m.notice, m.noticeFor = n, noticeSnapshots }

// refuseKey says why a key does nothing, unless there is a message to read.
func (m *Model) refuseKey(why notice) {
	if m.messageFor == 0 {
		m.say(why)
	}
}

// messageSnapshots is for how many snapshots a message stays, about ten seconds
// of a game in which something happens.
const messageSnapshots = 100

// tell shows a message. It gives way to notices, and comes back after them.
func (m *Model) tell(text string) {
	m.message, m.messageFor = text, messageSnapshots
	m.hush()
}

// rename takes over the name that an admin has given the player, and tells.
func (m *Model) rename(msg NameMsg) {
	m.name, m.comeBack = msg.Name, msg.ComeBack
	m.you.look = nil // all of it
	m.tell("an admin renamed you: you're now " + msg.Name)
}

// hush ends a notice.
func (m *Model) hush() {
	m.notice, m.noticeFor = quiet, 0
	switch {
	case m.messageFor > 0:
		m.notice = told
	case m.slow:
		m.notice = slowLink
	}
}

// fade lets notice and message become one snapshot older.
func (m *Model) fade() {
	if m.messageFor > 0 {
		m.messageFor--
	}
	was := m.notice
	if m.noticeFor--; m.noticeFor <= 0 {
		m.hush()
	}
	m.stale = m.stale || m.notice != was
}

// words are the notice in at most w cells.
func (m *Model) words(n notice, w int) string {
	switch n {
	case tooFast:
		return first(w, "too fast: that one didn't count", "too fast", "")
	case held:
		return first(w, "a held key doesn't count: let go and press again", "held key: let go, press again", "let go, press again", "let go", "")
	case taken:
		return first(w, "this name now belongs to somebody's key", "this name now has an owner", "name taken", "")
	case tooManyNames:
		return first(w, "too many new names lately: wait a minute, or use an old name",
			"too many new names: wait, or use an old one", "new name: wait a minute", "wait a minute", "")
	case newColours:
		return first(w, "colours: "+m.look.scheme.Theme().String(), "")
	case noColours:
		return first(w, "this terminal has no colours", "no colours here", "")
	case calmer:
		return first(w, "reduced motion: one update a second", "reduced motion", "")
	case livelier:
		return first(w, "motion on", "motion", "")
	case plainKeys:
		return first(w, "plain keyboard: works with input methods", "plain keyboard", "")
	case allKeys:
		return first(w, "full keyboard, if the terminal has one", "full keyboard", "")
	case adminsBoard:
		return first(w, "the leaderboard is for admins", "for admins", "")
	case adminsDash:
		return first(w, "the dashboard is for admins", "for admins", "")
	case newOrder:
		return first(w, "players by "+orderName(m.order), "")
	case ownMilestone:
		return first(w, "★ your "+grouped(m.ownReached)+" clicks! ★", "★ "+grouped(m.ownReached)+"! ★", "")
	case told:
		text, _ := clean(m.message, w)
		return text
	case slowLink:
		return slowWords(w)
	case quiet:
	}
	return ""
}

// noticed is how a notice is written.
func (p *palette) noticed(n notice) style {
	if n.refuses() || n == slowLink {
		return p.warn
	}
	return p.own
}

// nextTheme changes the colours and has it remembered.
func (m *Model) nextTheme() {
	if m.look.profile < colorprofile.ANSI {
		m.say(noColours)
		return
	}
	m.prefs.Theme = m.look.scheme.Theme().Next()
	m.restyle(m.look.profile)
	m.say(newColours)
	m.remember(m.prefs)
}

// toggleMotion reduces what moves, or no longer, and has it remembered.
func (m *Model) toggleMotion() {
	m.prefs.Calm = !m.prefs.Calm
	m.say(livelier)
	if m.prefs.Calm {
		m.say(calmer)
	}
	m.remember(m.prefs)
}

// togglePlainKeys switches the kitty keyboard protocol off, or on, and has it remembered.
func (m *Model) togglePlainKeys() {
	m.prefs.PlainKeys = !m.prefs.PlainKeys
	m.say(allKeys)
	if m.prefs.PlainKeys {
		m.say(plainKeys)
	}
	m.remember(m.prefs)
}

// restyle takes the look that a colour profile and the choices come to.
func (m *Model) restyle(p colorprofile.Profile) {
	l := &m.look.lay
	m.look = m.cache.look(l.w, l.h, p, m.prefs.Theme.On(m.background, p), m.keys)
}
