package screen

import (
	"slices"
	"unicode"
)

// usLetters are the letters of a US keyboard, key by key. otherLetters are those of keyboards
// without Latin letters in the same order: Russian, Greek, Hebrew, Arabic and Korean. A dot is a
// key with another sign or several letters.
const (
	usLetters    = "qwertyuiop" + "asdfghjkl" + "zxcvbnm"
	otherLetters = "йцукенгшщз" + "фывапролд" + "ячсмить" +
		".ςερτυθιοπ" + "ασδφγηξκλ" + "ζχψωβνμ" +
		"..קראטוןםפ" + "שדגכעיחלך" + "זסבהנמצ" +
		"ضصثقفغعهخح" + "شسيبلاتنم" + "ئءؤر.ىة" +
		"ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ" + "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ" + "ㅋㅌㅊㅍㅠㅜㅡ"
)

// commandLetter returns the command key for a letter. Capitals count as small letters, because Caps
// Lock may be on. A letter of another alphabet stands for the key in the same place on a US
// keyboard, as reported by the terminal or else on the alphabet's usual keyboard.
func commandLetter(r, onUSKeyboard rune) rune {
	r = unicode.ToLower(r)
	switch {
	case r <= unicode.MaxASCII, unicode.Is(unicode.Latin, r), !unicode.IsLetter(r):
		return r
	case onUSKeyboard != 0:
		return unicode.ToLower(onUSKeyboard)
	}
	if i := slices.Index([]rune(otherLetters), r); i >= 0 {
		return rune(usLetters[i%len(usLetters)])
	}
	return r
}
