package tui

import (
	"sort"
	"strings"
	"sync/atomic"

	"clickky/sync/live"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

const (
	maxFilter  = 64     // characters that can be searched for
	maxMatches = 10_000 // lines that a search returns; who wants more types more
)

// newInput returns a field to type into, up to so many characters. Pasting is off:
// it would read the clipboard of the machine that the game runs on.
func newInput(text string, limit int) *textinput.Model {
	in := textinput.New()
	in.CharLimit = limit
	in.SetVirtualCursor(false)
	in.KeyMap.Paste.Unbind()
	in.KeyMap.AcceptSuggestion.Unbind()
	in.KeyMap.NextSuggestion.Unbind()
	in.KeyMap.PrevSuggestion.Unbind()
	in.SetValue(text)
	in.Focus() // without a cursor that blinks there is nothing to start
	return &in
}

// pressOnSearch acts on a key while a search is typed. What scrolls without
// being text still does; all other keys are for the field.
func (m Model) pressOnSearch(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	l := m.list()
	switch k := strokeOf(msg); {
	case msg.IsRepeat && (k.is(m.keys.keep) || k.is(m.keys.cancel) || k.is(m.keys.shut)):
		return m, nil // it was held on the way here
	case k.is(m.keys.abort):
		return m, tea.Quit
	case k.is(m.keys.shut):
		return m.closeList(), nil
	case k.is(m.keys.keep):
		l.input = nil
		return m, nil
	case k.is(m.keys.cancel):
		l.input = nil
		return m.want("")
	case msg.Text == "" && !k.is(m.keys.home) && !k.is(m.keys.end):
		if by, ok := m.scrollKey(k, m.listPage(), l.len()); ok {
			l.scroll(by, m.listRows())
			return m, nil
		}
	}
	in, _ := l.input.Update(msg) // its commands are for a cursor that blinks
	l.input = &in
	return m.want(in.Value())
}

// want filters the list by what was typed.
func (m Model) want(filter string) (Model, tea.Cmd) {
	l := m.list()
	if filter == l.wanted {
		return m, nil
	}
	l.wanted = filter
	return m.lookUp()
}

// find returns the lines of a listing whose name contains the filter, in either
// case. It gives up, and says so, when a newer look-up has begun.
func find(players *live.Listing, filter string, number uint64, newest *atomic.Uint64) (matches []int32, capped, ok bool) {
	if filter == "" {
		return nil, false, newest.Load() == number
	}
	const glance = 1024 // lines between two looks at whether it still matters
	needle := strings.ToLower(filter)
	for i := range players.Len() {
		if i%glance == 0 && newest.Load() != number {
			return nil, false, false
		}
		if !strings.Contains(strings.ToLower(players.At(i).Name), needle) {
			continue
		}
		if len(matches) == maxMatches {
			return matches, true, true
		}
		matches = append(matches, int32(i)) //nolint:gosec // a board has far fewer lines
	}
	return matches, false, true
}

// field is what is typed, in at most w cells, at least three, so that the place of
// the cursor is in sight. The lead says what it is for; the head is not typed.
func (p *palette) field(lead, head string, in *textinput.Model, w int) []span {
	runes := []rune(head + in.Value())
	pos := min(len([]rune(head))+in.Position(), len(runes))
	at, after := " ", ""
	if pos < len(runes) {
		at, after = string(runes[pos]), string(runes[pos+1:])
	}
	at, atW := clean(at, 2)
	if atW == 0 {
		at, atW = "·", 1
	}
	room := w - 1 - atW
	start := sort.Search(pos, func(i int) bool { // show the end of it
		_, n := clean(string(runes[i:pos]), maxWidth)
		return n <= room
	})
	before, n := clean(string(runes[start:pos]), maxWidth)
	after, _ = clean(after, room-n)
	return []span{{p.title, lead}, {"", before}, {p.cursor, at}, {"", after}}
}
