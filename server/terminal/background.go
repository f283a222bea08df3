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
	// queryBackground asks a terminal for its background color.
	queryBackground = "\x1b]11;?\x1b\\"
	// queryTimeout is how long a session lasts at least after the query.
	queryTimeout = time.Second
)

// CanQueryBackground reports whether a terminal may be asked for its background color: it shows
// colors, and is of a kind that understands the query (see HasTitle), even if it doesn't answer.
func CanQueryBackground(term string, profile colorprofile.Profile) bool {
	return profile >= colorprofile.ANSI && HasTitle(term)
}

// HasTitle reports whether a terminal is of a kind that understands operating system commands (OSC),
// such as those for the title of the window, even if it ignores them. Others, such as the Linux
// console and Emacs, print part of them.
func HasTitle(term string) bool {
	kind, _, _ := strings.Cut(term, "-")
	kind, _, _ = strings.Cut(kind, ".")
	switch kind {
	case "xterm", "rxvt", "screen", "tmux", "alacritty", "contour", "foot", "ghostty", "gnome", "iTerm2", "kitty",
		"konsole", "mintty", "mlterm", "nsterm", "putty", "rio", "st", "vte", "wezterm":
		return true
	}
	return false
}

// backgroundQuery asks for the background color once, with the first frame. Only the first answer
// counts: a client can send any number, and each would redraw the whole screen.
//
// Answers arrive like keys. After the end of the session, the answer would be typed into the
// player's shell. So a session ends only after the answer or queryTimeout. Slower terminals, and
// those whose connection breaks, aren't covered.
//
// The zero value never asks. Its methods are safe for concurrent use.
type backgroundQuery struct {
	state    atomic.Uint32
	deadline time.Time     // for the answer; set before the query is sent
	done     chan struct{} // closed by the answer
}

// The states of a query, in order.
const (
	queryDone uint32 = iota // no query, or no longer
	queryPending
	querySent
)

// enable schedules the query.
func (q *backgroundQuery) enable() {
	q.done = make(chan struct{})
	q.state.Store(queryPending)
}

// appendQuery appends the query if it is pending. Only one goroutine may call it.
func (q *backgroundQuery) appendQuery(dst []byte) []byte {
	if q.state.Load() != queryPending {
		return dst
	}
	q.deadline = time.Now().Add(queryTimeout)
	if !q.state.CompareAndSwap(queryPending, querySent) {
		return dst
	}
	return append(dst, queryBackground...)
}

// accept reports whether an answer is the first one after the query.
func (q *backgroundQuery) accept() bool {
	if !q.state.CompareAndSwap(querySent, queryDone) {
		return false
	}
	close(q.done)
	return true
}

// wait waits for the answer to a query that was sent, until the deadline. It cancels a query that
// wasn't.
func (q *backgroundQuery) wait(ctx context.Context) {
	if q.state.CompareAndSwap(queryPending, queryDone) || q.state.Load() == queryDone {
		return
	}
	late := time.NewTimer(time.Until(q.deadline))
	defer late.Stop()
	select {
	case <-q.done:
	case <-late.C:
	case <-ctx.Done():
	}
}

// parseBackground returns the color in an answer without its terminator. Terminals write each
// component with one to four hexadecimal digits, and some add an alpha.
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
	c.A = 0xffff // what is behind a transparent background is unknown
	return c, true
}

// parseHex scales a hexadecimal fraction to 16 bits: all digits f are 65535.
func parseHex(digits []byte) (uint16, bool) {
	if len(digits) < 1 || len(digits) > 4 {
		return 0, false
	}
	var n, limit uint32
	for _, d := range digits {
		v := strings.IndexByte("0123456789abcdef", d|0x20)
		if v < 0 || d < '0' {
			return 0, false
		}
		n, limit = n<<4|uint32(v), limit<<4|0xf
	}
	return uint16(n * 0xffff / limit), true
}
