// Package help has the help screen, and its text for the game in plain text.
package help

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/tui/admin"
	"clickky/tui/screen"
	"clickky/tui/theme"
)

// maxWidth limits the width of the text: long lines are hard to read.
const maxWidth = 72

// Screen is the help screen.
type Screen struct {
	*screen.Env
	render     func(w int) string
	view       viewport.Model
	close      key.Binding
	appearance *screen.Appearance // the text was rendered for it
}

// New returns the help screen of a player. render returns what Render does, and may cache it.
func New(e *screen.Env, render func(w int) string) *Screen {
	return &Screen{Env: e, render: render, view: viewport.New(), close: screen.Bind("esc", "back", "esc", "?")}
}

// Update implements screen.Screen.
func (h *Screen) Update(msg tea.Msg) (tea.Cmd, bool) {
	if screen.ScrollText(h.Env, h, &h.view, msg) {
		return nil, true
	}
	k, ok := msg.(screen.Key)
	if ok = ok && !k.IsRepeat && key.Matches(k, h.close); ok {
		h.Close()
	}
	return nil, ok
}

// Hints implements screen.Screen.
func (h *Screen) Hints() []screen.Hint {
	k := h.Keys
	if h.view.TotalLineCount() > h.view.Height() {
		return []screen.Hint{{Binding: k.Scroll, Priority: 2}, {Binding: h.close}, {Binding: k.Quit, Priority: 1}}
	}
	return []screen.Hint{{Binding: k.Click, Priority: 2}, {Binding: k.Theme, Priority: 3}, {Binding: k.Motion, Priority: 4}, {Binding: h.close}, {Binding: k.Quit, Priority: 1}}
}

// Title implements screen.Screen.
func (h *Screen) Title() string { return "help" }

// Body implements screen.Screen. Tall screens leave some room above the text. A notice replaces the
// last line of the text, because the keys below must stay visible.
func (h *Screen) Body(w, rows int) string {
	if h.appearance != h.Appearance {
		h.appearance = h.Appearance
		h.view.SetContent(h.render(w))
	}
	above := min(max(rows-h.view.TotalLineCount(), 0)/2, 3)
	h.view.SetWidth(w)
	h.view.SetHeight(rows - above)
	h.view.SetYOffset(h.view.YOffset()) // clamp it to the end
	return h.PlaceNotice(strings.Repeat("\n", above)+h.view.View(), w, rows)
}

// Render centres the text of the help in width cells.
func Render(s *theme.Styles, p screen.Permissions, width int) string {
	w := min(width-2, maxWidth)
	const indent, keyWidth = 2, 8
	var blocks []string
	for _, line := range Text(p) {
		switch {
		case line.Heading != "":
			blocks = append(blocks, s.Title.Render(line.Heading))
		case line.Key != "":
			key := s.Strong.PaddingLeft(indent).Width(indent + keyWidth).Render(line.Key)
			blocks = append(blocks, lipgloss.JoinHorizontal(lipgloss.Top, key, lipgloss.NewStyle().Width(w-indent-keyWidth).Render(line.Words)))
		default:
			blocks = append(blocks, lipgloss.NewStyle().PaddingLeft(indent).Width(w).Render(line.Words))
		}
	}
	return lipgloss.PlaceHorizontal(width, lipgloss.Center, lipgloss.NewStyle().Width(w).Render(strings.Join(blocks, "\n")))
}

// Line is a line of the help: a heading, a key with its meaning, or a paragraph.
type Line struct{ Heading, Key, Words string }

// Text returns the lines of the help. They are wrapped later.
func Text(r screen.Permissions) []Line {
	lines := []Line{
		{Heading: "keys"},
		{Key: "space", Words: "click once: press space or enter, or click on the counter"},
	}
	if r.Board {
		lines = append(lines, Line{Key: "l", Words: "show or hide the leaderboard; / searches it"})
	}
	if r.Dashboard {
		lines = append(lines, Line{Key: "d", Words: "show or hide the dashboard; enter opens a player there"})
	}
	lines = append(lines, []Line{
		{Key: "n", Words: "show or hide the latest news: what happened in the game"},
		{Key: "t", Words: "change colours: dark, light, high contrast, monochrome"},
		{Key: "a", Words: "plain characters (ASCII) on or off, if lines look broken"},
		{Key: "m", Words: "turn reduced motion on or off"},
		{Key: "b", Words: "bell on or off: when you're passed, or a milestone is near"},
		{Key: "h", Words: "hide yourself from other players, or show yourself"},
		{Key: "i", Words: "turn plain keyboard input (for input methods) on or off"},
		{Key: "q", Words: "leave"},
	}...)
	if r.Dashboard {
		lines = append(lines, Line{}, Line{Heading: "the dashboard"}, Line{Words: admin.HelpIntroduction})
		for _, k := range admin.Help() {
			lines = append(lines, Line{Key: k.Key, Words: k.Does})
		}
	}
	return append(lines, []Line{
		{},
		{Heading: "what counts"},
		{Words: "Every press counts once, for you and for everybody. A held key soon stops counting. Presses too " +
			"fast for fingers don't count. Clicks are stored ten times a second: a restart loses none."},
		{},
		{Heading: "names and keys"},
		{Words: "Your login name is your player name: ssh NAME@HOST. The first SSH key that scores under a free name " +
			"owns it from then on. Without a key you're a guest, marked ~, and can play any name that nobody owns. To make a key, run ssh-keygen."},
	}...)
}
