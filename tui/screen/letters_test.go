package screen

import (
	"reflect"
	"testing"
	"unicode"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func TestKeyLettersOfOtherAlphabets(t *testing.T) {
	if n := utf8.RuneCountInString(otherLetters); n%len(usLetters) != 0 {
		t.Errorf("%d letters are no whole keyboards", n)
	}
	for _, c := range []struct {
		text string
		base rune // what the terminal says of the key
		want string
	}{
		{"q", 0, "q"},
		{"Q", 0, "q"},
		{"й", 0, "q"},
		{"Й", 0, "q"},
		{"й", 'q', "q"},
		{"Й", 'Q', "q"},
		{"љ", 'q', "q"}, // a Serbian keyboard, of which only the terminal tells
		{"љ", 0, "љ"},
		{"е", 'e', "e"}, // which is t on a Russian one
		{"е", 0, "t"},
		{"д", 0, "l"},
		{"τ", 0, "t"},
		{"Ν", 0, "n"},
		{"ק", 0, "e"},
		{"ض", 0, "q"},
		{"ㅂ", 0, "q"},
		{"z", 'y', "z"}, // a German keyboard
		{"ö", ';', "ö"},
		{"ı", 'i', "ı"},
		{"世", 'q', "q"},
		{"世", 0, "世"},
		{"?", 0, "?"},
		{"é", '2', "é"},
		{"٣", '3', "٣"},
		{"qq", 0, ""},
	} {
		if got := KeyOf(tea.KeyPressMsg{Code: 'x', Text: c.text, BaseCode: c.base}).String(); got != c.want {
			t.Errorf("%q at the place of %q is %q, want %q", c.text, c.base, got, c.want)
		}
	}
}

// TestKeysAreLowercaseASCII holds because a key is never named after another letter.
func TestKeysAreLowercaseASCII(t *testing.T) {
	var check func(v reflect.Value)
	check = func(v reflect.Value) {
		for i := range v.NumField() {
			if f := v.Field(i); f.Type() != reflect.TypeFor[key.Binding]() {
				if f.Kind() == reflect.Struct {
					check(f)
				}
				continue
			}
			b := key.NewBinding() // the field's, which is not exported
			reflect.ValueOf(&b).Elem().Set(reflect.NewAt(v.Field(i).Type(), v.Field(i).Addr().UnsafePointer()).Elem())
			for _, k := range b.Keys() {
				if r, n := utf8.DecodeRuneInString(k); n == len(k) && (r > unicode.MaxASCII || unicode.IsUpper(r)) {
					t.Errorf("%s is bound to %q, which nobody can press", v.Type().Field(i).Name, k)
				}
			}
		}
	}
	check(reflect.ValueOf(NewKeys(Permissions{Board: true, Dashboard: true})).Elem())
}
