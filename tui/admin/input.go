package admin

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// newInput returns a field to type into, up to so many characters. Pasting is off: it would read the
// clipboard of the machine that the game runs on. The cursor does not blink.
func newInput(value string, limit int) *textinput.Model {
	in := textinput.New()
	in.CharLimit = limit
	styles := in.Styles()
	styles.Cursor = textinput.CursorStyle{}
	styles.Focused = textinput.StyleState{}
	in.SetStyles(styles)
	in.KeyMap.Paste.Unbind()
	in.KeyMap.AcceptSuggestion.Unbind()
	in.KeyMap.NextSuggestion.Unbind()
	in.KeyMap.PrevSuggestion.Unbind()
	in.SetValue(value)
	in.Focus()
	return &in
}

// typeInto has a field take in a key, and reports whether it has a use for it. Characters that
// terminals do not agree on are none that can be typed.
func typeInto(in *textinput.Model, k screen.Key) bool {
	m := in.KeyMap
	switch {
	case k.Mod.Contains(tea.ModAlt):
		if !key.Matches(k, m.WordForward, m.WordBackward, m.DeleteWordForward, m.DeleteWordBackward) {
			return false
		}
	case key.Matches(k, screen.Bind("", "", "ctrl+c", "ctrl+d", "tab")):
		return false
	}
	if shown, _ := text.Clean(k.Text, 2); shown == k.Text {
		*in, _ = in.Update(k.KeyPressMsg)
	}
	return true
}

// field is a field in at most w cells. The lead says what it is for; what stands before the typed
// text gives way to it.
func (a *Admin) field(in *textinput.Model, lead, before string, w int) string {
	const enough = 12 // cells for what is typed
	if over := lipgloss.Width(before) + min(lipgloss.Width(in.Value())+2, enough) - w; over > 0 {
		before = ansi.TruncateLeft(before, over+1, text.More)
	}
	in.Prompt = a.Styles.Title.Render(lead) + before
	in.SetWidth(max(w-lipgloss.Width(in.Prompt)-1, 1))
	in.SetCursor(in.Position()) // which has the field scroll to it
	return ansi.Truncate(strings.TrimRight(in.View(), " "), max(w, 0), "")
}
