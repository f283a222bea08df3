package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// newsScreen lists the last news.
type newsScreen struct {
	*screen.Env
	game  *gameScreen
	view  viewport.Model
	close key.Binding

	key        newsKey // what view shows
	width      int
	appearance *appearance // nil: nothing yet
}

func newNewsScreen(g *gameScreen) *newsScreen {
	return &newsScreen{Env: &g.Env, game: g, view: viewport.New(), close: screen.Bind("esc", "back", "esc", "n")}
}

// Update implements screen.Screen.
func (s *newsScreen) Update(msg tea.Msg) (tea.Cmd, bool) {
	if screen.ScrollText(s.Env, s, &s.view, msg) {
		return nil, true
	}
	k, ok := msg.(screen.Key)
	if ok = ok && !k.IsRepeat && key.Matches(k, s.close); ok {
		s.Close()
	}
	return nil, ok
}

// Hints implements screen.Screen.
func (s *newsScreen) Hints() []screen.Hint {
	k := s.Keys
	hints := []screen.Hint{{Binding: k.Click, Priority: 2}, {Binding: s.close}, {Binding: k.Quit, Priority: 1}}
	if s.view.TotalLineCount() > s.view.Height() {
		hints[0] = screen.Hint{Binding: k.Scroll, Priority: 2}
	}
	return hints
}

// Title implements screen.Screen.
func (s *newsScreen) Title() string { return "news" }

// Body implements screen.Screen. A notice replaces the last line, because the keys below must stay
// visible.
func (s *newsScreen) Body(w, h int) string {
	if k := s.game.newsKey(); s.appearance != s.game.appearance || s.key != k || s.width != w {
		s.appearance, s.key, s.width = s.game.appearance, k, w
		s.view.SetContent(s.render(w))
	}
	s.view.SetWidth(w)
	s.view.SetHeight(h)
	s.view.SetYOffset(s.view.YOffset()) // clamp it to the end
	if !s.Notice.IsTemporary() {
		return s.view.View()
	}
	return lipgloss.NewStyle().MaxHeight(h-1).Render(s.view.View()) + "\n" + lipgloss.PlaceHorizontal(w, lipgloss.Center, s.RenderNotice(w))
}

// render returns all lines, in a column in the middle of w cells.
func (s *newsScreen) render(w int) string {
	const unlimited = 1000
	column := min(w-2, maxHelpWidth)
	rows := s.appearance.newsRows(s.key, column, unlimited)
	if len(rows) == 0 {
		rows = [][]span{{{&s.Styles.Dim, text.FirstFit(column, "nothing has happened yet", "nothing yet")}}}
	} else {
		rows = append(rows, nil, []span{{&s.Styles.Dim, text.FirstFit(column, "times are in UTC", "UTC")}})
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString("\n" + text.Spaces((w-column)/2))
		writeSpans(&b, column, row)
	}
	return b.String()
}
