package tui

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// luminance is how bright a colour is, as WCAG 2 defines it.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

// contrast is how much two colours stand out from each other.
func contrast(a, b color.Color) float64 {
	high, low := luminance(a), luminance(b)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

// backgrounds are those that a scheme is made for: black or white, and what
// people who like neither have instead.
func backgrounds(s scheme) []uint32 {
	switch s {
	case onLight:
		return []uint32{0xFFFFFF, 0xFAFAFA, 0xF5F5F0}
	case contrastOnLight:
		return []uint32{0xFFFFFF, 0xFDF6E3}
	case contrastOnDark:
		return []uint32{0x000000, 0x282C34}
	default:
		return []uint32{0x000000, 0x16161D, 0x1E1E2E, 0x282C34}
	}
}

func TestEveryColourStandsOutFromItsBackground(t *testing.T) {
	const text, large, high = 4.5, 3, 7
	for _, s := range []scheme{onDark, onLight, contrastOnDark, contrastOnLight} {
		k := inksOf(s)
		least := float64(text)
		if themeOf(s) == Contrast {
			least = high
		}
		ink := map[string]tone{
			"accent": k.accent, "lit": k.lit, "dim": k.dim, "fine": k.fine, "warn": k.warn, "bad": k.bad,
			"gold": k.medals[0], "silver": k.medals[1], "bronze": k.medals[2],
		}
		for i := range glowSteps {
			ink[fmt.Sprintf("glow %d", i)] = k.glowing(i)
		}
		for name, tone := range ink {
			want := least
			if name[:2] == "gl" && themeOf(s) != Contrast {
				want = large
			}
			for _, back := range backgrounds(s) {
				for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
					if got := contrast(tone.in(p), rgb(back)); got < want {
						t.Errorf("%v, %v: %s on %06x has %.2f, want %.1f", themeOf(s), p, name, back, got, want)
					}
				}
			}
			// What the sixteen look like is up to the terminal; this is xterm.
			c := tone.in(colorprofile.ANSI)
			if c == nil {
				continue
			}
			if got := contrast(c, rgb(backgrounds(s)[0])); got < min(want, text) {
				t.Errorf("%v, 16 colours: %s has %.2f, want %.1f", themeOf(s), name, got, min(want, text))
			}
		}
	}
}

func TestNoPartOfTheGlowIsGrey(t *testing.T) {
	for _, s := range []scheme{onDark, onLight, contrastOnDark, contrastOnLight} {
		for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
			k := inksOf(s)
			for i := range glowSteps {
				r, g, b, _ := k.glowing(i).in(p).RGBA()
				if least, most := min(r, g, b), max(r, g, b); most-least < 0x6000 {
					t.Errorf("%v, %v: step %d is %04x %04x %04x", themeOf(s), p, i, r, g, b)
				}
			}
		}
	}
}

func TestASchemeIsWhatTheChoiceComesTo(t *testing.T) {
	const colours = colorprofile.ANSI
	for _, c := range []struct {
		theme   Theme
		dark    bool
		profile colorprofile.Profile
		want    scheme
	}{
		{Auto, true, colours, onDark},
		{Auto, false, colours, onLight},
		{Dark, false, colours, onDark},
		{Light, true, colours, onLight},
		{Contrast, true, colours, contrastOnDark},
		{Contrast, false, colours, contrastOnLight},
		{Mono, true, colours, colourless},
		{Light, true, colorprofile.ASCII, colourless},
		{Theme(200), true, colours, onDark},
	} {
		if got := schemeOf(c.theme, c.dark, c.profile); got != c.want {
			t.Errorf("%v, dark %v, %v: scheme %d, want %d", c.theme, c.dark, c.profile, got, c.want)
		}
	}
}

func TestMonochromeHasNoColours(t *testing.T) {
	for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI, colorprofile.ASCII} {
		pal := newPalette(colourless, p)
		for _, s := range []style{pal.title, pal.dim, pal.frame, pal.own, pal.fine, pal.warn, pal.bad, pal.glow[0], pal.lit, pal.medals[1]} {
			if s != "" && s != style(ansi.Style{}.Bold().String()) {
				t.Errorf("%v: %q", p, s)
			}
		}
	}
}
