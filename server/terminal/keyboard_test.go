package terminal

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// times returns a slice with n equal strings.
func times(n int, what string) []string { return slices.Repeat([]string{what}, n) }

func TestKeyboardMarksRepeatsSentAsPresses(t *testing.T) {
	const ms = time.Millisecond
	const press, release, tap = "\x1b[32;1u", "\x1b[32;1:3u", "\x1b[32;1u\x1b[32;1:3u"
	type typing struct {
		pause time.Duration // before each
		keys  []string
	}
	for _, c := range []struct {
		what    string
		typed   []typing
		presses int // of space and enter; all other presses are repeats
	}{
		{"a held key before any release", []typing{{400 * ms, times(2, press)}, {33 * ms, times(58, press)}, {33 * ms, times(1, release)}}, 5},
		{"one that repeats at 52 ms", []typing{{400 * ms, times(2, press)}, {52 * ms, times(78, press)}, {52 * ms, times(1, release)}}, 5},
		{"a slow repeat after a release", []typing{{0, times(1, tap)}, {500 * ms, times(2, press)}, {120 * ms, times(30, press)}, {0, times(1, release)}}, 2},
		{"two held keys, one after the other", []typing{{0, times(1, tap)}, {33 * ms, times(30, press)}, {33 * ms, times(1, release)}, {33 * ms, times(30, press)}}, 3},
		{"a few presses at once, of which no release comes", []typing{{0, times(4, press)}}, 4},
		{"fast taps", []typing{{20 * ms, times(60, tap)}}, 60},
		{"taps of a terminal that sends no releases", []typing{{90 * ms, times(60, press)}}, 60},
		{"bytes of a terminal without the protocol", []typing{{5 * ms, times(60, " ")}}, 60},
		{"bytes with releases as codes", []typing{{100 * ms, times(5, " "+release)}, {91 * ms, times(20, " ")}}, 6},
		{"enter, of which no release comes", []typing{{100 * ms, times(5, tap)}, {100 * ms, times(20, "\r")}}, 25},
		{"a release that went elsewhere", []typing{{100 * ms, times(3, tap)}, {100 * ms, times(1, press)}, {time.Second, times(1, press)}}, 5},
		{"another key in between", []typing{{100 * ms, times(3, tap)}, {100 * ms, []string{press, "x", press}}}, 5},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newTypist(t)
				presses := 0
				for _, typing := range c.typed {
					for _, keys := range typing.keys {
						pause(typing.pause)
						p.write(t, keys)
						for _, e := range p.got() {
							if e == "space" || e == "enter" {
								presses++
							} else if e != "repeat space" && e != "release space" && e != "x" {
								t.Errorf("%q is %q", keys, e)
							}
						}
					}
				}
				if presses != c.presses {
					t.Errorf("%d presses, want %d", presses, c.presses)
				}
				p.hangUp(t)
			})
		})
	}
}

func TestKeyboardInputMethodTextIsNoRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTypist(t)
		p.write(t, "\x1b[32;1u\x1b[32;1:3u"+strings.Repeat("\x1b[0;;229u", 5)+strings.Repeat("é", 5))
		p.expect(t, "text", append([]string{"space", "release space"}, append(times(5, "å"), times(5, "é")...)...)...)
		p.hangUp(t)
	})
}
