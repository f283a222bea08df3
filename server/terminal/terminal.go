// Package terminal shows a Bubble Tea model on a client's terminal, connected by an [io.Reader] and
// an [io.Writer] such as an SSH channel, in place of Bubble Tea's input reader and renderer.
//   - No input grows memory, takes more than linear time, or ends the process.
//   - Nothing waits for a client that doesn't read, not even [Terminal.Send]. Such a client is
//     disconnected after Config.StuckAfter.
//   - The client gets the difference between what it really shows and the newest frame.
//   - When a session ends, the client's terminal is as before, unless the connection is gone.
//   - Only text, styles (SGR), links (OSC 8) and the window title of the model reach the terminal,
//     and its bell once a minute.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
)

// Errors that end a session, besides those of the context and of writing.
var (
	// ErrHungUp means that the client's input ended.
	ErrHungUp = errors.New("terminal: the client hung up")
	// ErrStuck means that the client read no output for Config.StuckAfter.
	ErrStuck = errors.New("terminal: the client isn't reading")
)

const (
	defaultStuckAfter = 20 * time.Second

	// tickerTime is how long the Program's ticker runs. It ticks once a second.
	tickerTime = 2 * time.Second

	// maxSide is the largest accepted width and height in cells.
	maxSide = 1000
)

// Config describes a client's terminal.
type Config struct {
	In  io.Reader // the client's input
	Out io.Writer // the client's terminal

	// Abort closes the connection, so that a stuck Write on Out returns. It must not be nil, and
	// must not block. It is called at most once, in a goroutine of its own.
	Abort func()

	// Width and Height are the size in cells, clamped to 1 to 1,000.
	Width, Height int

	Environ []string             // the client's environment, for the model
	Profile colorprofile.Profile // the colors that the client can show

	// Next, if not nil, returns the next message for the model from outside the terminal, or nil if
	// there is none. A tea.WindowSizeMsg resizes the terminal; all others are handled like Send.
	// The goroutine that writes calls it, so never while a Write is stuck. It must not block.
	Next func() tea.Msg
	// Wake has capacity 1 and receives a value when Next may have messages. It is only needed with
	// Next.
	Wake chan struct{}

	// Events limits the client's keys, mouse events and answers per second. A burst beyond it is
	// allowed; more are dropped. 0 is unlimited.
	Events int

	// Activity, if not nil, is called for each press of a key or mouse button, except repeats,
	// before the model gets it. It must not block.
	Activity func()

	// QueryBackground asks the terminal once for its background color; see CanQueryBackground. The model
	// gets the answer as a tea.BackgroundColorMsg.
	QueryBackground bool

	// OnWide, if not nil, is the message that the model gets if the terminal doesn't draw the
	// characters of the screen in one column each, as the renderer expects. The terminal is asked once.
	OnWide tea.Msg

	// Title shows the model's title (see [Model]) as that of the window, and restores the window's own
	// at the end; see HasTitle.
	Title bool

	// RoundTrip, if not nil, returns when the client has received everything written before, or is
	// gone. With it, a session with a screen drops input for some time after it has restored the
	// screen, so that the player's shell doesn't read it.
	RoundTrip func() error

	// Keyboard is what the terminal reports about its keys; see KeyboardOf.
	Keyboard Keyboard

	// Cache is shared with other terminals; nil: nothing is shared.
	Cache *Cache

	// Traffic, if not nil, counts what this and other terminals write.
	Traffic *Traffic

	// StuckAfter is how long a Write may take before the client is disconnected; 0 is 20 s.
	StuckAfter time.Duration
}

// Terminal shows one model on one client's terminal. Its methods are safe for concurrent use.
type Terminal struct {
	program  *tea.Program
	screen   *screenModel
	renderer *renderer
	input    *input
	drain    drain
	ctx      context.Context
	cancel   context.CancelCauseFunc
	running  sync.WaitGroup // the goroutines that Wait waits for
}

// New returns a terminal that shows the model once Run is called.
func New(model Model, cfg Config) *Terminal {
	cfg.Width, cfg.Height = clamp(cfg.Width, cfg.Height)
	if cfg.Next == nil {
		cfg.Next = func() tea.Msg { return nil }
	}
	t := &Terminal{}
	t.ctx, t.cancel = context.WithCancelCause(context.Background())
	t.renderer = newRenderer(cfg, t.cancel)
	t.drain.init(cfg.RoundTrip)
	t.input = newInput(cfg.In, cfg.Events, t.handleEvent, t.cancel)
	t.input.decoder.onAttributes = t.drain.onAttributes
	t.screen = &screenModel{model: model, renderer: t.renderer, plainKeys: &t.input.keyboard.plain, onStart: t.stopTicker}
	t.program = tea.NewProgram(t.screen,
		tea.WithContext(t.ctx),
		tea.WithInput(nil),
		tea.WithOutput(io.Discard),
		tea.WithoutRenderer(),
		tea.WithoutSignalHandler(),
		tea.WithFPS(1),
		// A nil environment would be the server's.
		tea.WithEnvironment(append([]string{}, cfg.Environ...)),
		tea.WithColorProfile(cfg.Profile),
		tea.WithWindowSize(cfg.Width, cfg.Height),
	)
	return t
}

// Run shows the model until it quits, the client hangs up or is stuck, the context ends, or
// something panics. It restores the screen and returns why the session ended: nil if the model
// quit, the cause of the context, [ErrHungUp], [ErrStuck], an error of reading or writing, or one
// that wraps [tea.ErrProgramPanic] or [tea.ErrInterrupted]. It may be called once. The reader may
// still be reading when it returns; see [Terminal.Wait].
func (t *Terminal) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { t.cancel(context.Cause(ctx)) })
	defer stop()
	t.running.Go(t.renderLoop)
	t.running.Go(func() { t.drain.read(t.input) })

	_, err := t.program.Run()
	if cause := context.Cause(t.ctx); err != nil && cause != nil && !errors.Is(err, tea.ErrProgramPanic) {
		err = cause
	}
	t.cancel(nil)
	t.drain.begun.Store(true)
	t.renderer.close(t.screen.farewell())
	switch {
	case t.renderer.waitStuck():
		err = ErrStuck
	case t.renderer.cfg.RoundTrip != nil && t.renderer.sent.epoch > 0:
		t.drain.wait(&t.running)
	}
	t.drain.stop()
	return err
}

// renderLoop delivers messages and writes frames until the session ends.
func (t *Terminal) renderLoop() {
	t.renderer.begin()
	defer t.renderer.end()
	cfg := &t.renderer.cfg
	var size tea.Msg // the newest one, applied with the next frame
	for over := false; !over; over = t.renderer.step() {
		<-cfg.Wake
		for msg := cfg.Next(); msg != nil; msg = cfg.Next() {
			if _, ok := msg.(tea.WindowSizeMsg); ok {
				size = msg
			} else {
				t.deliver(msg)
			}
		}
		if !t.renderer.ready() {
			continue
		}
		if size, ok := size.(tea.WindowSizeMsg); ok {
			t.resize(size.Width, size.Height)
		}
		size = nil
		t.recoverPanic(t.screen.render)
	}
}

// deliver is Send for the goroutine that renders afterwards anyway.
func (t *Terminal) deliver(msg tea.Msg) {
	t.recoverPanic(func() {
		if cmd := t.screen.update(msg); cmd != nil {
			t.program.Send(runCmd{cmd})
		}
	})
}

// recoverPanic calls code of the model and ends the session if it panics.
func (t *Terminal) recoverPanic(f func()) {
	defer func() {
		if v := recover(); v != nil {
			t.cancel(fmt.Errorf("%w: %w", tea.ErrProgramPanic, panicError("model", v)))
		}
	}()
	f()
}

// resize is Resize for the goroutine that renders.
func (t *Terminal) resize(width, height int) {
	width, height = clamp(width, height)
	t.renderer.resize(width, height)
	t.deliver(tea.WindowSizeMsg{Width: width, Height: height})
}

// Wait waits for all goroutines of the terminal. Call it after Run has returned and In and Out are
// closed, so that no Read or Write is pending.
func (t *Terminal) Wait() {
	t.running.Wait()
}

// stopTicker stops the Program's ticker for its renderer, which it doesn't have. Releasing the
// terminal does that; it also waits half a second for an input reader, so it runs in a goroutine,
// and only after tickerTime, so that Wait takes no time after a short session.
// It must be called after the Program has started the ticker.
func (t *Terminal) stopTicker() {
	t.running.Go(func() {
		select {
		case <-time.After(tickerTime):
			// With nothing to write and no tty to restore there is no error.
			_ = t.program.ReleaseTerminal()
		case <-t.ctx.Done(): // the Program stops the ticker itself
		}
	})
}

// handleEvent passes an event of the decoder to the model.
func (t *Terminal) handleEvent(event uv.Event) {
	if t.drain.begun.Load() {
		return
	}
	active, redraw := false, false
	switch e := event.(type) {
	case uv.KeyPressEvent:
		active = !e.IsRepeat
		redraw = e.Code == 'l' && e.Mod == uv.ModCtrl
	case uv.MouseClickEvent, uv.MouseWheelEvent:
		active = true
	case uv.BackgroundColorEvent:
		if !t.renderer.background.accept() {
			return
		}
	case uv.CursorPositionEvent:
		// The character takes two columns on a terminal with wide characters, and more than one if
		// the terminal doesn't use UTF-8, even if it ignores the eighth bit of each byte.
		if e.Y == 1 && t.renderer.width.accept() && e.X != 1 {
			t.program.Send(t.renderer.cfg.OnWide)
		}
		return
	}
	if e, ok := event.(uv.MouseEvent); ok && !t.isOnScreen(e.Mouse()) {
		return
	}
	if !t.input.limiter.allow() {
		return
	}
	if activity := t.renderer.cfg.Activity; active && activity != nil {
		activity()
	}
	if redraw {
		t.resize(t.renderer.size()) // something else may have written to the terminal
		t.renderer.wakeUp()
		return
	}
	t.program.Send(event)
}

// isOnScreen reports whether a mouse event is on the screen. A client can claim any position.
func (t *Terminal) isOnScreen(m uv.Mouse) bool {
	width, height := t.renderer.size()
	return m.X >= 0 && m.Y >= 0 && m.X < width && m.Y < height
}

// clamp returns a size that models can handle.
func clamp(width, height int) (int, int) {
	return min(max(width, 1), maxSide), min(max(height, 1), maxSide)
}
