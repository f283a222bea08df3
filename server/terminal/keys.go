package terminal

import (
	"unicode"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

// locks are modifiers that only change the text of a key.
const locks = uv.ModCapsLock | uv.ModNumLock

// normalizeKey returns the key that a terminal without the kitty keyboard protocol would have sent,
// so that every key does the same on both kinds. Only repeats and releases are additional.
func normalizeKey(k uv.Key) uv.Key {
	if k.Text != "" && k.Code == uv.KeySpace && k.Mod == uv.ModCtrl {
		k.Code, k.Mod = textCode(k.Text), 0 // code 0 is text of an input method
	}
	switch { // the Japanese wide space, and the no-break space of Alt+Space
	case unicode.Is(unicode.Zs, textCode(k.Text)):
		k.Code, k.Text = uv.KeySpace, " "
		k.Mod &= locks
	case unicode.Is(unicode.Zs, k.Code):
		k.Code = uv.KeySpace
	}
	if k.Code < unicode.MaxASCII {
		// The place on a US keyboard only matters for letters that aren't Latin. On a Dvorak
		// keyboard it would turn another key into Ctrl-C.
		k.BaseCode = 0
	}
	if code, ok := keypad[k.Code]; ok && k.Text == "" {
		k.Code = code
	}
	switch mod := k.Mod &^ locks; mod {
	case uv.ModShift:
		switch k.Code {
		case uv.KeySpace, uv.KeyEnter, uv.KeyBackspace, uv.KeyEscape:
			k.Mod &^= uv.ModShift
		}
	case uv.ModCtrl:
		switch k.Code {
		case 'i', 'm', '[': // Tab, Enter and Esc
			k.Code &= 0x1f
			k.Mod &^= uv.ModCtrl
		}
	}
	return k
}

// textCode returns the code of a key that is known only by its text.
func textCode(text string) rune {
	if r, n := utf8.DecodeRuneInString(text); n == len(text) {
		return r
	}
	return uv.KeyExtended
}

// keypad maps keypad keys without text to the ordinary keys.
var keypad = map[rune]rune{
	uv.KeyKpEnter: uv.KeyEnter, uv.KeyKpDelete: uv.KeyDelete, uv.KeyKpHome: uv.KeyHome, uv.KeyKpEnd: uv.KeyEnd,
	uv.KeyKpUp: uv.KeyUp, uv.KeyKpDown: uv.KeyDown, uv.KeyKpLeft: uv.KeyLeft, uv.KeyKpRight: uv.KeyRight,
	uv.KeyKpPgUp: uv.KeyPgUp, uv.KeyKpPgDown: uv.KeyPgDown,
}
