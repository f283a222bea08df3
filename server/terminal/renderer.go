package terminal

import (
	"sync"
	"time"

	"clickky/server/terminal/ascii"
)

const (
	syncStart = "\x1b[?2026h"
	syncEnd   = "\x1b[?2026l"

	// enter switches to the alternate screen: cursor hidden, no line wrapping, mouse clicks in SGR
	// form, bracketed paste. The request for the keyboard comes after it, because terminals keep a
	// stack of such requests for each screen.
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?1000h\x1b[?1006h\x1b[?2004h"
	// leave reverts enter in the opposite order. It clears the screen first, for terminals that
	// have only one.
	leave = syncEnd + keysPop + "\x1b[m\x1b[2J\x1b[H" +
		"\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?7h\x1b[?25h\x1b[?1049l"

	keysPop = "\x1b[<u"

	// titlePush and titlePop save and restore the title of the window on a stack that most terminals
	// have. The others go back to their own title when it is set to nothing.
	titlePush, titlePop  = "\x1b[22;2t", titleStart + titleEnd + "\x1b[23;2t"
	titleStart, titleEnd = "\x1b]2;", "\x1b\\"
	// bellPause is the time between two bells, at least.
	bellPause = time.Minute

	// eol ends a line of the farewell. It also erases the rest of the line, for terminals such as
	// dvtm that restore their screen only later.
	eol = "\x1b[K\r\n"

	// maxPooled is the largest buffer, in bytes, that is reused.
	maxPooled = 64 << 10
)

// buffers pools the output buffers. A client needs one only while a frame is being written.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// renderer writes frames to one client. setFrame never blocks; step writes the newest frame as the
// difference to what was really sent. Frames that arrive during a stuck write replace each other.
type renderer struct {
	cfg        Config
	fail       func(error) // ends the session
	watchdog   watchdog
	background query        // for the background color
	width      query        // for the width of a character; see queryWidth
	limiter    frameLimiter // for the goroutine that calls step
	lastBell   time.Time

	done    chan struct{} // closed by end
	aborted chan struct{} // closed when the connection of a stuck write was closed

	sent   frame // what the client shows; its epoch is 0 until it shows anything
	failed bool  // a write has failed

	mu       sync.Mutex
	next     frame // the newest frame; its size and epoch are for the next setFrame
	hasFrame bool  // setFrame was called since the last resize
	dirty    bool  // setFrame was called since the last step
	closing  bool
	farewell string
}

// newRenderer returns a renderer for a terminal. It reports to fail why it can't go on.
func newRenderer(cfg Config, fail func(error)) *renderer {
	r := &renderer{
		cfg:     cfg,
		fail:    fail,
		done:    make(chan struct{}),
		aborted: make(chan struct{}),
		next:    frame{profile: cfg.Profile, keyboard: cfg.Keyboard},
	}
	r.limiter.wake = r.wakeUp
	if cfg.Wake == nil {
		r.cfg.Wake = make(chan struct{}, 1)
	}
	if cfg.StuckAfter <= 0 {
		r.cfg.StuckAfter = defaultStuckAfter
	}
	if cfg.QueryBackground {
		r.background.enable(queryBackground)
	}
	if cfg.OnWide != nil && cfg.Height > 1 {
		r.width.enable(queryWidth)
	}
	r.resize(cfg.Width, cfg.Height)
	return r
}

// resize sets the size of the client's screen. The next frame is drawn completely, even if the size
// is unchanged, because the client may have changed its screen in between.
func (r *renderer) resize(width, height int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next.width, r.next.height = width, height
	r.next.epoch++
	r.hasFrame = false
}

// size returns the size of the client's screen in columns and rows.
func (r *renderer) size() (width, height int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next.width, r.next.height
}

// setFrame sets the layers that the next step shows. It never blocks. The layers must never be
// modified.
func (r *renderer) setFrame(own, shared []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next.own, r.next.shared = own, shared
	r.hasFrame, r.dirty = true, true
}

// setModes sets whether the next frame turns the kitty keyboard protocol off, and whether that frame,
// the title and the farewell are in ASCII. It never blocks.
func (r *renderer) setModes(plainKeys, ascii bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next.keyboard, r.next.ascii = r.cfg.Keyboard, ascii
	if plainKeys {
		r.next.keyboard = PlainKeys
	}
}

// setAttention sets the title of the next frame, and how often the bell has rung by then. It never
// blocks.
func (r *renderer) setAttention(title string, bells uint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cfg.Title && printable(title) {
		if r.next.ascii {
			title = ascii.Text(title)
		}
		r.next.title = title
	}
	r.next.bells = bells
}

// close makes step restore the screen. It never blocks.
func (r *renderer) close(farewell string) {
	r.mu.Lock()
	r.closing, r.farewell = true, farewell
	r.mu.Unlock()
	r.wakeUp()
}

func (r *renderer) wakeUp() {
	select {
	case r.cfg.Wake <- struct{}{}:
	default:
	}
}

// newest returns the newest frame, whether step hasn't written it yet, and whether the session is
// over.
func (r *renderer) newest() (newest frame, dirty, closing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if dirty = r.dirty && r.hasFrame; dirty {
		r.dirty = false
	}
	return r.next, dirty, r.closing
}

// begin, step and end are for one goroutine. step writes the newest frame if it is new, and reports
// whether the session is over.
func (r *renderer) begin() { r.watchdog.init(r.cfg.StuckAfter, r.abortStuck) }

func (r *renderer) end() {
	r.watchdog.timer.Stop()
	r.limiter.stop()
	close(r.done)
}

func (r *renderer) step() (closing bool) {
	newest, dirty, closing := r.newest()
	if closing && !r.failed {
		r.leave(newest.ascii)
	}
	if closing || r.failed || !dirty {
		return closing
	}
	newest.checkWidths(&r.sent)
	written, err := r.write(func(dst []byte) []byte {
		if r.sent.epoch == 0 {
			dst = r.width.appendQuery(newest.keyboard.appendPush(append(dst, enter...)))
		} else {
			dst = newest.keyboard.appendChange(dst, r.sent.keyboard)
		}
		dst = r.appendAttention(appendFrame(dst, r.sent, newest, r.cfg.Cache), &newest)
		return r.background.appendQuery(dst)
	})
	if err != nil {
		r.fail(err)
		r.failed = true
	}
	r.limiter.charge(written + newest.renderedBytes(&r.sent)/renderedPerWritten)
	r.sent = newest
	return false
}

// ready reports whether the next frame may be rendered. If not, the renderer is woken when it may.
func (r *renderer) ready() bool { return r.limiter.ready() }

// appendFrame appends a synchronized update from one frame to the next; nothing if they look the
// same.
func appendFrame(dst []byte, sent, next frame, cache *Cache) []byte {
	start := len(dst)
	dst = append(dst, syncStart...)
	n := len(dst)
	if dst = appendDiff(dst, sent, next, cache); len(dst) == n {
		return dst[:start]
	}
	return append(dst, syncEnd...)
}

// appendAttention appends a new title, and a bell unless one rang in the last minute. The first title
// is saved before.
func (r *renderer) appendAttention(dst []byte, next *frame) []byte {
	if next.title != r.sent.title {
		if r.sent.title == "" {
			dst = append(dst, titlePush...)
		}
		dst = append(append(append(dst, titleStart...), next.title...), titleEnd...)
	}
	if next.bells != r.sent.bells && time.Since(r.lastBell) >= bellPause {
		r.lastBell = time.Now()
		dst = append(dst, '\a')
	}
	return dst
}

// leave restores the screen, if it was switched, and writes the farewell.
func (r *renderer) leave(ascii bool) {
	taken := r.sent.epoch > 0
	_, err := r.write(func(dst []byte) []byte {
		if taken {
			dst = append(dst, leave...)
			if r.sent.title != "" {
				dst = append(dst, titlePop...)
			}
		}
		if r.farewell != "" {
			end := "\r\n"
			if taken {
				end = eol
			}
			dst = appendLines(dst, r.farewell, end, r.cfg.Profile, ascii)
		}
		if taken && r.cfg.RoundTrip != nil {
			dst = append(dst, queryAttributes...)
		}
		return dst
	})
	if err != nil {
		r.fail(err)
	}
}

// write writes what compose appends in one Write, or nothing if that is empty, and returns the
// number of bytes. A panic in compose becomes an error.
func (r *renderer) write(compose func(dst []byte) []byte) (n int, err error) {
	buf, _ := buffers.Get().(*[]byte)
	defer func() {
		if v := recover(); v != nil {
			err = panicError("output", v)
		}
	}()
	*buf = compose((*buf)[:0])
	if n = len(*buf); n > 0 {
		err = r.send(*buf)
	}
	if cap(*buf) <= maxPooled {
		buffers.Put(buf)
	}
	return n, err
}

// send writes p under the watchdog.
func (r *renderer) send(p []byte) error {
	r.watchdog.begin()
	_, err := r.cfg.Out.Write(p)
	if !r.watchdog.end() {
		<-r.aborted
		return ErrStuck
	}
	if err == nil {
		r.cfg.Traffic.add(len(p))
	}
	return err
}

// abortStuck ends the session of a client that doesn't read. The write returns once the connection
// is closed.
func (r *renderer) abortStuck() {
	r.fail(ErrStuck)
	r.cfg.Abort()
	close(r.aborted)
}

// waitStuck waits until end was called or a stuck write was aborted, and reports which. Call it
// after close.
func (r *renderer) waitStuck() bool {
	select {
	case <-r.done:
	case <-r.aborted:
	}
	select {
	case <-r.aborted:
		return true
	default:
		return false
	}
}
