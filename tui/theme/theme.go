// Package theme has the themes that players choose from, and turns a theme into lipgloss styles for
// a background and a colour profile.
package theme

import (
	"image/color"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Theme is a player's choice of colours.
type Theme uint8

// The themes. Auto is Dark or Light, depending on the terminal's background.
const (
	Auto     Theme = iota
	Dark           // for a dark background
	Light          // for a light one
	Contrast       // few colours with high contrast, for any background
	Mono           // no colours
)

var themeNames = [...]string{"auto", "dark", "light", "high contrast", "monochrome"}

// String returns the name of the theme.
func (t Theme) String() string {
	if int(t) < len(themeNames) {
		return themeNames[t]
	}
	return themeNames[Auto]
}

// completeColour is a colour at every depth. Of the 16 basic colours it names the one closest in
// meaning, because terminals redefine them and the nearest one is often unreadable.
type completeColour struct {
	rgb   uint32
	basic color.Color // nil: the terminal's default foreground
	// indexed is one of the 256 colours; 0 is the one nearest to rgb.
	indexed   uint8
	isDefault bool // the terminal's default foreground, at every depth
}

// convert returns the colour for a profile; nil without colours.
func (c completeColour) convert(p colorprofile.Profile) color.Color {
	switch {
	case p < colorprofile.ANSI, c.isDefault:
		return nil
	case p == colorprofile.ANSI:
		return c.basic
	case p == colorprofile.ANSI256 && c.indexed != 0:
		return ansi.IndexedColor(c.indexed)
	default:
		return p.Convert(rgb(c.rgb))
	}
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// palette holds the colours of a scheme. Text has a contrast of at least 4.5:1 to the background,
// large digits 3:1. Only frame may have less.
type palette struct {
	gradient [2]completeColour // of the large digits, top and bottom
	changed  completeColour    // digits that just changed
	accent   completeColour    // names: the game, the player
	dim      completeColour    // explanations
	frame    completeColour
	good     completeColour
	warn     completeColour
	bad      completeColour
	medals   [3]completeColour
}

// Scheme is a theme on a background. Auto is only one on an unknown background, and Mono only on that.
type Scheme struct {
	theme      Theme
	background Background
}

// Background is what the terminal reported about its background.
type Background uint8

// The backgrounds.
const (
	UnknownBackground Background = iota // no answer yet
	DarkBackground
	LightBackground
)

// Scheme returns the scheme for a background and a colour profile.
func (t Theme) Scheme(b Background, p colorprofile.Profile) Scheme {
	if t > Mono {
		t = Auto
	}
	switch {
	case p < colorprofile.ANSI, t == Mono:
		return Scheme{Mono, UnknownBackground}
	case t == Contrast, b == UnknownBackground:
		return Scheme{t, b}
	case t == Light, t == Auto && b == LightBackground:
		return Scheme{Light, LightBackground}
	default:
		return Scheme{Dark, DarkBackground}
	}
}

// Theme returns the theme of a scheme. For Auto it is the theme that the scheme resembles, after
// which Next continues.
func (s Scheme) Theme() Theme { return max(s.theme, Dark) }

// Next returns the theme after this one.
func (t Theme) Next() Theme { return t%Mono + 1 }

// defaultText is the terminal's default foreground, which is readable on any background.
var defaultText = completeColour{isDefault: true}

// palettes are the colours of the schemes. On an unknown background none is white or black.
var palettes = map[Scheme]palette{
	{Dark, DarkBackground}: {
		gradient: [2]completeColour{{rgb: 0xFF7F50, basic: ansi.BrightMagenta}, {rgb: 0xFF50A8, basic: ansi.BrightMagenta}},
		changed:  completeColour{rgb: 0xFFFFFF, basic: ansi.BrightWhite},
		accent:   completeColour{rgb: 0xFF77BC, basic: ansi.BrightMagenta},
		dim:      completeColour{rgb: 0x9C9CAC},
		frame:    completeColour{rgb: 0x585868, basic: ansi.BrightBlack},
		good:     completeColour{rgb: 0x5FD787, basic: ansi.BrightGreen},
		warn:     completeColour{rgb: 0xFFC04D, basic: ansi.BrightYellow},
		bad:      completeColour{rgb: 0xFF8787, basic: ansi.BrightRed},
		medals:   [3]completeColour{{rgb: 0xFFD75F, basic: ansi.BrightYellow}, {rgb: 0xC6CFDC, basic: ansi.White}, {rgb: 0xE69F73, basic: ansi.BrightRed}},
	},
	{Light, LightBackground}: {
		gradient: [2]completeColour{{rgb: 0xD9480F, basic: ansi.Magenta}, {rgb: 0xA61E6E, basic: ansi.Blue}},
		changed:  completeColour{rgb: 0x1F1F28},
		accent:   completeColour{rgb: 0xA8156F, basic: ansi.Magenta},
		dim:      completeColour{rgb: 0x5F5F6B},
		frame:    completeColour{rgb: 0xB0B0BC, basic: ansi.BrightBlack},
		good:     completeColour{rgb: 0x0B6623},
		warn:     completeColour{rgb: 0x8A5300, basic: ansi.Red},
		bad:      completeColour{rgb: 0xC01C28, basic: ansi.Red},
		medals:   [3]completeColour{{rgb: 0x85600A, basic: ansi.Magenta}, {rgb: 0x56606E}, {rgb: 0x8F4A1C, basic: ansi.Red}},
	},
	{Auto, UnknownBackground}: {
		gradient: [2]completeColour{{rgb: 0xD64000, basic: ansi.Magenta}, {rgb: 0xD800B4, basic: ansi.Magenta}},
		changed:  defaultText,
		accent:   completeColour{rgb: 0xDA218D, basic: ansi.Magenta, indexed: 163},
		dim:      completeColour{rgb: 0x757575, indexed: 243},
		frame:    completeColour{rgb: 0x757575, indexed: 243},
		good:     completeColour{rgb: 0x00882D, indexed: 29},
		warn:     completeColour{rgb: 0xA56800, basic: ansi.Red, indexed: 130},
		bad:      completeColour{rgb: 0xEC0008, basic: ansi.Red, indexed: 131},
		medals:   [3]completeColour{{rgb: 0xA56800, basic: ansi.Magenta, indexed: 130}, defaultText, {rgb: 0xC6501E, basic: ansi.Red, indexed: 131}},
	},
	{Contrast, DarkBackground}: {
		gradient: [2]completeColour{{rgb: 0xFFFF00, basic: ansi.BrightYellow}, {rgb: 0xFFFF00, basic: ansi.BrightYellow}},
		changed:  completeColour{rgb: 0xFFFFFF, basic: ansi.BrightWhite},
		accent:   completeColour{rgb: 0x5FFFFF, basic: ansi.BrightCyan},
		dim:      completeColour{rgb: 0xFFFFFF},
		frame:    completeColour{rgb: 0xFFFFFF},
		good:     completeColour{rgb: 0x5FFF5F, basic: ansi.BrightGreen},
		warn:     completeColour{rgb: 0xFFFF00, basic: ansi.BrightYellow},
		bad:      completeColour{rgb: 0xFFAFAF, basic: ansi.BrightYellow},
		medals:   [3]completeColour{{rgb: 0xFFFF00, basic: ansi.BrightYellow}, {rgb: 0xFFFFFF}, {rgb: 0xFFAF5F, basic: ansi.BrightCyan}},
	},
	{Contrast, LightBackground}: {
		gradient: [2]completeColour{{rgb: 0x0000AF, basic: ansi.Blue}, {rgb: 0x0000AF, basic: ansi.Blue}},
		changed:  completeColour{rgb: 0x000000},
		accent:   completeColour{rgb: 0x870087, basic: ansi.Magenta},
		dim:      completeColour{rgb: 0x000000},
		frame:    completeColour{rgb: 0x000000},
		good:     completeColour{rgb: 0x005F00},
		warn:     completeColour{rgb: 0x870000, basic: ansi.Red},
		bad:      completeColour{rgb: 0x870000, basic: ansi.Red},
		medals:   [3]completeColour{{rgb: 0x5F2C00, basic: ansi.Magenta}, {rgb: 0x303030}, {rgb: 0x870000, basic: ansi.Red}},
	},
	{Contrast, UnknownBackground}: {
		gradient: [2]completeColour{defaultText, defaultText}, changed: defaultText, accent: defaultText, dim: defaultText, frame: defaultText,
		good: defaultText, warn: defaultText, bad: defaultText, medals: [3]completeColour{defaultText, defaultText, defaultText},
	},
}

// paletteOf returns the colours of a scheme. If only the player says what the background is, it may
// be different.
func paletteOf(s Scheme) palette {
	switch s {
	case Scheme{Dark, UnknownBackground}:
		p := palettes[Scheme{Dark, DarkBackground}]
		p.changed, p.medals[1].basic = defaultText, nil
		return p
	case Scheme{Light, UnknownBackground}:
		p := palettes[Scheme{Light, LightBackground}]
		p.changed = defaultText
		return p
	default:
		return palettes[s]
	}
}
