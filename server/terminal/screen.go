package terminal

import (
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"
)

// Layered is a model that has its view in two layers of lines already, of which
// one is the same in memory for all who see the same.
type Layered interface {
	tea.Model

	// Layers is what View shows, line by line. A line of own stands above that
	// of shared, which has blanks at its beginning where there is one. A layer
	// is never changed, and a new one is another slice.
	Layers() (own, shared []string)
}

// screen is the model that the Program runs: the caller's, whose views go to
// the writer. Messages reach it from the Program, which brings what the client
// does and what commands lead to, and directly, which spares what comes often
// the way through the Program's goroutines.
type screen struct {
	writer  *writer
	started func() // called once, when the Program is running

	mu    sync.Mutex
	model tea.Model
	// Before the model knows size and colors its views are not shown.
	sized, colored bool
	changed        bool // since show was called last
	plainKeys      bool // as the model has it

	usePlainKeys func(bool) // called when plainKeys changes
}

// follow is a command that came of a direct message.
type follow struct{ tea.Cmd }

// Init starts the caller's model.
func (s *screen) Init() tea.Cmd {
	s.started()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model.Init()
}

// Update passes the message on.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if f, ok := msg.(follow); ok {
		return s, f.Cmd
	}
	cmd := s.update(msg)
	s.writer.poke()
	return s, cmd
}

// update has the model take a message.
func (s *screen) update(msg tea.Msg) tea.Cmd {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	s.changed = true
	return cmd
}

// show hands what the model shows to the writer, if it may look different by now:
// however many messages came since, they are rendered once.
func (s *screen) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.changed || !s.sized || !s.colored {
		return
	}
	s.changed = false
	if m, ok := s.model.(interface{ PlainKeys() bool }); ok && m.PlainKeys() != s.plainKeys {
		s.plainKeys = !s.plainKeys
		s.usePlainKeys(s.plainKeys)
	}
	s.writer.show(layersOf(s.model))
}

// layersOf is what a model shows.
func layersOf(model tea.Model) (own, shared []string) {
	if l, ok := model.(Layered); ok {
		return l.Layers()
	}
	return strings.Split(model.View().Content, "\n"), nil
}

// last is the model as it is now.
func (s *screen) last() tea.Model {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model
}

// farewell asks the model for its last words. One that panicked before may do
// so again.
func (s *screen) farewell() (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.model.(interface{ Farewell() string }); ok {
		return m.Farewell()
	}
	return ""
}

// View is for nobody: what there is to see is with the writer.
func (s *screen) View() tea.View { return tea.View{} }
