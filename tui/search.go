package tui

import (
	"strings"
	"sync/atomic"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"clickky/sync/ledger"
)

const (
	maxFilter  = 64     // characters that can be searched for
	maxMatches = 10_000 // lines that a search returns; who wants more types more
)

// newInput returns a field to type a search into. Pasting is off: it would read
// the clipboard of the machine that the game runs on.
func newInput(text string) *textinput.Model {
	in := textinput.New()
	in.CharLimit = maxFilter
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
	switch k := strokeOf(msg); {
	case msg.IsRepeat && (k.is(m.keys.keep) || k.is(m.keys.cancel) || k.is(m.keys.shut)):
		return m, nil // it was held on the way here
	case k.is(m.keys.abort):
		return m, tea.Quit
	case k.is(m.keys.shut):
		return m.closeBoard(), nil
	case k.is(m.keys.keep):
		m.lead.input = nil
		return m, nil
	case k.is(m.keys.cancel):
		m.lead.input = nil
		return m.want("")
	case msg.Text == "" && !k.is(m.keys.home) && !k.is(m.keys.end):
		if by, ok := m.scrollKey(k, m.boardPage(), m.lead.len()); ok {
			m.scroll(by)
			return m, nil
		}
	}
	in, _ := m.lead.input.Update(msg) // its commands are for a cursor that blinks
	m.lead.input = &in
	return m.want(in.Value())
}

// want filters the leaderboard by what was typed.
func (m Model) want(filter string) (Model, tea.Cmd) {
	if filter == m.lead.wanted {
		return m, nil
	}
	m.lead.wanted = filter
	return m.lookUp()
}

// find returns the lines of a board whose name contains the filter, in either
// case. It gives up, and says so, when a newer look-up has begun.
func find(b *ledger.Board, filter string, number uint64, newest *atomic.Uint64) (matches []int32, capped, ok bool) {
	if filter == "" {
		return nil, false, newest.Load() == number
	}
	const glance = 1024 // lines between two looks at whether it still matters
	needle := strings.ToLower(filter)
	for i := range b.Len() {
		if i%glance == 0 && newest.Load() != number {
			return nil, false, false
		}
		if !strings.Contains(strings.ToLower(b.At(i).Name), needle) {
			continue
		}
		if len(matches) == maxMatches {
			return matches, true, true
		}
		matches = append(matches, int32(i)) //nolint:gosec // a board has far fewer lines
	}
	return matches, false, true
}

// renderInput writes the field into at most w cells, at least three, so that
// the place of the cursor is in sight.
func (p *palette) renderInput(b *strings.Builder, in *textinput.Model, w int) {
	runes := []rune(in.Value())
	pos := min(in.Position(), len(runes))
	at, after := " ", ""
	if pos < len(runes) {
		at, after = string(runes[pos]), string(runes[pos+1:])
	}
	at, atW := clean(at, 2)
	if atW == 0 {
		at, atW = hole, 1
	}
	room := w - 1 - atW
	before, n := clean(string(runes[:pos]), maxWidth)
	for start := 0; n > room && start < pos; start++ { // show the end of it
		before, n = clean(string(runes[start+1:pos]), maxWidth)
	}
	p.title.put(b, "/")
	b.WriteString(before)
	p.cursor.put(b, at)
	after, _ = clean(after, room-n)
	b.WriteString(after)
}
