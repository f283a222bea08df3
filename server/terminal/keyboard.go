package terminal

import (
	"sync/atomic"
	"time"
	"unicode"

	uv "github.com/charmbracelet/ultraviolet"
)

const (
	// repeatWithin is how soon a key repeats at the latest. When it was pressed longer
	// ago, its release went somewhere else, as when another window came to the front.
	repeatWithin = time.Second
	// fasterThanFingers is how soon after its last press no finger presses a key again.
	fasterThanFingers = 75 * time.Millisecond
	// fewPresses is after how many presses faster than fingers the next one is a repeat.
	fewPresses = 3
)

// keyboard marks repeats that a terminal sends as presses, although it tells when keys
// are released: wezterm does so. A press is a repeat if it follows another press of the
// same key without a release in between, in either case:
//
//   - The terminal has sent a release of this key before. Some send none of Enter, for
//     example, so this is known for each key of its own.
//   - It is one of several that came as escape codes of kitty's protocol, faster than
//     fingers are.
//
// Text of an input method has no key, and so no release.
type keyboard struct {
	releases [2]uint64 // the ASCII keys that have sent a release, a bit each
	newest   rune      // the key that was pressed last, while it may be down; 0: none
	at       time.Time // when it was pressed or repeated last
	fast     int       // presses of it that were faster than fingers are

	plain atomic.Bool // the terminal is asked for no releases; any goroutine may set it
}

// press returns the key press, marked if it is a repeat. It is told whether the press
// came as an escape code of kitty's protocol.
func (k *keyboard) press(e uv.KeyPressEvent, isCode bool) uv.KeyPressEvent {
	if e.Code <= 0 || e.Code > unicode.MaxASCII || k.plain.Load() {
		return e
	}
	now := time.Now()
	since := now.Sub(k.at)
	switch {
	case e.Code != k.newest || !isCode || since >= fasterThanFingers:
		k.fast = 0
	default:
		k.fast++
	}
	if e.Code == k.newest && since < repeatWithin && k.sendsReleaseOf(e.Code) || k.fast > fewPresses {
		e.IsRepeat = true
	}
	k.newest, k.at = e.Code, now
	return e
}

// release takes the release of a key.
func (k *keyboard) release(e uv.KeyReleaseEvent) {
	if e.Code == k.newest {
		k.newest = 0
	}
	if e.Code > 0 && e.Code <= unicode.MaxASCII {
		k.releases[e.Code>>6] |= 1 << (e.Code & 63)
	}
}

func (k *keyboard) sendsReleaseOf(code rune) bool { return k.releases[code>>6]&(1<<(code&63)) != 0 }
