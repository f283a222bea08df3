package news

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"

	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// maxColumn limits the width of the list: long lines are hard to read.
const maxColumn = 72

// Screen lists the latest news.
type Screen struct {
	*screen.Env
	news  func() Key
	view  viewport.Model
	close key.Binding

	shown      Key
	width      int
	appearance *screen.Appearance // nil: nothing is shown yet
}

// NewScreen returns the news screen of a player. news returns the current news.
func NewScreen(e *screen.Env, news func() Key) *Screen {
	return &Screen{Env: e, news: news, view: viewport.New(), close: screen.Bind("esc", "back", "esc", "n")}
}

// Update implements screen.Screen.
func (s *Screen) Update(msg tea.Msg) (tea.Cmd, bool) {
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
func (s *Screen) Hints() []screen.Hint {
	first := screen.Hint{Binding: s.Keys.Click, Priority: 2}
	if s.view.TotalLineCount() > s.view.Height() {
		first.Binding = s.Keys.Scroll
	}
	return []screen.Hint{first, {Binding: s.close}, {Binding: s.Keys.Quit, Priority: 1}}
}

// Title implements screen.Screen.
func (s *Screen) Title() string { return "news" }

// Body implements screen.Screen. A notice replaces the last line, because the keys below must stay
// visible.
func (s *Screen) Body(w, h int) string {
	if k := s.news(); s.appearance != s.Appearance || s.shown != k || s.width != w {
		s.appearance, s.shown, s.width = s.Appearance, k, w
		s.view.SetContent(s.render(w))
	}
	s.view.SetWidth(w)
	s.view.SetHeight(h)
	s.view.SetYOffset(s.view.YOffset()) // clamp it to the end
	return s.PlaceNotice(s.view.View(), w, h)
}

// render returns all lines, in a column in the middle of w cells.
func (s *Screen) render(w int) string {
	const unlimited = 1000
	column := min(w-2, maxColumn)
	rows := Rows(s.Styles, s.shown, column, unlimited)
	if len(rows) == 0 {
		rows = [][]theme.Span{{s.Styles.Dim.Span(text.FirstFit(column, "nothing has happened yet", "nothing yet"))}}
	} else {
		rows = append(rows, nil, []theme.Span{s.Styles.Dim.Span(text.FirstFit(column, "times are in UTC", "UTC"))})
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString("\n" + text.Spaces((w-column)/2))
		for _, span := range row {
			span.Style.Write(&b, span.Text)
		}
	}
	return b.String()
}
