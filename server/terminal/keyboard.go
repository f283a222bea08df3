package terminal

import (
	"sync/atomic"
	"time"
	"unicode"

	uv "github.com/charmbracelet/ultraviolet"
)

const (
	// maxRepeatDelay is the longest delay before a held key repeats. If it was pressed longer ago,
	// its release went elsewhere, such as to another window.
	maxRepeatDelay = time.Second
	// minPressInterval is shorter than a finger takes to press a key again.
	minPressInterval = 75 * time.Millisecond
	// maxFastPresses is how many presses faster than that may follow each other before the next one
	// counts as a repeat.
	maxFastPresses = 3
)

// keyboard marks repeats that a terminal sends as presses although it reports releases, as wezterm
// does. A press is a repeat if it follows another press of the same key without a release, and
// either:
//
//   - The terminal has sent a release of this key before. Some terminals never send one for some
//     keys, such as Enter, so this is tracked per key.
//   - It is one of several kitty key codes that came faster than fingers can type.
//
// Text of an input method has no key and no release.
type keyboard struct {
	releases    [2]uint64 // the ASCII keys that have sent a release, one bit each
	lastKey     rune      // the last key pressed, if it may still be down; 0: none
	lastTime    time.Time // when it was last pressed or repeated
	fastPresses int       // presses of it that were faster than fingers

	plain atomic.Bool // no releases are requested; any goroutine may set it
}

// press returns the key press, marked if it is a repeat. isCode says whether it came as a kitty key
// code.
func (k *keyboard) press(e uv.KeyPressEvent, isCode bool) uv.KeyPressEvent {
	if e.Code <= 0 || e.Code > unicode.MaxASCII || k.plain.Load() {
		return e
	}
	now := time.Now()
	since := now.Sub(k.lastTime)
	switch {
	case e.Code != k.lastKey || !isCode || since >= minPressInterval:
		k.fastPresses = 0
	default:
		k.fastPresses++
	}
	if e.Code == k.lastKey && since < maxRepeatDelay && k.sendsReleaseOf(e.Code) || k.fastPresses > maxFastPresses {
		e.IsRepeat = true
	}
	k.lastKey, k.lastTime = e.Code, now
	return e
}

func (k *keyboard) release(e uv.KeyReleaseEvent) {
	if e.Code == k.lastKey {
		k.lastKey = 0
	}
	if e.Code > 0 && e.Code <= unicode.MaxASCII {
		k.releases[e.Code>>6] |= 1 << (e.Code & 63)
	}
}

func (k *keyboard) sendsReleaseOf(code rune) bool { return k.releases[code>>6]&(1<<(code&63)) != 0 }
