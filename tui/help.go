package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/tui/admin"
	"clickky/tui/screen"
)

// maxHelpWidth limits the width of the text: long lines are hard to read.
const maxHelpWidth = 72

// help is the help screen.
type help struct {
	*screen.Env
	game       *gameScreen
	view       viewport.Model
	close      key.Binding
	appearance *appearance // the text was rendered for it
}

func newHelp(g *gameScreen) *help {
	return &help{Env: &g.Env, game: g, view: viewport.New(), close: screen.Bind("esc", "back", "esc", "?")}
}

// Update implements screen.Screen.
func (h *help) Update(msg tea.Msg) (tea.Cmd, bool) {
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
func (h *help) Hints() []screen.Hint {
	k := h.Keys
	if h.view.TotalLineCount() > h.view.Height() {
		return []screen.Hint{{Binding: k.Scroll, Priority: 2}, {Binding: h.close}, {Binding: k.Quit, Priority: 1}}
	}
	return []screen.Hint{{Binding: k.Click, Priority: 2}, {Binding: k.Theme, Priority: 3}, {Binding: k.Motion, Priority: 4}, {Binding: h.close}, {Binding: k.Quit, Priority: 1}}
}

// Title implements screen.Screen.
func (h *help) Title() string { return "help" }

// Body implements screen.Screen. Tall screens leave some room above the text. A notice replaces the
// last line of the text, because the keys below must stay visible.
func (h *help) Body(w, rows int) string {
	if l := h.game.appearance; h.appearance != l {
		h.appearance = l
		h.view.SetContent(*l.help.get(w, func(w *int) string { return l.renderHelp(*w) }))
	}
	above := min(max(rows-h.view.TotalLineCount(), 0)/2, 3)
	h.view.SetWidth(w)
	h.view.SetHeight(rows - above)
	h.view.SetYOffset(h.view.YOffset()) // clamp it to the end
	body := strings.Repeat("\n", above) + h.view.View()
	if !h.Notice.IsTemporary() {
		return body
	}
	return lipgloss.NewStyle().MaxHeight(rows-1).Render(body) + "\n" + lipgloss.PlaceHorizontal(w, lipgloss.Center, h.RenderNotice(w))
}

// renderHelp centres the text of the help in width cells. The appearance caches it, so that opening
// the help again and again costs the server little.
func (a *appearance) renderHelp(width int) string {
	w := min(width-2, maxHelpWidth)
	const indent, keyWidth = 2, 8
	var blocks []string
	for _, line := range helpText(a.permissions) {
		switch {
		case line.heading != "":
			blocks = append(blocks, a.Styles.Title.Render(line.heading))
		case line.key != "":
			key := a.Styles.Strong.PaddingLeft(indent).Width(indent + keyWidth).Render(line.key)
			blocks = append(blocks, lipgloss.JoinHorizontal(lipgloss.Top, key, lipgloss.NewStyle().Width(w-indent-keyWidth).Render(line.words)))
		default:
			blocks = append(blocks, lipgloss.NewStyle().PaddingLeft(indent).Width(w).Render(line.words))
		}
	}
	return lipgloss.PlaceHorizontal(width, lipgloss.Center, lipgloss.NewStyle().Width(w).Render(strings.Join(blocks, "\n")))
}

// helpLine is a line of the help: a heading, a key with its meaning, or a paragraph.
type helpLine struct{ heading, key, words string }

// helpText returns the lines of the help. They are wrapped later.
func helpText(r screen.Permissions) []helpLine {
	lines := []helpLine{
		{heading: "keys"},
		{key: "space", words: "click once: press space or enter, or click on the counter"},
	}
	if r.Board {
		lines = append(lines, helpLine{key: "l", words: "show or hide the leaderboard; / searches it"})
	}
	if r.Dashboard {
		lines = append(lines, helpLine{key: "d", words: "show or hide the dashboard; enter opens a player there"})
	}
	lines = append(lines, []helpLine{
		{key: "n", words: "show or hide the last news: what has happened in the game"},
		{key: "t", words: "change colours: dark, light, high contrast, monochrome"},
		{key: "a", words: "plain characters (ASCII) on or off, if lines look broken"},
		{key: "m", words: "turn reduced motion on or off"},
		{key: "b", words: "bell on or off: when you're passed, or a milestone is near"},
		{key: "h", words: "hide yourself from other players, or show yourself"},
		{key: "i", words: "turn plain keyboard input (for input methods) on or off"},
		{key: "q", words: "leave"},
	}...)
	if r.Dashboard {
		lines = append(lines, helpLine{}, helpLine{heading: "the dashboard"}, helpLine{words: admin.HelpIntroduction})
		for _, k := range admin.Help() {
			lines = append(lines, helpLine{key: k.Key, words: k.Does})
		}
	}
	return append(lines, []helpLine{
		{},
		{heading: "what counts"},
		{words: "Every press counts once, for you and for everybody. A held key soon stops counting. Presses too " +
			"fast for fingers don't count. Clicks are stored ten times a second: a restart loses none."},
		{},
		{heading: "names and keys"},
		{words: "Your login name is your player name: ssh NAME@HOST. The first SSH key that scores under a free name " +
			"owns it from then on. Without a key you're a guest, marked ~, and can play any name that nobody owns. To make a key, run ssh-keygen."},
	}...)
}
