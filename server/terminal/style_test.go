package terminal

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestStyleTransitions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	colors := []color{0, basicColor + 1, basicColor + 15, indexedColor + 200, rgbColor + 0x102030}
	random := func() style {
		s := style{
			fg: colors[rnd.IntN(len(colors))], bg: colors[rnd.IntN(len(colors))], ul: colors[rnd.IntN(len(colors))],
			attrs: attrs(rnd.IntN(256)),
		}
		if s.ul&colorKind == basicColor {
			s.ul = 0
		}
		s.setUnderline(rnd.IntN(6))
		return s
	}
	palette := palette{profile: colorprofile.TrueColor}
	for range 10_000 {
		from, to := random(), random()
		written := string(appendStyle(nil, from, to))
		got := from
		for seq := range strings.SplitSeq(strings.TrimPrefix(written, "\x1b["), "\x1b[") {
			if params, ok := strings.CutSuffix(seq, "m"); ok {
				got.apply(params, &palette)
			}
		}
		if got != to {
			t.Fatalf("%+v to %+v: %q leads to %+v", from, to, written, got)
		}
	}
}

func TestStyleParsesAllColorForms(t *testing.T) {
	for params, want := range map[string]style{
		"38;5;200":            {fg: indexedColor + 200},
		"38:5:200":            {fg: indexedColor + 200},
		"48;2;1;2;3":          {bg: rgbColor + 0x010203},
		"48:2:1:2:3":          {bg: rgbColor + 0x010203},
		"48:2::1:2:3":         {bg: rgbColor + 0x010203},
		"58:2::1:2:3":         {ul: rgbColor + 0x010203},
		"38;5;200;1":          {fg: indexedColor + 200, attrs: bold},
		"38:5:200;1":          {fg: indexedColor + 200, attrs: bold},
		"38;5":                {},
		"38;7;1":              {},
		"1;38":                {attrs: bold},
		"97;107":              {fg: basicColor + 15, bg: basicColor + 15},
		"4:3":                 {attrs: 3 << underlineShift},
		"4:3;24":              {},
		"4:9":                 {},
		"1;;2":                {attrs: faint},
		"99999999999999999;1": {attrs: bold},
	} {
		var got style
		got.apply(params, &palette{profile: colorprofile.TrueColor})
		if got != want {
			t.Errorf("%s: %+v, want %+v", params, got, want)
		}
	}
}
