package terminal

import (
	tea "charm.land/bubbletea/v2"
)

// screen is the model that the Program runs: the caller's, whose views go to
// the writer.
type screen struct {
	model   tea.Model
	writer  *writer
	started func() // called once, when the Program is running

	// Before the model knows size and colors its views are not shown.
	sized, colored bool
}

// Init starts the caller's model.
func (s *screen) Init() tea.Cmd {
	s.started()
	return s.model.Init()
}

// Update passes the message on.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg.(type) {
	case tea.WindowSizeMsg:
		// The Program's first size and the next ones come in any order.
		width, height := s.writer.size()
		msg = tea.WindowSizeMsg{Width: width, Height: height}
		s.sized = true
	case tea.ColorProfileMsg:
		s.colored = true
	}
	var cmd tea.Cmd
	s.model, cmd = s.model.Update(msg)
	return s, cmd
}

// View hands what the caller's model shows to the writer. What it returns is
// for nobody.
func (s *screen) View() tea.View {
	if s.sized && s.colored {
		s.writer.show(s.model.View().Content)
	}
	return tea.View{}
}
