// Package terminal shows a Bubble Tea model on a client's terminal that is
// reached through an [io.Reader] and an [io.Writer], such as an SSH channel.
// It takes the place of Bubble Tea's own input reader and renderer, and
// guarantees:
//
//   - Nothing that a client sends grows memory, costs more than linear time, or
//     ends the process. Input is read no faster than the model takes it.
//   - The model does not wait for a client that does not read, and frames do not queue
//     up. A client stuck for Config.StuckAfter is cut off.
//   - The client gets the difference between what it really shows and the newest
//     frame, in one Write, and nothing if there is none.
//   - However a session ends, the client's terminal is as it was before, unless
//     the connection is gone.
//   - What the client's terminal still sends when the screen was given back is dropped
//     here, and does not reach the player's shell, within three seconds.
//   - Text of the model reaches the terminal, its styles (SGR) and its links
//     (OSC 8), and no other control sequence.
//   - A key is the same message on a terminal that speaks the kitty keyboard
//     protocol as on any other. Where it does, repeats of a held key are marked
//     and releases arrive as such.
//   - Pasted text never reaches the model; neither do sizes that the client
//     states by itself, and of the terminal's answers only the first one to the
//     one question that is asked: what its background is.
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

// Errors that say how a session ended, besides those of the context and of
// writing.
var (
	// ErrHungUp means that the client's bytes ended.
	ErrHungUp = errors.New("terminal: the client hung up")
	// ErrStuck means that the client took no output for Config.StuckAfter.
	ErrStuck = errors.New("terminal: the client isn't reading")
)

const (
	defaultStuckAfter = 20 * time.Second

	// maxSide is the largest width and height in cells that is believed.
	maxSide = 1000
)

// Config says what a terminal is connected to.
type Config struct {
	In  io.Reader // the client's bytes
	Out io.Writer // the client's terminal

	// Abort, which must not be nil, closes the connection, so that a stuck Write
	// on Out returns. It is called at most once, from a goroutine of its own, and
	// must not block.
	Abort func()

	// Width and Height are the size in cells. Sizes below 1 or above 1,000 are
	// taken as these.
	Width, Height int

	Environ []string             // the client's environment, for the model
	Profile colorprofile.Profile // the colors that the client can show

	// Next, if not nil, returns what has happened outside of the terminal since
	// it was called last, one message for the model after the other, and nil when
	// there is nothing more. A tea.WindowSizeMsg is as if the terminal were
	// resized, all others are as if they were sent. It is called by the
	// goroutine that writes, so not while a Write is stuck, and must not block.
	Next func() tea.Msg
	// Wake, which has room for one value, gets one when there may be something
	// for Next. It is needed with Next only.
	Wake chan struct{}

	// Events is how many events of the client the model gets a second for long:
	// keys, mouse events, answers. Some more may come at once; what is above that
	// is dropped. 0: all.
	Events int

	// Activity, if not nil, is called for each key or mouse button that is
	// pressed, repeats of a held key excepted, before the model gets it. It
	// must not block.
	Activity func()

	// AskBackground has the terminal asked once, when it takes the screen, what
	// its background is; see AsksBackground. The model gets what it answers, if
	// it does, as a tea.BackgroundColorMsg.
	AskBackground bool

	// RoundTrip, if not nil, goes to the client and back. It returns when the client
	// has got what was written before, or is gone. With it, a session that has taken the
	// screen drops what comes in for some time after it has given the screen back, lest
	// the player's shell reads it.
	RoundTrip func() error

	// Keyboard is what the terminal can be asked to tell of its keys; see KeyboardOf.
	Keyboard Keyboard

	// Cache is what this terminal has in common with others; nil: nothing.
	Cache *Cache

	// Traffic, if not nil, counts what is written, here and on other terminals.
	Traffic *Traffic

	// StuckAfter is how long a Write may take before the client is given up;
	// 0 is 20 s.
	StuckAfter time.Duration
}

// Terminal is one model on one client's terminal. Its methods are safe for use
// by several goroutines.
type Terminal struct {
	activity func()
	next     func() tea.Msg
	program  *tea.Program
	screen   *screen
	writer   *writer
	input    *input
	drain    drain
	ctx      context.Context
	cancel   context.CancelCauseFunc
	running  sync.WaitGroup // the goroutines that Wait waits for
}

// New returns a terminal that shows the model once Run is called. If the model
// that is left at the end has a method Farewell() string, its text, which may
// be styled, is written after the screen was given back. While a method
// PlainKeys() bool of the model returns true, the kitty keyboard protocol is off.
func New(model tea.Model, cfg Config) *Terminal {
	cfg.Width, cfg.Height = clamp(cfg.Width, cfg.Height)
	t := &Terminal{activity: cfg.Activity, next: cfg.Next}
	if t.next == nil {
		t.next = func() tea.Msg { return nil }
	}
	t.ctx, t.cancel = context.WithCancelCause(context.Background())
	t.writer = newWriter(cfg, t.cancel)
	t.drain.init(cfg.RoundTrip)
	t.input = newInput(cfg.In, cfg.Events, t.pass, t.cancel)
	t.input.decoder.answer = t.drain.answer
	t.screen = &screen{model: model, writer: t.writer, started: t.stopTicker, usePlainKeys: t.usePlainKeys(cfg.Keyboard)}
	t.program = tea.NewProgram(t.screen,
		tea.WithContext(t.ctx),
		tea.WithInput(nil),
		tea.WithOutput(io.Discard),
		tea.WithoutRenderer(),
		tea.WithoutSignalHandler(),
		tea.WithFPS(1),
		// A nil environment would be the server's own.
		tea.WithEnvironment(append([]string{}, cfg.Environ...)),
		tea.WithColorProfile(cfg.Profile),
		tea.WithWindowSize(cfg.Width, cfg.Height),
	)
	return t
}

// usePlainKeys returns what switches the kitty keyboard protocol off, and back to what
// it was.
func (t *Terminal) usePlainKeys(otherwise Keyboard) func(bool) {
	return func(plain bool) {
		t.input.keyboard.plain.Store(plain)
		if plain {
			t.writer.useKeyboard(PlainKeys)
		} else {
			t.writer.useKeyboard(otherwise)
		}
	}
}

// Run shows the model until it quits, the client hangs up or is stuck, the
// context ends, or something panics. It gives the terminal back and returns the
// model as it was last, and why the session ended: nil if the model quit, the
// cause of the context, [ErrHungUp], [ErrStuck], an error of reading or
// writing, or one that wraps [tea.ErrProgramPanic] or [tea.ErrInterrupted]. It
// can be called once. The reader may still be reading then; see [Terminal.Wait].
func (t *Terminal) Run(ctx context.Context) (tea.Model, error) {
	stop := context.AfterFunc(ctx, func() { t.cancel(context.Cause(ctx)) })
	defer stop()
	t.running.Go(t.write)
	t.running.Go(func() { t.drain.read(t.input) })

	_, err := t.program.Run()
	if cause := context.Cause(t.ctx); err != nil && cause != nil && !errors.Is(err, tea.ErrProgramPanic) {
		err = cause
	}
	if !t.writer.asksLast { // the last answer comes behind this one
		t.writer.question.await(t.ctx)
	}
	t.cancel(nil)
	t.drain.begin()
	t.writer.finish(t.screen.farewell())
	switch {
	case t.writer.stuck():
		err = ErrStuck
	case t.writer.asksLast && t.writer.sent.epoch > 0:
		t.drain.wait(&t.running)
	}
	t.drain.end()
	return t.screen.last(), err
}

// write waits for what happens, and writes what comes of it, until the session
// is over.
func (t *Terminal) write() {
	t.writer.begin()
	defer t.writer.end()
	var size tea.Msg // the newest, which waits for its frame
	for over := false; !over; over = t.writer.step() {
		<-t.writer.wake
		for msg := t.next(); msg != nil; msg = t.next() {
			if _, ok := msg.(tea.WindowSizeMsg); ok {
				size = msg
			} else {
				t.take(msg)
			}
		}
		if !t.writer.ready() {
			continue
		}
		if size, ok := size.(tea.WindowSizeMsg); ok {
			t.resize(size.Width, size.Height)
		}
		size = nil
		t.guard(t.screen.show)
	}
}

// take passes a message to the model, to which Bubble Tea's own messages mean nothing
// in particular. It returns when the model has taken it, which never depends on the
// client; if a command comes of it, when the Program has taken that or the session is
// over, for which Run has to be called.
func (t *Terminal) take(msg tea.Msg) {
	t.guard(func() {
		if cmd := t.screen.update(msg); cmd != nil {
			t.program.Send(follow{cmd})
		}
	})
}

// guard calls what belongs to the model, and ends the session if that panics.
func (t *Terminal) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			t.cancel(fmt.Errorf("%w: %w", tea.ErrProgramPanic, panicError("model", v)))
		}
	}()
	f()
}

// resize says that the client's terminal has a new size in cells, with the bounds of
// Config.Width. It blocks as take does.
func (t *Terminal) resize(width, height int) {
	width, height = clamp(width, height)
	t.writer.resize(width, height)
	t.take(tea.WindowSizeMsg{Width: width, Height: height})
}

// Wait waits until nothing of the terminal runs any more. It is to be called
// after Run has returned and In and Out were closed, so that no Read and no
// Write is left.
func (t *Terminal) Wait() {
	t.running.Wait()
}

// stopTicker stops the ticker, and its goroutine, that the Program flushes its
// renderer with: it has none. The Program's own release of the terminal does
// that; it also waits half a second for an input reader, so it has its own
// goroutine. It may only be called once the Program has set the ticker up.
func (t *Terminal) stopTicker() {
	t.running.Go(func() {
		// With nothing to write and no tty to restore there is no error.
		_ = t.program.ReleaseTerminal()
	})
}

// pass gives an event of the decoder to the model.
func (t *Terminal) pass(event uv.Event) {
	if t.drain.begun() {
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
		if !t.writer.question.answer() {
			return
		}
	}
	if e, ok := event.(uv.MouseEvent); ok && !t.inside(e.Mouse()) {
		return
	}
	if !t.input.budget.allows() {
		return
	}
	if active && t.activity != nil {
		t.activity()
	}
	if redraw {
		t.resize(t.writer.size()) // something else may have written to the terminal
		t.writer.poke()
		return
	}
	t.program.Send(event)
}

// inside reports whether a mouse event is on the screen. A client can state any
// position.
func (t *Terminal) inside(m uv.Mouse) bool {
	width, height := t.writer.size()
	return m.X >= 0 && m.Y >= 0 && m.X < width && m.Y < height
}

// clamp returns a size that models can work with.
func clamp(width, height int) (int, int) {
	return min(max(width, 1), maxSide), min(max(height, 1), maxSide)
}
