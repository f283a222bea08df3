package screen

import (
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/tui/text"
	"clickky/tui/theme"
)

// Notice is a short text for the player, shown where the player looks.
type Notice struct {
	Kind NoticeKind
	Text string // versions from long to short, with | between them; of a message only one
}

// NoticeKind is what a notice is about.
type NoticeKind uint8

// The kinds of notices.
const (
	NoNotice     NoticeKind = iota
	Info                    // what a key did, or why it did nothing
	Rejection               // why a click didn't count
	OwnMilestone            // what a click reached
	Message                 // from an admin
	SlowLink                // the screen lags
)

// Fit returns the notice in at most w cells.
func (n Notice) Fit(w int) string {
	if n.Kind == Message {
		return text.Clean(n.Text, w)
	}
	return text.FirstFit(w, append(strings.Split(n.Text, "|"), "")...)
}

// IsTemporary reports whether the notice goes away by itself.
func (n Notice) IsTemporary() bool { return n.Kind != NoNotice && n.Kind != SlowLink }

// NoticeStyle returns the style of a notice.
func (a *Appearance) NoticeStyle(n Notice) *theme.Style {
	if n.Kind == Rejection || n.Kind == SlowLink {
		return &a.Styles.Warn
	}
	return &a.Styles.Accent
}

// RenderNotice returns the notice in at most w cells.
func (e *Env) RenderNotice(w int) string {
	n := e.Notice()
	return e.NoticeStyle(n).Render(n.Fit(w))
}

// PlaceNotice puts the notice into the last of a body's h lines, unless Render shows it below.
func (e *Env) PlaceNotice(body string, w, h int) string {
	if !e.Framed || !e.Notice().IsTemporary() {
		return body
	}
	return lipgloss.NewStyle().MaxHeight(h-1).Render(body) + "\n" + lipgloss.PlaceHorizontal(w, lipgloss.Center, e.RenderNotice(w))
}

// notices are what the notice to show is chosen from.
type notices struct {
	notice           Notice
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

// Notice returns the notice to show. Notices interrupt a message, and both the hint about a slow link.
func (e *Env) Notice() Notice {
	switch n := &e.notices; {
	case n.remaining > 0:
		return n.notice
	case n.messageRemaining > 0:
		return Notice{Message, n.message}
	case n.isSlowLink:
		return Notice{SlowLink, "slow link: the screen lags, your clicks count|slow link: your clicks count|slow link"}
	default:
		return Notice{}
	}
}

// ShowNotice shows a notice for a moment.
func (e *Env) ShowNotice(kind NoticeKind, text string) {
	e.notices.notice, e.notices.remaining = Notice{kind, text}, noticeSnapshots
}

// ShowRefusal says why a key does nothing, unless a message is being shown.
func (e *Env) ShowRefusal(text string) {
	if e.notices.messageRemaining == 0 {
		e.ShowNotice(Info, text)
	}
}

// ShowMessage shows a message in place of a notice.
func (e *Env) ShowMessage(message string) {
	e.notices.message, e.notices.messageRemaining = message, messageSnapshots
	e.ClearNotice()
}

// ClearMessage removes notice and message.
func (e *Env) ClearMessage() { e.notices.remaining, e.notices.messageRemaining = 0, 0 }

// ClearNotice removes the notice.
func (e *Env) ClearNotice() { e.notices.remaining = 0 }

// AgeNotice counts a snapshot for notice and message.
func (e *Env) AgeNotice() {
	n := &e.notices
	n.remaining, n.messageRemaining = max(n.remaining-1, 0), max(n.messageRemaining-1, 0)
}

// SetSlowLink shows or hides the hint about a slow link.
func (e *Env) SetSlowLink(slow bool) { e.notices.isSlowLink = slow }
