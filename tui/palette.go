package tui

import (
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

// palette is all the styles of a screen, for one scheme and colour profile.
// Plain text keeps the terminal's own colour.
type palette struct {
	glow   [glowSteps]style // from the top of the large digits to their foot
	lit    style            // those of them that have just changed
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

// newPalette builds the styles. Without colours there are attributes only.
func newPalette(s scheme, p colorprofile.Profile) palette {
	if s == colourless {
		p = colorprofile.ASCII
	}
	ink := inksOf(s)
	bare := func(t tone) style { return styleOf(ansi.Style{}, t, p) }
	bold := func(t tone) style { return styleOf(ansi.Style{}.Bold(), t, p) }
	pal := palette{
		lit:    bold(ink.lit),
		title:  bold(ink.accent),
		strong: style(ansi.Style{}.Bold().String()),
		dim:    bare(ink.dim),
		frame:  bare(ink.frame),
		own:    bold(ink.accent),
		fine:   bare(ink.fine),
		warn:   bold(ink.warn),
		bad:    bold(ink.bad),
		cursor: style(ansi.Style{}.Reverse(true).String()),
		medals: [3]style{bold(ink.medals[0]), bold(ink.medals[1]), bold(ink.medals[2])},
	}
	for i := range pal.glow {
		pal.glow[i] = bare(ink.glowing(i))
	}
	return pal
}

// glowing is the glow at step i from the top.
func (k *inks) glowing(i int) tone {
	from, to := k.glow[0].rgb, k.glow[1].rgb
	return tone{
		rgb:     blend(from, to, i, glowSteps-1),
		basic:   k.glow[i*2/glowSteps].basic,
		indexed: cubeBlend(from, to, i, glowSteps-1),
		own:     k.glow[0].own,
	}
}

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
func blend(a, b uint32, i, n int) uint32 {
	var mixed uint32
	for shift := 16; shift >= 0; shift -= 8 {
		from, to := int(a>>shift&0xff), int(b>>shift&0xff)
		mixed |= uint32((from*(n-i)+to*i)/n) << shift //nolint:gosec // between two bytes
	}
	return mixed
}

// cubeBlend is blend within the cube of 6×6×6 colours of a terminal that has 256.
// The nearest of all 256 to what lies between two colours is often a grey.
func cubeBlend(a, b uint32, i, n int) uint8 {
	index := 16
	for at, side := 16, 36; at >= 0; at, side = at-8, side/6 {
		from, to := cubeLevel(a>>at&0xff), cubeLevel(b>>at&0xff)
		index += side * ((2*from*(n-i) + 2*to*i + n) / (2 * n)) // rounded
	}
	return uint8(index) //nolint:gosec // at most 231
}

// cubeLevel is the step of the cube that is nearest to a part of a colour; the
// steps are 0, 95, 135, 175, 215 and 255.
func cubeLevel(part uint32) int {
	steps := [...]uint32{95, 135, 175, 215, 255}
	if part < steps[0]/2 {
		return 0
	}
	level := 1
	for ; level < len(steps) && part >= (steps[level-1]+steps[level])/2; level++ {
	}
	return level
}

// glowAt is the glow for line i of n.
func (p *palette) glowAt(i, n int) style {
	return p.glow[i*(glowSteps-1)/max(n-1, 1)]
}

// helpStyles are the styles of the help line.
func helpStyles(s scheme, p colorprofile.Profile) help.Styles {
	plain, dim := lipgloss.NewStyle(), lipgloss.NewStyle()
	ink := inksOf(s)
	if c := ink.dim.in(p); c != nil && s != colourless {
		dim = dim.Foreground(c)
	}
	return help.Styles{
		ShortKey:       plain.Bold(true),
		ShortDesc:      dim,
		ShortSeparator: dim,
		Ellipsis:       dim,
	}
}
