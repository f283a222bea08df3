package terminal

import "strconv"

// Keyboard is how much a terminal reports about its keys, if it supports the kitty keyboard
// protocol. Others ignore the request.
type Keyboard uint8

// The levels of the protocol.
const (
	// EveryKey reports every key as an escape code, including repeats and releases.
	EveryKey Keyboard = iota
	// TextAsText reports keys that type something as text, so that input methods work as usual.
	// Other keys are escape codes.
	TextAsText
	// PlainKeys turns the protocol off.
	PlainKeys
)

// KeyboardOf returns the level for a client's environment. If keys that type are escape codes,
// iTerm2 loses the text of input methods, or crashes.
func KeyboardOf(environ []string) Keyboard {
	for _, kv := range environ {
		switch kv {
		case "LC_TERMINAL=iTerm2", "TERM_PROGRAM=iTerm.app":
			return TextAsText
		}
	}
	return EveryKey
}

// appendPush appends the request for the keyboard, which keysPop reverts. EveryKey asks for presses,
// repeats (2) and releases of all keys (1, 8), and for two fields that make them mean the same on
// every layout: the text (16), for "/" on a German keyboard, and the key in the same place on a US
// keyboard (4), for Ctrl-C on a Russian one.
func (k Keyboard) appendPush(dst []byte) []byte {
	flags := [...]int64{EveryKey: 31, TextAsText: 7, PlainKeys: 0}
	dst = append(dst, "\x1b[>"...)
	return append(strconv.AppendInt(dst, flags[k], 10), 'u')
}

// appendChange appends the change from another level.
func (k Keyboard) appendChange(dst []byte, before Keyboard) []byte {
	if k == before {
		return dst
	}
	return k.appendPush(append(dst, keysPop...))
}
