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
	case onUnknown:
		return []uint32{0x000000, 0xFFFFFF}
	default:
		return []uint32{0x000000, 0x16161D, 0x1E1E2E, 0x282C34}
	}
}

func TestEveryColourStandsOutFromItsBackground(t *testing.T) {
	const text, large, high = 4.5, 3, 7
	for _, s := range []scheme{onDark, onLight, onUnknown, contrastOnDark, contrastOnLight} {
		k := inksOf(s)
		least := float64(text)
		if s == onUnknown {
			least = 4.4 // no colour has more than 4.58 on both black and white
		}
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
			if tone.own {
				continue
			}
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
			if got := contrast(c, rgb(backgrounds(s)[0])); got < min(want, text) && s != onUnknown {
				t.Errorf("%v, 16 colours: %s has %.2f, want %.1f", themeOf(s), name, got, min(want, text))
			}
		}
	}
}

func TestNoPartOfTheGlowIsGrey(t *testing.T) {
	for _, s := range []scheme{onDark, onLight, onUnknown, contrastOnDark, contrastOnLight} {
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
		back    backdrop
		profile colorprofile.Profile
		want    scheme
	}{
		{Auto, darkBackdrop, colours, onDark},
		{Auto, lightBackdrop, colours, onLight},
		{Auto, unknownBackdrop, colours, onUnknown},
		{Dark, lightBackdrop, colours, onDark},
		{Dark, unknownBackdrop, colours, darkOnUnknown},
		{Light, darkBackdrop, colours, onLight},
		{Light, unknownBackdrop, colours, lightOnUnknown},
		{Contrast, darkBackdrop, colours, contrastOnDark},
		{Contrast, lightBackdrop, colours, contrastOnLight},
		{Contrast, unknownBackdrop, colours, contrastOnUnknown},
		{Mono, darkBackdrop, colours, colourless},
		{Light, darkBackdrop, colorprofile.ASCII, colourless},
		{Theme(200), darkBackdrop, colours, onDark},
	} {
		if got := schemeOf(c.theme, c.back, c.profile); got != c.want {
			t.Errorf("%v, backdrop %v, %v: scheme %d, want %d", c.theme, c.back, c.profile, got, c.want)
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

// TestNothingIsWhiteOrBlackOnAnUnknownBackground: either may be the background.
func TestNothingIsWhiteOrBlackOnAnUnknownBackground(t *testing.T) {
	for _, s := range []scheme{onUnknown, darkOnUnknown, lightOnUnknown, contrastOnUnknown} {
		k := inksOf(s)
		tones := append([]tone{k.lit, k.accent, k.dim, k.frame, k.fine, k.warn, k.bad}, k.medals[:]...)
		for i := range glowSteps {
			tones = append(tones, k.glowing(i))
		}
		for i, tone := range tones {
			for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI} {
				switch c := tone.in(p); c {
				case nil:
				case ansi.Black, ansi.White, ansi.BrightWhite:
					t.Errorf("scheme %d, %v: tone %d is %v", s, p, i, c)
				default:
					if y := luminance(c); p > colorprofile.ANSI && (y < 0.03 || y > 0.85) {
						t.Errorf("scheme %d, %v: tone %d has luminance %.2f", s, p, i, y)
					}
				}
			}
		}
		if flash := newPalette(s, colorprofile.TrueColor).lit; flash != style(ansi.Style{}.Bold().String()) {
			t.Errorf("scheme %d: digits that have changed are written with %q, not in the terminal's own colour", s, flash)
		}
	}
}
