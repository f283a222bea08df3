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

// Screen is one thing to look at. It holds the screen that it was opened from, if it leads
// back there.
type Screen interface {
	// Update takes in a message, and returns the screen that is in front from then on; nil if
	// the message is not for this one. Keys arrive as a Key, and one that is not for this
	// screen does what it does everywhere.
	Update(tea.Msg) (Screen, tea.Cmd)
	// Hints are the keys that the help line shows: the longest list for which there is room.
	Hints() [][]key.Binding
}

// Layered is a screen that is drawn in two layers, line by line.
type Layered interface {
	Screen
	// Layers are the lines. A line of own stands above that of shared, which is the same slice
	// for everybody who sees the same. Neither may be changed.
	Layers() (own, shared []string)
}

// Page is a screen that is drawn around its body: above it a title and the counts, which go on,
// and below it the keys.
type Page interface {
	Screen
	Title() string
	// Body is at most w cells wide and h lines high.
	Body(w, h int) string
}

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
	Snap *live.Snapshot

	Name     string // may hold anything
	Guest    bool
	Own      uint64 // the player's count that is shown
	Total    uint64 // the global count that is shown
	Standing game.Standing

	Notice Notice
	told   told
}

// guestMark stands before the name of a guest.
const guestMark = "~"

// Marked is a name of this player's as it is shown.
func (e *Env) Marked(name string) string {
	if e.Guest {
		return guestMark + name
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

// Room is the size of the body of a page.
func (e *Env) Room() (w, h int) { return e.W, max(e.Footer-e.Header-1, 0) }

// Page draws a page, line by line.
func (e *Env) Page(p Page) []string {
	lines := make([]string, e.Height)
	w, h := e.Room()
	put := func(y int, line string) {
		if y >= 0 && y < len(lines) {
			lines[y] = strings.Repeat(" ", e.X) + line
		}
	}
	if h > 0 {
		for i, line := range strings.SplitN(p.Body(w, h), "\n", h+1) {
			if i < h {
				put(e.Header+1+i, line)
			}
		}
	}
	put(e.Header, " "+e.crest(p.Title(), w-2))
	foot := e.HelpLine(p.Hints())
	if !e.Framed && e.Notice.Passes() { // there is no frame that could say it
		foot = e.NoticeIn(w)
	}
	put(e.Footer, strings.Repeat(" ", max(w-text.Width(foot), 0)/2)+foot)
	return lines
}

// crest is the first line of a page: what it is, and the counts.
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
	if text.Width(left)+1+text.Width(right) > w {
		right = ""
	}
	return left + lipgloss.PlaceHorizontal(w-text.Width(left), lipgloss.Right, right)
}

// HelpLine is the first of several lists of keys for which there is room. Many keys stand closer
// together than few.
func (e *Look) HelpLine(lists [][]key.Binding) string {
	bar := help.New()
	bar.Styles = e.Styles.Help
	for _, keys := range lists {
		bar.ShortSeparator = "   "
		if len(keys) > 6 {
			bar.ShortSeparator = "  "
		}
		if line := bar.ShortHelpView(keys); text.Width(line) <= e.W {
			return line
		}
	}
	return ""
}

// ScrollText has a key or the mouse wheel scroll the text of a page, and reports whether it does.
func ScrollText(e *Env, p Page, view *viewport.Model, msg tea.Msg) bool {
	k, isKey := msg.(Key)
	if _, ok := e.Keys.Scrolls(k, 0, 0); isKey && !ok {
		return false
	}
	p.Body(e.Room()) // which sets the size of the view
	if isKey {
		by, _ := e.Keys.Scrolls(k, view.Height(), view.TotalLineCount())
		view.SetYOffset(view.YOffset() + by)
	} else {
		*view, _ = view.Update(msg)
	}
	return true
}

// Beneath has the screen that a front one was opened from take in a message that is not for the
// front one.
func Beneath[S Screen](front Screen, under *S, msg tea.Msg) (Screen, tea.Cmd) {
	next, cmd := (*under).Update(msg)
	if next, ok := next.(S); ok {
		*under = next
		return front, cmd
	}
	return nil, nil
}

// NewsMsg tells a screen that there is a new snapshot.
type NewsMsg struct{}
