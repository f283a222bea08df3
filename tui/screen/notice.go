package screen

import (
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/tui/text"
	"clickky/tui/theme"
)

// Notice is a short text for the player, shown where the player looks.
type Notice struct {
	Kind   NoticeKind
	Detail string // fills in the text, such as the name of the new theme
}

// NoticeKind is what a notice says.
type NoticeKind uint8

// The notices.
const (
	NoNotice NoticeKind = iota

	TooFast // why a click didn't count
	Held
	Taken
	TooManyNames

	ThemeChanged // what a key changed
	NoColours
	ReducedMotion
	FullMotion
	OrderChanged
	PeriodChanged
	PlainKeyboard
	FullKeyboard
	BellOn
	BellOff
	Hidden
	Listed
	ASCIIOn
	ASCIIOff
	LeaderboardForAdmins // why a key does nothing
	DashboardForAdmins

	OwnMilestone // what a click reached

	Message  // from an admin
	SlowLink // the screen lags
)

// noticeTexts has the texts of each notice, from long to short. % stands for the detail.
var noticeTexts = [...][]string{
	NoNotice:             {""},
	TooFast:              {"too fast: that one didn't count", "too fast", ""},
	Held:                 {"a held key doesn't count: let go and press again", "held key: let go, press again", "let go, press again", "let go", ""},
	Taken:                {"this name now belongs to somebody's key", "this name now has an owner", "name taken", ""},
	TooManyNames:         {"too many new names lately: wait a minute, or use an old name", "too many new names: wait, or use an old one", "new name: wait a minute", "wait a minute", ""},
	ThemeChanged:         {"colours: %", ""},
	NoColours:            {"this terminal has no colours", "no colours here", ""},
	ReducedMotion:        {"reduced motion: one update a second", "reduced motion", ""},
	FullMotion:           {"motion on", "motion", ""},
	OrderChanged:         {"players by %", ""},
	PeriodChanged:        {"clicks of %", "%", ""},
	PlainKeyboard:        {"plain keyboard: works with input methods", "plain keyboard", ""},
	FullKeyboard:         {"full keyboard, if the terminal has one", "full keyboard", ""},
	BellOn:               {"bell on: rings when somebody passes you, or a milestone is near", "bell on", ""},
	BellOff:              {"bell off", ""},
	Hidden:               {"hidden: others don't see you here", "hidden", ""},
	Listed:               {"others see that you're here", "listed", ""},
	ASCIIOn:              {"plain characters: only ASCII", "only ASCII", ""},
	ASCIIOff:             {"all characters", ""},
	LeaderboardForAdmins: {"the leaderboard is for admins", "for admins", ""},
	DashboardForAdmins:   {"the dashboard is for admins", "for admins", ""},
	OwnMilestone:         {"★ your % clicks! ★", "★ %! ★", ""},
	Message:              {"%"},
	SlowLink:             {"slow link: the screen lags, your clicks count", "slow link: your clicks count", "slow link", ""},
}

// Text returns the notice in at most w cells.
func (n Notice) Text(w int) string {
	if n.Kind == Message {
		shown, _ := text.Clean(n.Detail, w)
		return shown
	}
	for _, candidate := range noticeTexts[n.Kind] {
		if candidate = strings.ReplaceAll(candidate, "%", n.Detail); text.Width(candidate) <= w {
			return candidate
		}
	}
	return ""
}

// IsRejection reports whether the notice is about a click that didn't count.
func (n Notice) IsRejection() bool { return n.Kind >= TooFast && n.Kind <= TooManyNames }

// IsTemporary reports whether the notice goes away by itself.
func (n Notice) IsTemporary() bool { return n.Kind != NoNotice && n.Kind != SlowLink }

// NoticeStyle returns the style of a notice.
func (a *Appearance) NoticeStyle(n Notice) *theme.Style {
	if n.IsRejection() || n.Kind == SlowLink {
		return &a.Styles.Warn
	}
	return &a.Styles.Accent
}

// RenderNotice returns the notice in at most w cells.
func (e *Env) RenderNotice(w int) string {
	return e.NoticeStyle(e.Notice).Render(e.Notice.Text(w))
}

// PlaceNotice puts the notice into the last of a body's h lines, unless Render shows it below.
func (e *Env) PlaceNotice(body string, w, h int) string {
	if !e.Framed || !e.Notice.IsTemporary() {
		return body
	}
	return lipgloss.NewStyle().MaxHeight(h-1).Render(body) + "\n" + lipgloss.PlaceHorizontal(w, lipgloss.Center, e.RenderNotice(w))
}

// noticeState is what the notice is chosen from.
type noticeState struct {
	remaining        int    // snapshots left for the notice
	message          string // from an admin
	messageRemaining int    // snapshots left for the message
	isSlowLink       bool
}

const (
	// noticeSnapshots is about a second and a half of an active game, and messageSnapshots about
	// ten seconds.
	noticeSnapshots  = 15
	messageSnapshots = 100
)

// ShowNotice shows a notice for a moment.
func (e *Env) ShowNotice(kind NoticeKind, about string) {
	e.Notice, e.noticeState.remaining = Notice{kind, about}, noticeSnapshots
}

// ShowRejection says why a key does nothing, unless a message is being shown.
func (e *Env) ShowRejection(why NoticeKind) {
	if e.noticeState.messageRemaining == 0 {
		e.ShowNotice(why, "")
	}
}

// ShowMessage shows a message. Notices interrupt it.
func (e *Env) ShowMessage(message string) {
	e.noticeState.message, e.noticeState.messageRemaining = message, messageSnapshots
	e.ClearNotice()
}

// ClearMessage removes notice and message.
func (e *Env) ClearMessage() {
	e.noticeState.messageRemaining = 0
	e.ClearNotice()
}

// ClearNotice removes the notice. A message or the hint about a slow link then shows again.
func (e *Env) ClearNotice() {
	e.Notice, e.noticeState.remaining = Notice{}, 0
	switch {
	case e.noticeState.messageRemaining > 0:
		e.Notice = Notice{Message, e.noticeState.message}
	case e.noticeState.isSlowLink:
		e.Notice = Notice{Kind: SlowLink}
	}
}

// AgeNotice counts a snapshot for notice and message.
func (e *Env) AgeNotice() {
	if e.noticeState.messageRemaining > 0 {
		e.noticeState.messageRemaining--
	}
	if e.noticeState.remaining--; e.noticeState.remaining <= 0 {
		e.ClearNotice()
	}
}

// SetSlowLink shows or hides the hint about a slow link. All other notices take precedence over it.
func (e *Env) SetSlowLink(slow bool) {
	e.noticeState.isSlowLink = slow
	if !e.Notice.IsTemporary() {
		e.ClearNotice()
	}
}
