package terminal

import (
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/colorprofile"
)

const (
	syncStart = "\x1b[?2026h"
	syncEnd   = "\x1b[?2026l"

	// enter takes the screen: alternate screen, cursor hidden, lines not
	// wrapped, mouse clicks in SGR form, pastes marked, keys as escape codes.
	// Terminals that know these codes keep a stack of them for each screen.
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?1000h\x1b[?1006h\x1b[?2004h" + keysPush
	// leave undoes enter in the opposite order. It clears the screen before,
	// for terminals that have only one.
	leave = syncEnd + keysPop + "\x1b[m\x1b[2J\x1b[H" +
		"\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?7h\x1b[?25h\x1b[?1049l"

	// keysPush asks a terminal that speaks the kitty keyboard protocol to tell
	// presses, repeats (2) and releases apart, of all keys (1, 8), text keys
	// included. So that they mean what they do elsewhere, whatever the layout,
	// they come with their text (16), without which there is no / on a German
	// keyboard and no _ on any, and with the key of a US keyboard in their place
	// (4), without which there is no Ctrl-C on a Russian one.
	keysPush = "\x1b[>31u"
	keysPop  = "\x1b[<u"

	// eol ends a line of the farewell. It erases what a terminal has left there that
	// puts the screen back only later, as dvtm does.
	eol = "\x1b[K\r\n"

	// maxPooled is the largest buffer, in bytes, that is kept for later frames.
	maxPooled = 64 << 10
)

// buffers holds what frames are written from. A client needs one only while
// one of its frames is on its way.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// writer brings frames to one client. show never blocks; step writes the newest
// frame there is as the difference to what it really sent before. Frames that
// come while a write is stuck replace each other.
type writer struct {
	out        io.Writer
	fail       func(error) // ends the session
	abort      func()      // closes the connection
	stuckAfter time.Duration
	watchdog   watchdog
	cache      *Cache
	traffic    *Traffic
	profile    colorprofile.Profile
	question   question
	pace       pace // of the goroutine that calls step
	asksLast   bool // the terminal is asked for its attributes when all is given back

	wake    chan struct{} // holds one token while there may be something new
	done    chan struct{} // closed by end
	aborted chan struct{} // closed when the connection of a stuck write was closed

	sent   frame // what the client shows; its epoch is 0 until it shows anything
	broken bool  // a write has failed

	mu       sync.Mutex
	next     frame // what to show; its size and epoch are those of the next call of show
	shown    bool  // whether show was called since the last resize
	fresh    bool  // whether it was since the last take
	over     bool
	farewell string
}

// newWriter returns a writer for the output, profile and size in cfg. It
// reports to fail why it cannot go on.
func newWriter(cfg Config, fail func(error)) *writer {
	w := &writer{
		out:        cfg.Out,
		fail:       fail,
		abort:      cfg.Abort,
		stuckAfter: cfg.StuckAfter,
		cache:      cfg.Cache,
		traffic:    cfg.Traffic,
		profile:    cfg.Profile,
		asksLast:   cfg.RoundTrip != nil,
		wake:       cfg.Wake,
		done:       make(chan struct{}),
		aborted:    make(chan struct{}),
		next:       frame{profile: cfg.Profile, keyboard: cfg.Keyboard},
	}
	if w.wake == nil {
		w.wake = make(chan struct{}, 1)
	}
	if w.stuckAfter <= 0 {
		w.stuckAfter = defaultStuckAfter
	}
	if cfg.AskBackground {
		w.question.prepare()
	}
	w.resize(cfg.Width, cfg.Height)
	return w
}

// resize says how large the client's screen is now. The frame that is shown
// next is drawn completely, even if the size is the old one again: what the
// client made of its screen in between is not known.
func (w *writer) resize(width, height int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next.width, w.next.height = width, height
	w.next.epoch++
	w.shown = false
}

// size returns the size of the client's screen in columns and rows.
func (w *writer) size() (width, height int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next.width, w.next.height
}

// show says which layers to show from now on; step does so when it is called. It
// does not block. The layers must never be changed.
func (w *writer) show(own, shared []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next.own, w.next.shared = own, shared
	w.shown, w.fresh = true, true
}

// useKeyboard has the next frame ask for a keyboard. It does not block.
func (w *writer) useKeyboard(k Keyboard) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next.keyboard = k
}

// finish has step give the screen back. It does not block.
func (w *writer) finish(farewell string) {
	w.mu.Lock()
	w.over, w.farewell = true, farewell
	w.mu.Unlock()
	w.poke()
}

func (w *writer) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take returns the newest frame, whether there is one that was not taken, and
// whether the session is over.
func (w *writer) take() (newest frame, fresh, over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if fresh = w.fresh && w.shown; fresh {
		w.fresh = false
	}
	return w.next, fresh, w.over
}

// begin, step and end are for one goroutine: step writes the newest frame, if it
// is not written yet, and reports whether it was the last one.
func (w *writer) begin() { w.watchdog.init(w.stuckAfter, w.giveUp) }

func (w *writer) end() {
	w.watchdog.stop()
	w.pace.stop()
	close(w.done)
}

func (w *writer) step() (over bool) {
	newest, fresh, over := w.take()
	if over && !w.broken {
		w.leave(w.sent.epoch > 0)
	}
	if over || w.broken || !fresh {
		return over
	}
	newest.settle(&w.sent)
	written, err := w.write(func(dst []byte) []byte { return w.question.ask(appendFrame(dst, w.sent, newest, w.cache)) })
	if err != nil {
		w.fail(err)
		w.broken = true
	}
	w.pace.charge(written + newest.made(&w.sent)/rendered)
	w.sent = newest
	return false
}

// ready reports whether it is time for another frame. If not, the writer is woken
// when it is.
func (w *writer) ready() bool { return w.pace.ready(w.poke) }

// appendFrame appends what turns one frame into another in one go, and nothing
// if they look the same. The first frame also takes the screen.
func appendFrame(dst []byte, sent, next frame, cache *Cache) []byte {
	start := len(dst)
	if sent.epoch == 0 {
		dst = next.keyboard.appendEnter(dst)
	} else if dst = next.keyboard.appendChange(dst, sent.keyboard); len(dst) > start {
		start = len(dst) // it has to be written in any case
	}
	dst = append(dst, syncStart...)
	n := len(dst)
	if dst = appendDiff(dst, sent, next, cache); len(dst) == n {
		return dst[:start]
	}
	return append(dst, syncEnd...)
}

// leave gives the screen back, if it was taken, and writes the farewell.
func (w *writer) leave(taken bool) {
	_, err := w.write(func(dst []byte) []byte {
		if taken {
			dst = append(dst, leave...)
		}
		if w.farewell != "" {
			end := "\r\n"
			if taken {
				end = eol
			}
			dst = appendLines(dst, w.farewell, end, w.profile)
		}
		if taken && w.asksLast {
			dst = append(dst, askAttributes...)
		}
		return dst
	})
	if err != nil {
		w.fail(err)
	}
}

// write writes what compose appends, in one Write, and nothing if it appends
// nothing, and returns how many bytes that are. A panic in compose is an error.
func (w *writer) write(compose func(dst []byte) []byte) (n int, err error) {
	buf, _ := buffers.Get().(*[]byte)
	defer func() {
		if v := recover(); v != nil {
			err = panicError("output", v)
		}
	}()
	*buf = compose((*buf)[:0])
	if n = len(*buf); n > 0 {
		err = w.send(*buf)
	}
	if cap(*buf) <= maxPooled {
		buffers.Put(buf)
	}
	return n, err
}

// send writes p under the eyes of the watchdog.
func (w *writer) send(p []byte) error {
	w.watchdog.begin()
	_, err := w.out.Write(p)
	if !w.watchdog.end() {
		<-w.aborted
		return ErrStuck
	}
	if err == nil {
		w.traffic.wrote(len(p))
	}
	return err
}

// giveUp ends the session of a client that does not read. The write returns
// when the connection is closed.
func (w *writer) giveUp() {
	w.fail(ErrStuck)
	w.abort()
	close(w.aborted)
}

// stuck waits until end was called or a stuck write was given up, and reports
// whether that was it. It is to be called after finish.
func (w *writer) stuck() bool {
	select {
	case <-w.done:
	case <-w.aborted:
	}
	select {
	case <-w.aborted:
		return true
	default:
		return false
	}
}
