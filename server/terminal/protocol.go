package terminal

import (
	"strconv"
	"strings"
)

// Keyboard is how much a terminal that speaks the kitty keyboard protocol is asked to tell
// of its keys. Others ignore the question.
type Keyboard uint8

// What can be asked of a keyboard.
const (
	// EveryKey comes as an escape code, repeats and releases included.
	EveryKey Keyboard = iota
	// TextAsText has keys that type something send just that, and input methods work
	// as they always did. Other keys come as codes.
	TextAsText
	// PlainKeys send what they would without the protocol.
	PlainKeys
)

// KeyboardOf returns what can be asked of a client's terminal, judged by the environment
// that it sent. With keys that type as escape codes, iTerm2 loses what input methods
// type, or crashes.
func KeyboardOf(environ []string) Keyboard {
	for _, kv := range environ {
		switch kv {
		case "LC_TERMINAL=iTerm2", "TERM_PROGRAM=iTerm.app":
			return TextAsText
		}
	}
	return EveryKey
}

// appendPush appends what asks for the keyboard, so that keysPop takes it back.
func (k Keyboard) appendPush(dst []byte) []byte {
	flags := [...]int64{EveryKey: 31, TextAsText: 7, PlainKeys: 0}
	dst = append(dst, "\x1b[>"...)
	return append(strconv.AppendInt(dst, flags[k], 10), 'u')
}

// appendEnter appends what takes the screen, with the keyboard.
func (k Keyboard) appendEnter(dst []byte) []byte {
	return k.appendPush(append(dst, strings.TrimSuffix(enter, keysPush)...))
}

// appendChange appends what turns the keyboard before into this one.
func (k Keyboard) appendChange(dst []byte, before Keyboard) []byte {
	if k == before {
		return dst
	}
	return k.appendPush(append(dst, keysPop...))
}
