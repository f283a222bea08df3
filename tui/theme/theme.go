// Package theme is the colours of the screen: the themes that a player can choose, and the lipgloss styles
// that a theme comes to on a background and with a colour profile.
package theme

import (
	"image/color"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Theme is a choice of colours.
type Theme uint8

// The themes. Without a choice it is Dark or Light, as the terminal's
// background is.
const (
	Auto     Theme = iota
	Dark           // for a dark background
	Light          // for a light one
	Contrast       // few colours, far from the background, whichever it is
	Mono           // no colours
)

// themeNames are their names for people, in the order of Theme.
var themeNames = [...]string{"auto", "dark", "light", "high contrast", "monochrome"}

// String is the name of the theme.
func (t Theme) String() string {
	if int(t) < len(themeNames) {
		return themeNames[t]
	}
	return themeNames[Auto]
}

// tone is a colour for terminals that have many, and one of the sixteen that
// comes closest in meaning: the nearest one in looks is often unreadable, for
// what the sixteen look like is up to the terminal.
type tone struct {
	rgb   uint32
	basic ansi.BasicColor
	// indexed is one of the 256, for terminals that have so many; 0 is the one
	// that is nearest to rgb.
	indexed uint8
	own     bool // it is the terminal's own colour of text at every depth
}

// own16 stands for a tone that is the terminal's own colour of text where there
// are sixteen colours only.
const own16 ansi.BasicColor = 255

// in is the tone as a profile can show it; nil without colours.
func (t tone) in(p colorprofile.Profile) color.Color {
	switch {
	case p < colorprofile.ANSI, t.own:
		return nil
	case p == colorprofile.ANSI && t.basic == own16:
		return nil
	case p == colorprofile.ANSI:
		return t.basic
	case p == colorprofile.ANSI256 && t.indexed != 0:
		return ansi.IndexedColor(t.indexed)
	default:
		return p.Convert(rgb(t.rgb))
	}
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// inks are the colours of a theme. All that text is written in stands out from
// the background by 4.5 to 1, and what large digits are drawn in by 3 to 1; only
// frame is for lines that one can do without.
type inks struct {
	glow   [2]tone // the large digits, from their top to their foot
	lit    tone    // those that have just changed
	accent tone    // what has a name: the game, the player
	dim    tone    // what explains
	frame  tone
	fine   tone
	warn   tone
	bad    tone
	medals [3]tone
}

// Scheme is a theme on a background: what there are inks for.
type Scheme uint8

const (
	onDark Scheme = iota
	onLight
	onUnknown
	darkOnUnknown  // for a dark background, as the player says
	lightOnUnknown // for a light one
	contrastOnDark
	contrastOnLight
	contrastOnUnknown
	colourless
)

// Background is what the terminal has said of its background.
type Background uint8

// The backgrounds.
const (
	UnknownBackground Background = iota // nothing, or nothing yet
	DarkBackground
	LightBackground
)

// On is what the theme comes to.
func (t Theme) On(b Background, p colorprofile.Profile) Scheme {
	schemes := [...][3]Scheme{ // by the background
		Auto:     {onUnknown, onDark, onLight},
		Dark:     {darkOnUnknown, onDark, onDark},
		Light:    {lightOnUnknown, onLight, onLight},
		Contrast: {contrastOnUnknown, contrastOnDark, contrastOnLight},
	}
	switch {
	case p < colorprofile.ANSI, t == Mono:
		return colourless
	case int(t) >= len(schemes):
		return schemes[Auto][b]
	default:
		return schemes[t][b]
	}
}

// Theme is the theme that the scheme belongs to, or after which the next one comes.
func (s Scheme) Theme() Theme {
	return [...]Theme{
		onDark: Dark, darkOnUnknown: Dark, onUnknown: Dark, onLight: Light, lightOnUnknown: Light,
		contrastOnDark: Contrast, contrastOnLight: Contrast, contrastOnUnknown: Contrast, colourless: Mono,
	}[s]
}

// Next is the theme that follows when a player asks for another.
func (t Theme) Next() Theme { return t%Mono + 1 }

// ownText is the terminal's own colour of text, which stands out from any background.
var ownText = tone{own: true}

// palettes are the inks of the schemes that have some. On a background that is not known,
// none is white or black: either may be the background.
var palettes = [...]inks{
	onDark: {
		glow:   [2]tone{{rgb: 0xFF7F50, basic: ansi.BrightMagenta}, {rgb: 0xFF50A8, basic: ansi.BrightMagenta}},
		lit:    tone{rgb: 0xFFFFFF, basic: ansi.BrightWhite},
		accent: tone{rgb: 0xFF77BC, basic: ansi.BrightMagenta},
		dim:    tone{rgb: 0x9C9CAC, basic: own16},
		frame:  tone{rgb: 0x585868, basic: ansi.BrightBlack},
		fine:   tone{rgb: 0x5FD787, basic: ansi.BrightGreen},
		warn:   tone{rgb: 0xFFC04D, basic: ansi.BrightYellow},
		bad:    tone{rgb: 0xFF8787, basic: ansi.BrightRed},
		medals: [3]tone{{rgb: 0xFFD75F, basic: ansi.BrightYellow}, {rgb: 0xC6CFDC, basic: ansi.White}, {rgb: 0xE69F73, basic: ansi.BrightRed}},
	},
	onLight: {
		glow:   [2]tone{{rgb: 0xD9480F, basic: ansi.Magenta}, {rgb: 0xA61E6E, basic: ansi.Blue}},
		lit:    tone{rgb: 0x1F1F28, basic: own16},
		accent: tone{rgb: 0xA8156F, basic: ansi.Magenta},
		dim:    tone{rgb: 0x5F5F6B, basic: own16},
		frame:  tone{rgb: 0xB0B0BC, basic: ansi.BrightBlack},
		fine:   tone{rgb: 0x0B6623, basic: own16},
		warn:   tone{rgb: 0x8A5300, basic: ansi.Red},
		bad:    tone{rgb: 0xC01C28, basic: ansi.Red},
		medals: [3]tone{{rgb: 0x85600A, basic: ansi.Magenta}, {rgb: 0x56606E, basic: own16}, {rgb: 0x8F4A1C, basic: ansi.Red}},
	},
	onUnknown: {
		glow:   [2]tone{{rgb: 0xD64000, basic: ansi.Magenta}, {rgb: 0xD800B4, basic: ansi.Magenta}},
		lit:    ownText,
		accent: tone{rgb: 0xDA218D, basic: ansi.Magenta, indexed: 163},
		dim:    tone{rgb: 0x757575, basic: own16, indexed: 243},
		frame:  tone{rgb: 0x757575, basic: own16, indexed: 243},
		fine:   tone{rgb: 0x00882D, basic: own16, indexed: 29},
		warn:   tone{rgb: 0xA56800, basic: ansi.Red, indexed: 130},
		bad:    tone{rgb: 0xEC0008, basic: ansi.Red, indexed: 131},
		medals: [3]tone{{rgb: 0xA56800, basic: ansi.Magenta, indexed: 130}, ownText, {rgb: 0xC6501E, basic: ansi.Red, indexed: 131}},
	},
	contrastOnDark: {
		glow:   [2]tone{{rgb: 0xFFFF00, basic: ansi.BrightYellow}, {rgb: 0xFFFF00, basic: ansi.BrightYellow}},
		lit:    tone{rgb: 0xFFFFFF, basic: ansi.BrightWhite},
		accent: tone{rgb: 0x5FFFFF, basic: ansi.BrightCyan},
		dim:    tone{rgb: 0xFFFFFF, basic: own16},
		frame:  tone{rgb: 0xFFFFFF, basic: own16},
		fine:   tone{rgb: 0x5FFF5F, basic: ansi.BrightGreen},
		warn:   tone{rgb: 0xFFFF00, basic: ansi.BrightYellow},
		bad:    tone{rgb: 0xFFAFAF, basic: ansi.BrightYellow},
		medals: [3]tone{{rgb: 0xFFFF00, basic: ansi.BrightYellow}, {rgb: 0xFFFFFF, basic: own16}, {rgb: 0xFFAF5F, basic: ansi.BrightCyan}},
	},
	contrastOnLight: {
		glow:   [2]tone{{rgb: 0x0000AF, basic: ansi.Blue}, {rgb: 0x0000AF, basic: ansi.Blue}},
		lit:    tone{rgb: 0x000000, basic: own16},
		accent: tone{rgb: 0x870087, basic: ansi.Magenta},
		dim:    tone{rgb: 0x000000, basic: own16},
		frame:  tone{rgb: 0x000000, basic: own16},
		fine:   tone{rgb: 0x005F00, basic: own16},
		warn:   tone{rgb: 0x870000, basic: ansi.Red},
		bad:    tone{rgb: 0x870000, basic: ansi.Red},
		medals: [3]tone{{rgb: 0x5F2C00, basic: ansi.Magenta}, {rgb: 0x303030, basic: own16}, {rgb: 0x870000, basic: ansi.Red}},
	},
	contrastOnUnknown: {
		glow: [2]tone{ownText, ownText}, lit: ownText, accent: ownText, dim: ownText, frame: ownText,
		fine: ownText, warn: ownText, bad: ownText, medals: [3]tone{ownText, ownText, ownText},
	},
}

// inksOf are the inks of a scheme. Where only the player says what the background is, it may be
// another.
func inksOf(s Scheme) inks {
	switch s {
	case darkOnUnknown:
		k := palettes[onDark]
		k.lit, k.medals[1].basic = ownText, own16
		return k
	case lightOnUnknown:
		k := palettes[onLight]
		k.lit = ownText
		return k
	case colourless: // no profile that shows any has it
		return palettes[onDark]
	default:
		return palettes[s]
	}
}
