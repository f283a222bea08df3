package screen

import (
	"slices"
	"unicode"
)

// onUS are the letters of a US keyboard, key by key; elsewhere are those of keyboards that
// have no Latin letters, in the same order: Russian, Greek, Hebrew, Arabic and Korean.
// Where a key has another sign there, or several letters, there is a dot.
const (
	onUS      = "qwertyuiop" + "asdfghjkl" + "zxcvbnm"
	elsewhere = "йцукенгшщз" + "фывапролд" + "ячсмить" +
		".ςερτυθιοπ" + "ασδφγηξκλ" + "ζχψωβνμ" +
		"..קראטוןםפ" + "שדגכעיחלך" + "זסבהנמצ" +
		"ضصثقفغعهخح" + "شسيبلاتنم" + "ئءؤر.ىة" +
		"ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ" + "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ" + "ㅋㅌㅊㅍㅠㅜㅡ"
)

// commandLetter is the letter that a player means who presses one while nothing is
// typed. Capitals are the same, because Caps Lock may be on. The letters of alphabets that
// have no command keys stand for those in their place on a US keyboard: as the terminal
// says, if it does, else as the usual keyboard of the alphabet has it.
func commandLetter(r, onUSKeyboard rune) rune {
	r = unicode.ToLower(r)
	switch {
	case r <= unicode.MaxASCII, unicode.Is(unicode.Latin, r), !unicode.IsLetter(r):
		return r
	case onUSKeyboard != 0:
		return unicode.ToLower(onUSKeyboard)
	}
	if i := slices.Index([]rune(elsewhere), r); i >= 0 {
		return rune(onUS[i%len(onUS)])
	}
	return r
}
