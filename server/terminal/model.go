package terminal

import (
	"sync"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
)

// Model is a Bubble Tea model with what a terminal shows of it, in place of its view. Update returns
// a Model, too.
type Model interface {
	tea.Model

	// Layers returns two layers of styled lines. A line of own covers the start of the same line of
	// shared, which is blank there. Layers are immutable: a changed layer is a new slice. Models that
	// show the same return the same shared slice.
	Layers() (own, shared []string)
	// Attention returns the title of the window and how often the bell has rung so far, for a player
	// who doesn't look at the window.
	Attention() (title string, bells uint)
	// PlainKeys reports whether the kitty keyboard protocol is off.
	PlainKeys() bool
	// ASCII reports whether everything is written in ASCII, one character for each column.
	ASCII() bool
	// Farewell returns text, which may be styled, that is written after the screen is restored.
	Farewell() string
}

// screenModel is the model that the Program runs. It wraps the caller's model and hands its view to
// the renderer. Messages come from the Program (input and commands), or directly, which spares
// frequent ones the way through the Program's goroutines.
type screenModel struct {
	renderer  *renderer
	plainKeys *atomic.Bool // gets the model's last answer
	onStart   func()       // called once, when the Program runs

	mu    sync.Mutex
	model Model
	// Until the model knows its size and profile, its views aren't shown.
	hasSize, hasProfile bool
	dirty               bool // updated since the last render
}

// runCmd carries the command that a direct message led to.
type runCmd struct{ tea.Cmd }

// Init starts the caller's model.
func (s *screenModel) Init() tea.Cmd {
	s.onStart()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model.Init()
}

// Update passes the message on.
func (s *screenModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if f, ok := msg.(runCmd); ok {
		return s, f.Cmd
	}
	cmd := s.update(msg)
	s.renderer.wakeUp()
	return s, cmd
}

func (s *screenModel) update(msg tea.Msg) tea.Cmd {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch msg.(type) {
	case tea.WindowSizeMsg:
		// The Program's first size and later ones arrive in any order.
		width, height := s.renderer.size()
		msg = tea.WindowSizeMsg{Width: width, Height: height}
		s.hasSize = true
	case tea.ColorProfileMsg:
		s.hasProfile = true
	}
	model, cmd := s.model.Update(msg)
	s.model, _ = model.(Model)
	s.dirty = true
	return cmd
}

// render hands the model's view to the renderer if it may have changed. Several messages lead to
// one rendering.
func (s *screenModel) render() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dirty || !s.hasSize || !s.hasProfile {
		return
	}
	s.dirty = false
	s.setModes()
	s.renderer.setAttention(s.model.Attention())
	s.renderer.setFrame(s.model.Layers())
}

func (s *screenModel) setModes() {
	plain := s.model.PlainKeys()
	s.plainKeys.Store(plain)
	s.renderer.setModes(plain, s.model.ASCII())
}

// farewell returns the model's farewell. A model that has panicked may panic again.
func (s *screenModel) farewell() (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setModes()
	return s.model.Farewell()
}

// View returns nothing: the renderer has the view.
func (s *screenModel) View() tea.View { return tea.View{} }
