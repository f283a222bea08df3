package terminal

import (
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"
)

// Layered is a model whose view consists of two layers of lines. Models that show the same return
// the same shared slice.
type Layered interface {
	tea.Model

	// Layers returns the content of View, line by line. A line of own covers the start of the same
	// line of shared, which is blank there. Layers are immutable: a changed layer is a new slice.
	Layers() (own, shared []string)
}

// Attentive is a model that can be noticed while its window isn't looked at.
type Attentive interface {
	// Attention returns the title of the window and how often the bell has rung so far.
	Attention() (title string, bells uint)
}

// screenModel is the model that the Program runs. It wraps the caller's model and hands its view to
// the renderer. Messages come from the Program (input and commands), or directly, which spares
// frequent ones the way through the Program's goroutines.
type screenModel struct {
	renderer *renderer
	onStart  func() // called once, when the Program runs

	mu    sync.Mutex
	model tea.Model
	// Until the model knows its size and profile, its views aren't shown.
	hasSize, hasProfile bool
	dirty               bool // updated since the last render
	plainKeys           bool // the model's last answer

	onPlainKeys func(bool) // called when plainKeys changes
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
	var cmd tea.Cmd
	s.model, cmd = s.model.Update(msg)
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
	if m, ok := s.model.(interface{ PlainKeys() bool }); ok && m.PlainKeys() != s.plainKeys {
		s.plainKeys = !s.plainKeys
		s.onPlainKeys(s.plainKeys)
	}
	s.setASCII()
	if m, ok := s.model.(Attentive); ok {
		s.renderer.setAttention(m.Attention())
	}
	s.renderer.setFrame(renderLayers(s.model))
}

// setASCII tells the renderer whether the model wants to be shown in ASCII.
func (s *screenModel) setASCII() {
	if m, ok := s.model.(interface{ ASCII() bool }); ok {
		s.renderer.setASCII(m.ASCII())
	}
}

// renderLayers returns a model's view as layers.
func renderLayers(model tea.Model) (own, shared []string) {
	if l, ok := model.(Layered); ok {
		return l.Layers()
	}
	return strings.Split(model.View().Content, "\n"), nil
}

func (s *screenModel) current() tea.Model {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model
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
	s.setASCII()
	if m, ok := s.model.(interface{ Farewell() string }); ok {
		return m.Farewell()
	}
	return ""
}

// View returns nothing: the renderer has the view.
func (s *screenModel) View() tea.View { return tea.View{} }
