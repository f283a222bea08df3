// Package screen is what all screens of a player have in common: what a screen is, how its keys
// are named, and what it knows of the terminal, the player and the game.
package screen

import (
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/sync/game"
	"clickky/sync/live"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// Screen is one thing to look at that lies on the game or on another screen. Around its body, the
// title and the counts are drawn above, and the keys below.
type Screen interface {
	// Update takes in a message, and reports whether it was for this screen. Keys arrive as a Key;
	// one that is not for the screen in front does what it does everywhere. Other messages go to
	// the screen beneath.
	Update(tea.Msg) (tea.Cmd, bool)
	Title() string
	// Body is at most w cells wide and h lines high.
	Body(w, h int) string
	// Hints are the keys for the help line, from left to right.
	Hints() []Hint
}

// Hint is a key for the help line. Where there is no room for all, those with the highest number
// give way first.
type Hint struct {
	key.Binding
	Last int
}

// lasts is how many numbers hints have.
const lasts = 10

// NewsMsg tells a screen that there is a new snapshot.
type NewsMsg struct{}

// Area is how a terminal of one size is divided.
type Area struct {
	Width, Height  int // of the terminal, within reason
	X, W           int // the column that holds everything
	Header, Footer int // the lines of the title and of the keys
	Framed         bool
	Full           bool // there is room for panels side by side
}

// Look is what depends on nothing but the terminal, the theme and the player's rights. It is
// shared by all screens that look alike, and never changes.
type Look struct {
	Area
	Styles *theme.Styles
	Keys   *Keys
}

// Env is what every screen knows. The root changes it before a screen gets a message.
type Env struct {
	*Look
	Snap    *live.Snapshot
	Screens []Screen // those that lie on the game, the one in front last

	Name     string // may hold anything
	Guest    bool
	Own      uint64 // the player's count that is shown
	Total    uint64 // the global count that is shown
	Standing game.Standing

	Notice Notice
	told   told
}

// Open lays a screen on top.
func (e *Env) Open(s Screen) { e.Screens = append(e.Screens, s) }

// Close takes the screen in front away.
func (e *Env) Close() { e.Screens = e.Screens[:len(e.Screens)-1] }

// Front is the screen on top; nil for the game.
func (e *Env) Front() Screen {
	if len(e.Screens) == 0 {
		return nil
	}
	return e.Screens[len(e.Screens)-1]
}

// GuestMark stands before the name of a guest.
const GuestMark = "~"

// Marked is a name of this player's as it is shown.
func (e *Env) Marked(name string) string {
	if e.Guest {
		return GuestMark + name
	}
	return name
}

// OwnName is the player's name in at most w cells.
func (e *Env) OwnName(w int) string {
	name, _ := text.Clean(e.Marked(e.Name), w)
	return name
}

// RankText is a rank among as many players as the screen shows. It takes a click, and a snapshot
// that counts whoever made it.
func (e *Env) RankText(rank int, clicks uint64) string {
	if clicks == 0 || rank > e.Snap.Players {
		return text.NoRank
	}
	return text.Rank(rank, e.Snap.Players)
}

// Room is the size of the body of a screen.
func (e *Env) Room() (w, h int) { return e.W, max(e.Footer-e.Header-1, 0) }

// Draw draws a screen, line by line.
func (e *Env) Draw(s Screen) []string {
	w, h := e.Room()
	lines, indent := make([]string, e.Height), text.Blanks(e.X)
	for i, line := range strings.Split(s.Body(w, h), "\n") {
		if i < h {
			lines[e.Header+1+i] = indent + line
		}
	}
	foot := e.HelpLine(s.Hints())
	if !e.Framed && e.Notice.Passes() { // there is no frame that could say it
		foot = e.NoticeIn(w)
	}
	lines[e.Header] = indent + " " + e.crest(s.Title(), w-2)
	lines[e.Footer] = indent + text.Blanks((w-text.Width(foot))/2) + foot
	return lines
}

// crest is the first line of a screen: what it is, and the counts.
func (e *Env) crest(what string, w int) string {
	s := e.Styles
	own, total := s.Own.Render(text.Grouped(e.Own)), s.Strong.Render(text.Grouped(e.Total))
	right := text.First(w, s.Dim.Render(e.Marked("you "))+own+s.Dim.Render("  all ")+total, own+s.Dim.Render(" / ")+total,
		s.Strong.Render(text.Number(e.Total, w)))
	left := s.Title.Render("clickky") + s.Dim.Render("  "+what)
	return Spread(w, text.First(w-1-text.Width(right), left, ""), right)
}

// Spread is two texts at the ends of w cells; the right one only if there is room for it.
func Spread(w int, left, right string) string {
	free := w - text.Width(left) - text.Width(right)
	if free < 1 {
		right, free = "", w-text.Width(left)
	}
	return left + text.Blanks(free) + right
}

// Edge is the upper or lower side of a frame of w cells between two corners, with a label at its
// left, in its middle or at its right. A label without room is left out.
func (l *Look) Edge(corners string, w int, at lipgloss.Position, label string) string {
	frame, ends := &l.Styles.Frame, []rune(corners)
	free := w - 4 - text.Width(label) // for the line beside the label
	if label == "" || free < 2 {
		return frame.Render(string(ends[0]) + strings.Repeat("─", max(w-2, 0)) + string(ends[1]))
	}
	before := 1 + int(float64(free-2)*float64(at))
	return frame.Render(string(ends[0])+strings.Repeat("─", before)+" ") + label +
		frame.Render(" "+strings.Repeat("─", free-before)+string(ends[1]))
}

// The corners of a frame.
const (
	Upper = "╭╮"
	Lower = "╰╯"
)

// HelpLine is the keys of a screen, as many as there is room for. Many stand closer together than few.
func (l *Look) HelpLine(hints []Hint) string {
	bar, keys := help.New(), make([]key.Binding, len(hints)) // a binding without keys is not shown
	bar.Styles, bar.ShortSeparator = l.Styles.Help, "   "
	shown, width := 0, 0
	for last := range lasts {
		for i, h := range hints {
			if h.Last != last || !h.Enabled() {
				continue
			}
			separator := "   "
			if shown >= 6 {
				separator = "  "
			}
			w := text.Width(h.Help().Key) + 1 + text.Width(h.Help().Desc)
			if width+w+shown*len(separator) <= l.W {
				keys[i], bar.ShortSeparator = h.Binding, separator
				shown, width = shown+1, width+w
			}
		}
	}
	return bar.ShortHelpView(keys)
}

// ScrollText has a key or the mouse wheel scroll the text of a screen, and reports whether it does.
func ScrollText(e *Env, s Screen, view *viewport.Model, msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		s.Body(e.Room()) // which sets the size of the view
		*view, _ = view.Update(msg)
		return true
	case Key:
		if _, ok := e.Keys.Scrolls(msg, 0, 0); ok {
			s.Body(e.Room())
			by, _ := e.Keys.Scrolls(msg, view.Height(), view.TotalLineCount())
			view.SetYOffset(view.YOffset() + by)
			return true
		}
	}
	return false
}
