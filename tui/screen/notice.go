package screen

import (
	"strings"

	"clickky/tui/text"
	"clickky/tui/theme"
)

// Notice is what the player is told for a moment, where the eye goes.
type Notice struct {
	Kind  Kind
	About string // what the words are about, such as the name of the new theme
}

// Kind is what a notice says.
type Kind uint8

// The notices.
const (
	Quiet Kind = iota

	TooFast // a click did not count, and why
	Held
	Taken
	TooManyNames

	NewColours // what a key has changed
	NoColours
	Calmer
	Livelier
	NewOrder
	PlainKeys
	AllKeys
	AdminsBoard // why a key does nothing
	AdminsDash

	OwnMilestone // what a click has reached

	Told     // what an admin has to say
	SlowLink // the screen is late
)

// words are the notices, each shorter than the one before; % stands for what they are about.
var words = [...][]string{
	Quiet:        {""},
	TooFast:      {"too fast: that one didn't count", "too fast", ""},
	Held:         {"a held key doesn't count: let go and press again", "held key: let go, press again", "let go, press again", "let go", ""},
	Taken:        {"this name now belongs to somebody's key", "this name now has an owner", "name taken", ""},
	TooManyNames: {"too many new names lately: wait a minute, or use an old name", "too many new names: wait, or use an old one", "new name: wait a minute", "wait a minute", ""},
	NewColours:   {"colours: %", ""},
	NoColours:    {"this terminal has no colours", "no colours here", ""},
	Calmer:       {"reduced motion: one update a second", "reduced motion", ""},
	Livelier:     {"motion on", "motion", ""},
	NewOrder:     {"players by %", ""},
	PlainKeys:    {"plain keyboard: works with input methods", "plain keyboard", ""},
	AllKeys:      {"full keyboard, if the terminal has one", "full keyboard", ""},
	AdminsBoard:  {"the leaderboard is for admins", "for admins", ""},
	AdminsDash:   {"the dashboard is for admins", "for admins", ""},
	OwnMilestone: {"★ your % clicks! ★", "★ %! ★", ""},
	Told:         {"%"},
	SlowLink:     {"slow link: the screen lags, your clicks count", "slow link: your clicks count", "slow link", ""},
}

// Words are the notice in at most w cells.
func (n Notice) Words(w int) string {
	if n.Kind == Told {
		shown, _ := text.Clean(n.About, w)
		return shown
	}
	for _, said := range words[n.Kind] {
		if said = strings.ReplaceAll(said, "%", n.About); text.Width(said) <= w {
			return said
		}
	}
	return ""
}

// Refuses reports whether the notice is about a click that did not count.
func (n Notice) Refuses() bool { return n.Kind >= TooFast && n.Kind <= TooManyNames }

// Passes reports whether there is a notice that goes away by itself.
func (n Notice) Passes() bool { return n.Kind != Quiet && n.Kind != SlowLink }

// NoticeStyle is how a notice is written.
func (l *Look) NoticeStyle(n Notice) *theme.Style {
	if n.Refuses() || n.Kind == SlowLink {
		return &l.Styles.Warn
	}
	return &l.Styles.Own
}

// NoticeIn is the notice in at most w cells.
func (e *Env) NoticeIn(w int) string {
	return e.NoticeStyle(e.Notice).Render(e.Notice.Words(w))
}

// told is what is behind the notice.
type told struct {
	left        int    // for how many more snapshots the notice stays
	message     string // what an admin has to say
	messageLeft int    // for how many more snapshots
	slow        bool   // the link
}

const (
	// noticeSnapshots is for how many snapshots a notice stays, about a second and a half of a
	// game in which something happens, and messageSnapshots for how many a message does: about
	// ten seconds.
	noticeSnapshots  = 15
	messageSnapshots = 100
)

// Say gives a notice for a moment.
func (e *Env) Say(kind Kind, about string) {
	e.Notice, e.told.left = Notice{kind, about}, noticeSnapshots
}

// Refuse says why a key does nothing, unless there is a message to read.
func (e *Env) Refuse(why Kind) {
	if e.told.messageLeft == 0 {
		e.Say(why, "")
	}
}

// Tell shows a message. It gives way to notices, and comes back after them.
func (e *Env) Tell(message string) {
	e.told.message, e.told.messageLeft = message, messageSnapshots
	e.Hush()
}

// Forget ends notice and message.
func (e *Env) Forget() {
	e.told.messageLeft = 0
	e.Hush()
}

// Hush ends a notice.
func (e *Env) Hush() {
	e.Notice, e.told.left = Notice{}, 0
	switch {
	case e.told.messageLeft > 0:
		e.Notice = Notice{Told, e.told.message}
	case e.told.slow:
		e.Notice = Notice{Kind: SlowLink}
	}
}

// Fade lets notice and message become one snapshot older.
func (e *Env) Fade() {
	if e.told.messageLeft > 0 {
		e.told.messageLeft--
	}
	if e.told.left--; e.told.left <= 0 {
		e.Hush()
	}
}

// Linked takes over whether the link is slow. The hint stands for as long as it is; whatever else
// is said comes before it.
func (e *Env) Linked(slow bool) {
	e.told.slow = slow
	if !e.Notice.Passes() {
		e.Hush()
	}
}
