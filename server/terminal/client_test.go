package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// fake is a model that counts spaces.
type fake struct {
	clicks, width, height int
	busy                  chan struct{} // if not nil, Update waits for it on "w"
	seen                  chan tea.Msg
}

type (
	setClicks int
	note      string
)

func newGame() fake {
	return fake{seen: make(chan tea.Msg, 10_000)}
}

func (g fake) Init() tea.Cmd { return nil }

func (g fake) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	g.seen <- msg
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		g.width, g.height = msg.Width, msg.Height
	case setClicks:
		g.clicks = int(msg)
	case tea.KeyPressMsg:
		switch msg.String() {
		case "space":
			g.clicks++
		case "q":
			return g, tea.Quit
		case "i":
			return g, tea.Interrupt
		case "p":
			panic("in Update")
		case "c":
			return g, func() tea.Msg { panic("in a Cmd") }
		case "b":
			return g, tea.Batch(func() tea.Msg { panic("in a batch") }, func() tea.Msg { return nil })
		case "v":
			g.clicks = -1
		case "w":
			<-g.busy
		}
	}
	return g, nil
}

func (g fake) View() tea.View {
	if g.clicks < 0 {
		panic("in View")
	}
	return tea.NewView(fmt.Sprintf("%dx%d\n\x1b[1m%d\x1b[m clicks\n", g.width, g.height, g.clicks))
}

func (g fake) Layers() (own, shared []string)        { return strings.Split(g.View().Content, "\n"), nil }
func (g fake) Attention() (title string, bells uint) { return "", 0 }
func (g fake) PlainKeys() bool                       { return false }
func (g fake) ASCII() bool                           { return false }

func (g fake) Farewell() string {
	return fmt.Sprintf("%d clicks\nbye", g.clicks)
}

// client is the other end of a terminal. Its Out can be held up.
type client struct {
	*Terminal
	keys  *io.PipeWriter
	in    *io.PipeReader
	model Model
	err   error
	ended chan struct{}

	aborts  chan struct{}
	open    chan struct{} // Write waits for it
	aborted chan struct{} // closed by Abort

	mu     sync.Mutex
	writes []string
}

var errClosed = errors.New("connection closed")

func (c *client) Write(p []byte) (int, error) {
	select {
	case <-c.open:
	case <-c.aborted:
		return 0, errClosed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes = append(c.writes, string(p))
	return len(p), nil
}

func (c *client) abort() {
	c.aborts <- struct{}{}
	close(c.aborted)
	time.Sleep(time.Millisecond) // What is stuck returns before Abort does.
}

// written returns and forgets what was written, one string a Write.
func (c *client) written() []string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.writes
	c.writes = nil
	return w
}

// hold makes writes block until the returned channel is closed.
func (c *client) hold() chan struct{} {
	c.open = make(chan struct{})
	return c.open
}

func (c *client) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(c.keys, keys); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// end waits for Run to return, and then for all its goroutines.
func (c *client) end() {
	<-c.ended
	_ = c.in.Close()
	c.Wait()
}

func newClient(model Model, change func(*Config)) *client {
	c := &client{ended: make(chan struct{}), aborts: make(chan struct{}, 10), open: make(chan struct{}), aborted: make(chan struct{})}
	close(c.open)
	c.in, c.keys = io.Pipe()
	cfg := Config{In: c.in, Out: c, Abort: c.abort, Width: 20, Height: 4, Profile: colorprofile.TrueColor}
	if change != nil {
		change(&cfg)
	}
	c.Terminal = New(model, cfg)
	return c
}

func (c *client) run(ctx context.Context) {
	go func() {
		c.err = c.Run(ctx)
		c.model = c.screen.current()
		close(c.ended)
	}()
	synctest.Wait()
}

func start(t *testing.T, model Model) *client {
	t.Helper()
	c := newClient(model, nil)
	c.run(t.Context())
	return c
}

func (s *screenModel) current() Model {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model
}

// Send passes a message to the model, and has the resulting frame written.
func (t *Terminal) Send(msg tea.Msg) {
	t.deliver(msg)
	t.renderer.wakeUp()
}

// Resize changes the size, and has the resulting frame written.
func (t *Terminal) Resize(width, height int) {
	t.resize(width, height)
	t.renderer.wakeUp()
}
