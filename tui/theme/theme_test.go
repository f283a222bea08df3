package theme

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// The schemes.
var (
	onDark            = Scheme{Dark, DarkBackground}
	onLight           = Scheme{Light, LightBackground}
	onUnknown         = Scheme{Auto, UnknownBackground}
	darkOnUnknown     = Scheme{Dark, UnknownBackground}
	lightOnUnknown    = Scheme{Light, UnknownBackground}
	contrastOnDark    = Scheme{Contrast, DarkBackground}
	contrastOnLight   = Scheme{Contrast, LightBackground}
	contrastOnUnknown = Scheme{Contrast, UnknownBackground}
	noColours         = Scheme{Mono, UnknownBackground}
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
func backgrounds(s Scheme) []uint32 {
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

func TestThemeColorsHaveContrast(t *testing.T) {
	const text, large, high = 4.5, 3, 7
	for _, s := range []Scheme{onDark, onLight, onUnknown, contrastOnDark, contrastOnLight} {
		k := paletteOf(s)
		least := float64(text)
		if s == onUnknown {
			least = 4.4 // no colour has more than 4.58 on both black and white
		}
		if s.Theme() == Contrast {
			least = high
		}
		ink := map[string]completeColour{
			"accent": k.accent, "lit": k.changed, "dim": k.dim, "fine": k.good, "warn": k.warn, "bad": k.bad,
			"gold": k.medals[0], "silver": k.medals[1], "bronze": k.medals[2],
		}
		for i := range gradientSteps {
			ink[fmt.Sprintf("glow %d", i)] = k.gradientStep(i)
		}
		for name, tone := range ink {
			want := least
			if tone.isDefault {
				continue
			}
			if name[:2] == "gl" && s.Theme() != Contrast {
				want = large
			}
			for _, back := range backgrounds(s) {
				for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
					if got := contrast(tone.convert(p), rgb(back)); got < want {
						t.Errorf("%v, %v: %s on %06x has %.2f, want %.1f", s.Theme(), p, name, back, got, want)
					}
				}
			}
			// What the sixteen look like is up to the terminal; this is xterm.
			c := tone.convert(colorprofile.ANSI)
			if c == nil {
				continue
			}
			if got := contrast(c, rgb(backgrounds(s)[0])); got < min(want, text) && s != onUnknown {
				t.Errorf("%v, 16 colours: %s has %.2f, want %.1f", s.Theme(), name, got, min(want, text))
			}
		}
	}
}

func TestThemeGlowIsNeverGrey(t *testing.T) {
	for _, s := range []Scheme{onDark, onLight, onUnknown, contrastOnDark, contrastOnLight} {
		for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
			k := paletteOf(s)
			for i := range gradientSteps {
				r, g, b, _ := k.gradientStep(i).convert(p).RGBA()
				if least, most := min(r, g, b), max(r, g, b); most-least < 0x6000 {
					t.Errorf("%v, %v: step %d is %04x %04x %04x", s.Theme(), p, i, r, g, b)
				}
			}
		}
	}
}

func TestThemeScheme(t *testing.T) {
	const colours = colorprofile.ANSI
	for _, c := range []struct {
		theme   Theme
		back    Background
		profile colorprofile.Profile
		want    Scheme
	}{
		{Auto, DarkBackground, colours, onDark},
		{Auto, LightBackground, colours, onLight},
		{Auto, UnknownBackground, colours, onUnknown},
		{Dark, LightBackground, colours, onDark},
		{Dark, UnknownBackground, colours, darkOnUnknown},
		{Light, DarkBackground, colours, onLight},
		{Light, UnknownBackground, colours, lightOnUnknown},
		{Contrast, DarkBackground, colours, contrastOnDark},
		{Contrast, LightBackground, colours, contrastOnLight},
		{Contrast, UnknownBackground, colours, contrastOnUnknown},
		{Mono, DarkBackground, colours, noColours},
		{Light, DarkBackground, colorprofile.ASCII, noColours},
		{Theme(200), DarkBackground, colours, onDark},
	} {
		if got := c.theme.Scheme(c.back, c.profile); got != c.want {
			t.Errorf("%v, background %v, %v: scheme %d, want %d", c.theme, c.back, c.profile, got, c.want)
		}
	}
}

// bold is the sequence of what is bold and nothing else.
var bold = ansi.Style{}.Bold().String()

func TestThemeMonoHasNoColors(t *testing.T) {
	for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI, colorprofile.ASCII} {
		styles := noColours.Styles(p)
		for _, s := range []Style{
			styles.Title, styles.Dim, styles.Frame, styles.Accent, styles.Good, styles.Warn, styles.Bad, styles.Gradient[0], styles.Changed, styles.Medals[1],
		} {
			if s := s.prefix; s != "" && s != bold {
				t.Errorf("%v: %q", p, s)
			}
		}
	}
}

// TestThemeOnUnknownBackgroundIsNeverBlackOrWhite matters because either may be the
// background.
func TestThemeOnUnknownBackgroundIsNeverBlackOrWhite(t *testing.T) {
	for _, s := range []Scheme{onUnknown, darkOnUnknown, lightOnUnknown, contrastOnUnknown} {
		k := paletteOf(s)
		tones := append([]completeColour{k.changed, k.accent, k.dim, k.frame, k.good, k.warn, k.bad}, k.medals[:]...)
		for i := range gradientSteps {
			tones = append(tones, k.gradientStep(i))
		}
		for i, tone := range tones {
			for _, p := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI} {
				switch c := tone.convert(p); c {
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
		if flash := s.Styles(colorprofile.TrueColor).Changed.prefix; flash != bold {
			t.Errorf("scheme %d: digits that have changed are written with %q, not in the terminal's own colour", s, flash)
		}
	}
}
