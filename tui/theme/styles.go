package theme

import (
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// glowSteps is how finely the glow of the large digits is divided.
const glowSteps = 16

// Styles are all the styles of a screen, for one scheme and colour profile. Plain text
// keeps the terminal's own colour.
type Styles struct {
	Glow   [glowSteps]lipgloss.Style // from the top of the large digits to their foot
	Lit    lipgloss.Style            // those of them that have just changed
	Title  lipgloss.Style
	Strong lipgloss.Style
	Dim    lipgloss.Style
	Frame  lipgloss.Style
	Own    lipgloss.Style
	Fine   lipgloss.Style
	Warn   lipgloss.Style
	Bad    lipgloss.Style
	Medals [3]lipgloss.Style
	Panel  lipgloss.Style // a frame, and a cell between it and what it holds
	Help   help.Styles
}

// Styles builds the styles. Without colours there are attributes only.
func (s Scheme) Styles(p colorprofile.Profile) Styles {
	if s == colourless {
		p = colorprofile.ASCII
	}
	ink := inksOf(s)
	bare := func(t tone) lipgloss.Style {
		if c := t.in(p); c != nil {
			return lipgloss.NewStyle().Foreground(c)
		}
		return lipgloss.NewStyle()
	}
	bold := func(t tone) lipgloss.Style { return bare(t).Bold(true) }
	dim := bare(ink.dim)
	styles := Styles{
		Lit:    bold(ink.lit),
		Title:  bold(ink.accent),
		Strong: lipgloss.NewStyle().Bold(true),
		Dim:    dim,
		Frame:  bare(ink.frame),
		Own:    bold(ink.accent),
		Fine:   bare(ink.fine),
		Warn:   bold(ink.warn),
		Bad:    bold(ink.bad),
		Medals: [3]lipgloss.Style{bold(ink.medals[0]), bold(ink.medals[1]), bold(ink.medals[2])},
		Help:   help.Styles{ShortKey: lipgloss.NewStyle().Bold(true), ShortDesc: dim, ShortSeparator: dim, Ellipsis: dim},
	}
	styles.Panel = lipgloss.NewStyle().Border(lipgloss.RoundedBorder()).BorderForeground(styles.Frame.GetForeground()).Padding(0, 1)
	for i := range styles.Glow {
		styles.Glow[i] = bare(ink.glowing(i))
	}
	return styles
}

// GlowAt is the glow for line i of n.
func (s *Styles) GlowAt(i, n int) lipgloss.Style { return s.Glow[i*(glowSteps-1)/max(n-1, 1)] }

// Sequence is the escape sequence that a style begins with, for what is drawn too often to be
// rendered by lipgloss; empty for plain text.
func Sequence(s lipgloss.Style) string {
	const sample = "x"
	before, _, _ := strings.Cut(s.Render(sample), sample)
	return before
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

// blend is the colour at i of n on the way from a to b.
func blend(a, b uint32, i, n int) uint32 {
	var mixed uint32
	for shift := 16; shift >= 0; shift -= 8 {
		from, to := int(a>>shift&0xff), int(b>>shift&0xff)
		mixed |= uint32((from*(n-i)+to*i)/n) << shift
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
	return uint8(index)
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
