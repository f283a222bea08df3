package terminal

import (
	"bytes"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

const (
	// escTimeout is how long ESC may be the start of a sequence before it counts as the escape key.
	escTimeout = 50 * time.Millisecond
	// stallTimeout is how long a sequence or a paste may pause before it is dropped, so that nobody
	// is stuck in one.
	stallTimeout = 2 * time.Second
	// maxSequence is the length in bytes of the longest sequence that is decoded. No key or mouse
	// report comes near it.
	maxSequence = 128

	pasteEnd = "\x1b[201~"
)

// Control characters that cancel a sequence or end a string.
const (
	can = 0x18
	sub = 0x1a
)

// state is the kind of sequence that the decoder is in.
type state uint8

const (
	inGround    state = iota
	inEscape          // after ESC
	inRune            // inside a UTF-8 character, perhaps after ESC
	inCSI             // after ESC [
	inSS3             // after ESC O
	inX10             // in the three bytes of an X10 mouse report
	inConsole         // after ESC [ [, a function key of the Linux console
	inString          // in an OSC, DCS, APC, PM or SOS; only an OSC is of use
	inStringEnd       // after an ESC in such a string
	inPaste           // in a bracketed paste
)

// decoder turns a client's bytes into keys, mouse events and answers to queries. It splits the
// bytes into sequences, and uv.EventDecoder says what they mean. It reads each byte once, however
// long a sequence gets, so a client can't drive up memory or time, and events don't depend on how
// reads split the bytes. It is for one goroutine at a time.
type decoder struct {
	emit         func(uv.Event)
	onAttributes func() // called when the terminal reports its attributes; may be nil
	events       uv.EventDecoder
	state        state
	long         bool // the sequence doesn't fit into pending
	missing      int  // bytes missing from the character or mouse report
	matched      int  // bytes of pasteEnd seen
	n            int
	pending      [maxSequence]byte // the first n bytes of the sequence
}

// decode decodes bytes and calls emit with each event, in order.
func (d *decoder) decode(p []byte) {
	for len(p) > 0 {
		switch d.state {
		case inPaste:
			p = d.skipPaste(p)
		case inString:
			p = d.readString(p)
		default:
			for !d.step(p[0]) {
				// The byte ended a sequence without being part of it.
				continue
			}
			p = p[1:]
		}
	}
}

// timeout returns how long to wait for more bytes before calling expire, or 0 if no sequence is
// open.
func (d *decoder) timeout() time.Duration {
	switch {
	case d.state == inGround:
		return 0
	case d.isKeyAlone():
		return escTimeout
	}
	return stallTimeout
}

// expire ends an open sequence: it emits a key if the bytes are one, and drops them otherwise.
func (d *decoder) expire() {
	if d.state != inGround {
		d.abandon()
	}
}

// isKeyAlone reports whether the pending bytes are a key if nothing follows: ESC, or Alt with the
// character that starts a sequence.
func (d *decoder) isKeyAlone() bool {
	switch d.state {
	case inEscape, inStringEnd:
		return true
	case inCSI, inSS3, inString:
		return d.n == 2
	}
	return false
}

// step decodes a byte. It returns false if the byte ended the pending sequence and must be decoded
// again in the new state.
func (d *decoder) step(b byte) bool {
	switch d.state {
	case inEscape:
		return d.stepEscape(b)
	case inRune:
		if b&0xc0 != 0x80 {
			d.state = inGround
			return false
		}
		return d.collect(b)
	case inCSI:
		return d.stepCSI(b)
	case inSS3:
		switch {
		case b >= '0' && b <= '9':
			d.push(b)
			return true
		case b > ' ' && b < del:
			return d.complete(b)
		}
		return d.abandon()
	case inX10:
		if b < ' ' {
			return d.abandon()
		}
		return d.collect(b)
	case inConsole:
		d.state = inGround
		if b >= 'A' && b <= 'E' {
			d.emit(uv.KeyPressEvent{Code: uv.KeyF1 + rune(b-'A')})
		}
		return b >= ' '
	case inStringEnd:
		if b == '\\' {
			d.endString()
			return true
		}
		d.n, d.long = 1, false // the ESC starts another sequence
		d.state = inEscape
		return false
	}
	return d.stepGround(b)
}

func (d *decoder) stepGround(b byte) bool {
	d.n, d.long = 0, false
	switch {
	case b == esc:
		d.push(b)
		d.state = inEscape
	case b < utf8.RuneSelf:
		return d.complete(b)
	default:
		d.startRune(b)
	}
	return true
}

func (d *decoder) stepEscape(b byte) bool {
	switch b {
	case esc:
		return d.abandon()
	case '[':
		d.state = inCSI
	case 'O':
		d.state = inSS3
	case ']', 'P', 'X', '^', '_':
		d.state = inString
	default:
		if b < utf8.RuneSelf {
			return d.complete(b)
		}
		if !d.startRune(b) {
			return d.abandon()
		}
		return true
	}
	d.push(b)
	return true
}

func (d *decoder) stepCSI(b byte) bool {
	switch {
	case b == can || b == sub:
		d.state = inGround
		return true
	case b < ' ' || b >= del:
		return d.abandon()
	case b < '@':
		d.push(b)
		return true
	case b == 'M' && d.n == 2:
		d.push(b)
		d.state, d.missing = inX10, 3
		return true
	case b == '[' && d.n == 2:
		d.push(b)
		d.state = inConsole
		return true
	}
	if b == '_' {
		// Key presses of a Windows console, which nobody asked for: a few bytes can stand for
		// 65,535 of them.
		d.state = inGround
		return true
	}
	return d.complete(b)
}

// startRune starts a UTF-8 character. It returns false if b can't start one.
func (d *decoder) startRune(b byte) bool {
	switch {
	case b >= 0xc2 && b < 0xe0:
		d.missing = 1
	case b >= 0xe0 && b < 0xf0:
		d.missing = 2
	case b >= 0xf0 && b < 0xf5:
		d.missing = 3
	default:
		return false
	}
	d.push(b)
	d.state = inRune
	return true
}

// collect adds one of the missing bytes.
func (d *decoder) collect(b byte) bool {
	if d.missing--; d.missing == 0 {
		return d.complete(b)
	}
	d.push(b)
	return true
}

func (d *decoder) push(b byte) {
	if d.n == len(d.pending) {
		d.long = true
		return
	}
	d.pending[d.n] = b
	d.n++
}

// complete ends a sequence with its last byte.
func (d *decoder) complete(b byte) bool {
	d.push(b)
	d.state = inGround
	if !d.long {
		d.emitPending()
	}
	return true
}

// abandon ends an incomplete sequence. It returns false: the current byte isn't part of it.
func (d *decoder) abandon() bool {
	key := d.isKeyAlone()
	if d.state == inStringEnd {
		d.n, d.long = 1, false // the ESC is the key
	}
	d.state = inGround
	if key {
		d.emitPending()
	}
	return false
}

// emitPending emits what the pending bytes mean.
func (d *decoder) emitPending() {
	_, event := d.events.Decode(d.pending[:d.n])
	if several, ok := event.(uv.MultiEvent); ok {
		for _, e := range several {
			d.emitEvent(e)
		}
		return
	}
	d.emitEvent(event)
}

// isKeyCode reports whether the pending bytes are a key code of the kitty keyboard protocol.
func (d *decoder) isKeyCode() bool { return d.n > 2 && d.pending[1] == '[' && d.pending[d.n-1] == 'u' }

// endString ends a complete string and emits the background color if it contains one.
func (d *decoder) endString() {
	d.state = inGround
	if d.long {
		return
	}
	if c, ok := parseBackground(d.pending[:d.n]); ok {
		d.emit(uv.BackgroundColorEvent{Color: c})
	}
}

// emitEvent emits keys, mouse events, focus changes and cursor positions. All other sequences answer
// queries that weren't sent, or would bypass the caller's checks, such as a new window size.
func (d *decoder) emitEvent(event uv.Event) {
	switch e := event.(type) {
	case uv.PrimaryDeviceAttributesEvent:
		if d.onAttributes != nil {
			d.onAttributes()
		}
	case uv.PasteStartEvent:
		d.state, d.matched = inPaste, 0
	case uv.KeyPressEvent:
		if printable(e.Text) {
			d.emit(uv.KeyPressEvent(normalizeKey(uv.Key(e))))
		}
	case uv.KeyReleaseEvent:
		if printable(e.Text) {
			d.emit(uv.KeyReleaseEvent(normalizeKey(uv.Key(e))))
		}
	case uv.MouseClickEvent, uv.MouseReleaseEvent, uv.MouseWheelEvent, uv.MouseMotionEvent,
		uv.FocusEvent, uv.BlurEvent, uv.CursorPositionEvent:
		d.emit(e)
	}
}

// printable reports whether text is safe to show. Key protocols can use any code point as the text
// of a key, including ESC.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsGraphic(r) && r != '\u200d' || r == utf8.RuneError
	})
}

// skipPaste drops bytes up to the end of the paste and returns the rest.
func (d *decoder) skipPaste(p []byte) []byte {
	for len(p) > 0 {
		if d.matched == 0 {
			i := bytes.IndexByte(p, esc)
			if i < 0 {
				return nil
			}
			p = p[i:]
		}
		switch p[0] {
		case pasteEnd[d.matched]:
			d.matched++
		case esc:
			d.matched = 1
		default:
			d.matched = 0
		}
		p = p[1:]
		if d.matched == len(pasteEnd) {
			d.state = inGround
			break
		}
	}
	return p
}

// readString reads up to the end of the string, keeps its first bytes and returns the rest.
func (d *decoder) readString(p []byte) []byte {
	for i, b := range p {
		switch b {
		case bel:
			d.endString()
			return p[i+1:]
		case can, sub:
			d.state = inGround
			return p[i+1:]
		case esc:
			d.state = inStringEnd
			return p[i+1:]
		}
		d.push(b)
	}
	return nil
}
