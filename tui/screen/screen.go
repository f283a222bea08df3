// Package screen has what all screens share: the Screen interface, key names, and the Env with the
// terminal, the player and the game.
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

// Screen is a screen on top of the game. Render adds the title and the counts above its body, and
// the keys below.
type Screen interface {
	// Update handles a message and reports whether it did. Keys arrive as a Key. Unhandled keys do
	// what they do everywhere, and other unhandled messages go to the screen below.
	Update(tea.Msg) (tea.Cmd, bool)
	Title() string
	// Body returns the content, at most w cells wide and h lines high.
	Body(w, h int) string
	// Hints returns the keys for the help line, from left to right.
	Hints() []Hint
}

// Hint is a key for the help line. If there isn't room for all, those with the highest Priority are
// dropped first.
type Hint struct {
	key.Binding
	Priority int
}

const priorities = 10

// NewSnapshotMsg tells a screen that there is a new snapshot.
type NewSnapshotMsg struct{}

// Area is the layout of a terminal of one size.
type Area struct {
	Width, Height  int // of the terminal, clamped
	X, W           int // the column of the content and its width
	Header, Footer int // the lines of the title and of the keys
	Framed         bool
	Full           bool // there is room for panels side by side
}

// Appearance is what depends only on the terminal, the theme and the permissions. It is immutable,
// and screens that look the same share it.
type Appearance struct {
	Area
	Styles *theme.Styles
	Keys   *Keys
}

// Env is what every screen knows. The root model updates it before it passes on a message.
type Env struct {
	*Appearance
	Snap    *live.Snapshot
	Screens []Screen // on top of the game; the last one is in front

	Name     string // may contain any bytes
	Guest    bool
	Clicks   uint64 // the player's count as shown
	Total    uint64 // the global count as shown
	Standing game.Standing

	notices notices
}

// Open puts a screen in front.
func (e *Env) Open(s Screen) { e.Screens = append(e.Screens, s) }

// Close removes the screen in front.
func (e *Env) Close() { e.Screens = e.Screens[:len(e.Screens)-1] }

// Front returns the screen in front; nil for the game.
func (e *Env) Front() Screen {
	if len(e.Screens) == 0 {
		return nil
	}
	return e.Screens[len(e.Screens)-1]
}

// GuestMark precedes the name of a guest.
const GuestMark = "~"

// MarkIfGuest adds the guest mark to a name of this player, if the player is a guest.
func (e *Env) MarkIfGuest(name string) string { return MarkGuest(name, e.Guest) }

// MarkGuest adds the guest mark to the name of a guest.
func MarkGuest(name string, isGuest bool) string {
	if isGuest {
		return GuestMark + name
	}
	return name
}

// DisplayName returns the player's name in at most w cells.
func (e *Env) DisplayName(w int) string { return text.Clean(e.MarkIfGuest(e.Name), w) }

// RankText returns a rank among the players that the snapshot counts. A player has none before the
// first click, or until a snapshot counts the player.
func (e *Env) RankText(rank int, clicks uint64) string {
	if clicks == 0 || rank > e.Snap.Players {
		rank = 0
	}
	return text.Rank(rank, e.Snap.Players)
}

// BodySize returns the size of a screen's body.
func (e *Env) BodySize() (w, h int) { return e.W, max(e.Footer-e.Header-1, 0) }

// Render renders a screen, line by line.
func (e *Env) Render(s Screen) []string {
	w, h := e.BodySize()
	lines, indent := make([]string, e.Height), text.Spaces(e.X)
	for i, line := range strings.Split(s.Body(w, h), "\n") {
		if i < h {
			lines[e.Header+1+i] = indent + line
		}
	}
	foot := e.HelpLine(s.Hints())
	if !e.Framed && e.Notice().IsTemporary() { // there is no border to show it in
		foot = e.RenderNotice(w)
	}
	lines[e.Header] = indent + " " + e.header(s.Title(), w-2)
	lines[e.Footer] = indent + text.Spaces((w-text.Width(foot))/2) + foot
	return lines
}

// header is the first line of a screen: its title and the counts.
func (e *Env) header(title string, w int) string {
	s := e.Styles
	own, total := s.Accent.Render(text.Grouped(e.Clicks)), s.Strong.Render(text.Grouped(e.Total))
	right := text.FirstFit(w, s.Dim.Render(e.MarkIfGuest("you "))+own+s.Dim.Render("  all ")+total, own+s.Dim.Render(" / ")+total,
		s.Strong.Render(text.Number(e.Total, w)))
	left := s.Title.Render("clickky") + s.Dim.Render("  "+title)
	return Justify(w, text.FirstFit(w-1-text.Width(right), left, ""), right)
}

// Justify returns w cells with one text at each end. Without room for both it drops the right one.
func Justify(w int, left, right string) string {
	free := w - text.Width(left) - text.Width(right)
	if free < 1 {
		right, free = "", w-text.Width(left)
	}
	return left + text.Spaces(free) + right
}

// Border returns a horizontal border of w cells between two corners, with a label at its left,
// centre or right. A label without room is left out.
func (a *Appearance) Border(corners string, w int, at lipgloss.Position, label string) string {
	return border(&a.Styles.Frame, "─", corners, w, at, label)
}

// HeavyBorder returns an accented border with a label in the middle.
func (a *Appearance) HeavyBorder(corners string, w int, label string) string {
	return border(&a.Styles.Accent, "━", corners, w, lipgloss.Center, label)
}

func border(style *theme.Style, line, corners string, w int, at lipgloss.Position, label string) string {
	ends := []rune(corners)
	free := w - 4 - text.Width(label)
	if label == "" || free < 2 {
		return style.Render(string(ends[0]) + strings.Repeat(line, max(w-2, 0)) + string(ends[1]))
	}
	before := 1 + int(float64(free-2)*float64(at))
	return style.Render(string(ends[0])+strings.Repeat(line, before)+" ") + label +
		style.Render(" "+strings.Repeat(line, free-before)+string(ends[1]))
}

// Crown marks who clicked most on the day before.
const Crown = "♛"

// The corners of borders.
const (
	TopCorners    = "╭╮"
	BottomCorners = "╰╯"
)

// HelpLine returns the help line with as many keys as there is room for. Many keys stand closer
// together than few.
func (a *Appearance) HelpLine(hints []Hint) string {
	bar, keys := help.New(), make([]key.Binding, len(hints)) // bindings without keys aren't shown
	bar.Styles, bar.ShortSeparator = a.Styles.Help, "   "
	shown, width := 0, 0
	for last := range priorities {
		for i, h := range hints {
			if h.Priority != last || !h.Enabled() {
				continue
			}
			separator := "   "
			if shown >= 6 {
				separator = "  "
			}
			w := text.Width(h.Help().Key) + 1 + text.Width(h.Help().Desc)
			if width+w+shown*len(separator) <= a.W {
				keys[i], bar.ShortSeparator = h.Binding, separator
				shown, width = shown+1, width+w
			}
		}
	}
	return bar.ShortHelpView(keys)
}

// ScrollText scrolls a screen's text if msg is a scrolling key or the mouse wheel, and reports
// whether it is.
func ScrollText(e *Env, s Screen, view *viewport.Model, msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		s.Body(e.BodySize()) // sets the size of the view
		*view, _ = view.Update(msg)
		return true
	case Key:
		s.Body(e.BodySize())
		by, ok := e.Keys.ScrollDistance(msg, view.Height(), view.TotalLineCount())
		view.SetYOffset(view.YOffset() + by)
		return ok
	}
	return false
}
