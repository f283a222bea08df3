package tui

import (
	"slices"
	"unicode"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
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

// escapeHeldBack reports whether a key press may be two: Esc, which GNU screen holds back
// until the next key comes, and that key. Both look as if Alt was held. Then it returns
// the second one. Keys that mean something together with Alt are not split.
func (m Model) escapeHeldBack(msg tea.KeyPressMsg) (second tea.KeyPressMsg, ok bool) {
	if msg.Mod&^tea.ModShift != tea.ModAlt || msg.Code > unicode.MaxRune || m.meansSomethingWithAlt(msg) {
		return msg, false
	}
	k := tea.Key(msg)
	k.Mod &^= tea.ModAlt
	if unicode.IsPrint(k.Code) {
		k.Text = string(k.Code)
		if k.Mod == tea.ModShift && k.ShiftedCode != 0 {
			k.Text = string(k.ShiftedCode)
		}
	}
	return tea.KeyPressMsg(k), true
}

// meansSomethingWithAlt reports whether the field into which is typed has its own use for
// a key with Alt.
func (m Model) meansSomethingWithAlt(msg tea.KeyPressMsg) bool {
	in := m.field()
	if in == nil {
		return false
	}
	k, keys := stroke(tea.Key(msg).Keystroke()), in.KeyMap
	return k.is(keys.WordForward) || k.is(keys.WordBackward) || k.is(keys.DeleteWordForward) || k.is(keys.DeleteWordBackward)
}

// field is what is typed into; nil if nothing is.
func (m Model) field() *textinput.Model {
	switch {
	case m.help != nil:
		return nil
	case m.dash != nil && m.dash.prompt != nil && m.dash.prompt.question == "":
		return m.dash.prompt.input
	case m.dash != nil:
		return m.dash.input
	case m.lead != nil:
		return m.lead.input
	}
	return nil
}
