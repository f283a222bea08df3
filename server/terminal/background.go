package terminal

import (
	"bytes"
	"context"
	imagecolor "image/color"
	"strings"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/colorprofile"
)

const (
	// askBackground asks a terminal for the color of its background.
	askBackground = "\x1b]11;?\x1b\\"
	// answerTime is how long a session goes on at least after it has asked.
	answerTime = time.Second
)

// AsksBackground reports whether a terminal is to be asked for the color of its
// background: one that shows colors, and of a kind that is known to read the
// question as one, whether or not it answers. Others may print a part of it, as
// the console of Linux and that of Emacs do.
func AsksBackground(term string, profile colorprofile.Profile) bool {
	if profile < colorprofile.ANSI {
		return false
	}
	kind, _, _ := strings.Cut(term, "-")
	kind, _, _ = strings.Cut(kind, ".")
	switch kind {
	case "xterm", "rxvt", "screen", "tmux", "alacritty", "contour", "foot", "ghostty", "gnome", "iTerm2", "kitty",
		"konsole", "mintty", "mlterm", "nsterm", "putty", "rio", "st", "vte", "wezterm":
		return true
	}
	return false
}

// question is the one for the background. It is asked once, with the first frame,
// and the first answer after that is the only one that counts: a client can send
// any number, and each would have the whole screen drawn anew.
//
// An answer comes in as keys do. If it came when the session is over, it would be
// typed into the player's shell. So a session does not end before its question is
// answered, or answerTime has passed since it was asked. What is not promised: that
// a terminal which takes longer, or whose connection breaks meanwhile, finds
// somebody who reads the answer.
//
// The zero value never asks. Its methods are for any goroutine.
type question struct {
	state atomic.Uint32
	late  time.Time     // when to wait no more; set before it is asked
	done  chan struct{} // closed when it is answered
}

// The states of a question, one after the other.
const (
	settled uint32 = iota // there is nothing to ask, or to hear, any more
	unasked
	asked
)

// prepare has ask ask.
func (q *question) prepare() {
	q.done = make(chan struct{})
	q.state.Store(unasked)
}

// ask appends the question if it is still to be asked. One goroutine calls it.
func (q *question) ask(dst []byte) []byte {
	if q.state.Load() != unasked {
		return dst
	}
	q.late = time.Now().Add(answerTime)
	if !q.state.CompareAndSwap(unasked, asked) {
		return dst
	}
	return append(dst, askBackground...)
}

// answer takes an answer, and reports whether it is the one that counts.
func (q *question) answer() bool {
	if !q.state.CompareAndSwap(asked, settled) {
		return false
	}
	close(q.done)
	return true
}

// await waits for the answer of a question that was asked, for as long as it may
// take, and has none asked later.
func (q *question) await(ctx context.Context) {
	if q.state.CompareAndSwap(unasked, settled) || q.state.Load() == settled {
		return
	}
	late := time.NewTimer(time.Until(q.late))
	defer late.Stop()
	select {
	case <-q.done:
	case <-late.C:
	case <-ctx.Done():
	}
}

// parseBackground returns the color in an answer without its end. Terminals write
// each part with one to four hexadecimal digits, and some add an alpha.
func parseBackground(answer []byte) (c imagecolor.RGBA64, ok bool) {
	answer, ok = bytes.CutPrefix(answer, []byte("\x1b]11;rgb"))
	if !ok {
		return c, false
	}
	answer, alpha := bytes.CutPrefix(answer, []byte("a"))
	if answer, ok = bytes.CutPrefix(answer, []byte(":")); !ok {
		return c, false
	}
	parts := []*uint16{&c.R, &c.G, &c.B}
	if alpha {
		parts = append(parts, &c.A)
	}
	for i, part := range parts {
		digits, rest, more := bytes.Cut(answer, []byte("/"))
		if *part, ok = parseHex(digits); !ok || more != (i < len(parts)-1) {
			return c, false
		}
		answer = rest
	}
	c.A = 0xffff // the background behind the background is not known
	return c, true
}

// parseHex returns what some digits are of all that as many can be, in 1/65535.
func parseHex(digits []byte) (uint16, bool) {
	if len(digits) < 1 || len(digits) > 4 {
		return 0, false
	}
	var n, most uint32
	for _, d := range digits {
		v := strings.IndexByte("0123456789abcdef", d|0x20)
		if v < 0 || d < '0' {
			return 0, false
		}
		n, most = n<<4|uint32(v), most<<4|0xf
	}
	return uint16(n * 0xffff / most), true
}
