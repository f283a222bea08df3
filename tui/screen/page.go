package screen

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
)

// Page is a screen of text that scrolls, such as the help.
type Page struct {
	*Env
	title    string
	close    key.Binding
	text     func() string
	maxAbove int
	hints    []Hint
	view     viewport.Model
	shown    string // what view has
}

// NewPage returns a page that Esc and closeKey close. text returns the text, as wide as the content
// of the screen; it is called for each frame, so it should have a cache. Tall screens leave up to
// maxAbove lines above the text. A page that scrolls shows how in place of the hints.
func NewPage(e *Env, title, closeKey string, text func() string, maxAbove int, hints ...Hint) *Page {
	return &Page{Env: e, title: title, close: Bind("esc", "back", "esc", closeKey), text: text, maxAbove: maxAbove, hints: hints, view: viewport.New()}
}

// Update implements Screen.
func (p *Page) Update(msg tea.Msg) (tea.Cmd, bool) {
	if ScrollText(p.Env, p, &p.view, msg) {
		return nil, true
	}
	k, ok := msg.(Key)
	if ok = ok && !k.IsRepeat && key.Matches(k, p.close); ok {
		p.Close()
	}
	return nil, ok
}

// Title implements Screen.
func (p *Page) Title() string { return p.title }

// Hints implements Screen.
func (p *Page) Hints() []Hint {
	hints := slices.Clip(p.hints)
	if p.view.TotalLineCount() > p.view.Height() {
		hints = []Hint{{Binding: p.Keys.Scroll, Priority: 2}}
	}
	return append(hints, Hint{Binding: p.close}, Hint{Binding: p.Keys.Quit, Priority: 1})
}

// Body implements Screen. A notice replaces the last line of the text, because the keys below must
// stay visible.
func (p *Page) Body(w, h int) string {
	if content := p.text(); content != p.shown {
		p.shown = content
		p.view.SetContent(content)
	}
	above := min(max(h-p.view.TotalLineCount(), 0)/2, p.maxAbove)
	p.view.SetWidth(w)
	p.view.SetHeight(h - above)
	p.view.SetYOffset(p.view.YOffset()) // clamp it to the end
	return p.PlaceNotice(strings.Repeat("\n", above)+p.view.View(), w, h)
}
