package tui

import (
	"image/color"
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// reset ends every style.
const reset = ansi.ResetStyle

// style is the escape sequence that starts a way of writing; empty is plain.
type style string

// put writes text in the style.
func (s style) put(b *strings.Builder, text string) {
	if s == "" {
		b.WriteString(text)
		return
	}
	b.WriteString(string(s))
	b.WriteString(text)
	b.WriteString(reset)
}

// glowSteps is how finely the glow of the large digits is divided.
const glowSteps = 16

// palette is all the styles of a screen, for one colour profile. Plain text
// keeps the terminal's own colour, and every colour here is a middle tone, so
// that both are readable on dark and on light backgrounds.
type palette struct {
	glow   [glowSteps]style // from the top of the large digits to their foot
	title  style
	strong style
	dim    style
	frame  style
	own    style
	fine   style
	warn   style
	bad    style
	cursor style
	medals [3]style
}

// tone is a colour for terminals that have many, and the one of the sixteen
// that comes closest in meaning; the nearest one in looks is often unreadable.
type tone struct {
	rgb   color.RGBA
	basic ansi.BasicColor
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff} //nolint:gosec // bytes
}

// in is the tone as a profile can show it; nil without colours.
func (t tone) in(p colorprofile.Profile) color.Color {
	if p == colorprofile.ANSI {
		return p.Convert(t.basic)
	}
	return p.Convert(t.rgb)
}

// newPalette builds the styles for a profile.
func newPalette(p colorprofile.Profile) palette {
	bare := func(t tone) style { return styleOf(ansi.Style{}, t, p) }
	bold := func(t tone) style { return styleOf(ansi.Style{}.Bold(), t, p) }
	pal := palette{
		title:  bold(tone{rgb(0xD6409F), ansi.BrightMagenta}),
		strong: style(ansi.Style{}.Bold().String()),
		dim:    bare(dimTone()),
		frame:  bare(tone{rgb(0x74747E), ansi.BrightBlack}),
		own:    bold(tone{rgb(0xD6409F), ansi.BrightMagenta}),
		fine:   bare(tone{rgb(0x2E9E5B), ansi.Green}),
		warn:   bold(tone{rgb(0xB7791F), ansi.Yellow}),
		bad:    bold(tone{rgb(0xE5484D), ansi.Red}),
		cursor: style(ansi.Style{}.Reverse(true).String()),
		medals: [3]style{
			bold(tone{rgb(0xC08A00), ansi.Yellow}),
			bold(tone{rgb(0x8792A2), ansi.BrightBlack}),
			bold(tone{rgb(0xB4693B), ansi.Red}),
		},
	}
	for i := range pal.glow {
		t := tone{blend(rgb(0xF26440), rgb(0xC9307F), i, glowSteps-1), ansi.BrightMagenta}
		if i >= glowSteps/2 {
			t.basic = ansi.Magenta
		}
		pal.glow[i] = bare(t)
	}
	return pal
}

func dimTone() tone { return tone{rgb(0x7C7C86), ansi.BrightBlack} }

func styleOf(s ansi.Style, t tone, p colorprofile.Profile) style {
	if c := t.in(p); c != nil {
		s = s.ForegroundColor(c)
	}
	if len(s) == 0 {
		return ""
	}
	return style(s.String())
}

// blend is the colour at i of n on the way from a to b.
func blend(a, b color.RGBA, i, n int) color.RGBA {
	mix := func(a, b uint8) uint8 {
		return uint8((int(a)*(n-i) + int(b)*i) / n) //nolint:gosec // between two bytes
	}
	return color.RGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: 0xff}
}

// glowAt is the glow for line i of n.
func (p *palette) glowAt(i, n int) style {
	return p.glow[i*(glowSteps-1)/max(n-1, 1)]
}

// helpStyles are the styles of the help line.
func helpStyles(p colorprofile.Profile) help.Styles {
	plain, dim := lipgloss.NewStyle(), lipgloss.NewStyle()
	if c := dimTone().in(p); c != nil {
		dim = dim.Foreground(c)
	}
	return help.Styles{
		ShortKey:       plain.Bold(true),
		ShortDesc:      dim,
		ShortSeparator: dim,
		Ellipsis:       dim,
	}
}
