package theme

import (
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// glowSteps is how finely the glow of the large digits is divided.
const glowSteps = 16

// Style is a lipgloss style that remembers its escape sequence: the game is drawn too often to have
// lipgloss put the same sequences together again and again.
type Style struct {
	lipgloss.Style
	start string // empty for plain text
}

func newStyle(s lipgloss.Style) Style {
	const sample = "x"
	start, _, _ := strings.Cut(s.Render(sample), sample)
	return Style{s, start}
}

// Render writes text that has no line ends.
func (s *Style) Render(text string) string {
	if s.start == "" || text == "" {
		return text
	}
	return s.start + text + ansi.ResetStyle
}

// Write is Render for what is put together piece by piece.
func (s *Style) Write(b *strings.Builder, pieces ...string) {
	b.WriteString(s.start)
	for _, text := range pieces {
		b.WriteString(text)
	}
	if s.start != "" {
		b.WriteString(ansi.ResetStyle)
	}
}

// Styles are all the styles of a screen, for one scheme and colour profile. Plain text
// keeps the terminal's own colour.
type Styles struct {
	Glow   [glowSteps]Style // from the top of the large digits to their foot
	Lit    Style            // those of them that have just changed
	Plain  Style
	Title  Style
	Strong Style
	Dim    Style
	Frame  Style
	Own    Style
	Fine   Style
	Warn   Style
	Bad    Style
	Medals [3]Style
	Help   help.Styles
}

// Styles builds the styles. Without colours there are attributes only.
func (s Scheme) Styles(p colorprofile.Profile) *Styles {
	if s == colourless {
		p = colorprofile.ASCII
	}
	ink := inksOf(s)
	bare := func(t tone) Style {
		if c := t.in(p); c != nil {
			return newStyle(lipgloss.NewStyle().Foreground(c))
		}
		return Style{}
	}
	bold := func(t tone) Style { return newStyle(bare(t).Bold(true)) }
	strong, dim := newStyle(lipgloss.NewStyle().Bold(true)), bare(ink.dim)
	styles := &Styles{
		Lit:    bold(ink.lit),
		Title:  bold(ink.accent),
		Strong: strong,
		Dim:    dim,
		Frame:  bare(ink.frame),
		Own:    bold(ink.accent),
		Fine:   bare(ink.fine),
		Warn:   bold(ink.warn),
		Bad:    bold(ink.bad),
		Medals: [3]Style{bold(ink.medals[0]), bold(ink.medals[1]), bold(ink.medals[2])},
		Help:   help.Styles{ShortKey: strong.Style, ShortDesc: dim.Style, ShortSeparator: dim.Style, Ellipsis: dim.Style},
	}
	for i := range styles.Glow {
		styles.Glow[i] = bare(ink.glowing(i))
	}
	return styles
}

// GlowAt is the glow for line i of n.
func (s *Styles) GlowAt(i, n int) *Style { return &s.Glow[i*(glowSteps-1)/max(n-1, 1)] }

// glowing is the glow at step i from the top. With 256 colours it stays in the cube of 6×6×6: the
// nearest of all to what lies between two colours is often a grey.
func (k *inks) glowing(i int) tone {
	const n = glowSteps - 1
	rgb, index := uint32(0), 16
	for shift, side := 16, 36; shift >= 0; shift, side = shift-8, side/6 {
		from, to := int(k.glow[0].rgb>>shift&0xff), int(k.glow[1].rgb>>shift&0xff)
		rgb |= uint32((from*(n-i)+to*i)/n) << shift
		index += side * ((2*cubeLevel(from)*(n-i) + 2*cubeLevel(to)*i + n) / (2 * n)) // rounded
	}
	return tone{rgb: rgb, basic: k.glow[i*2/glowSteps].basic, indexed: uint8(index), own: k.glow[0].own}
}

// cubeLevel is the step of the cube that is nearest to a part of a colour.
func cubeLevel(part int) int {
	level := 0
	for _, middle := range [...]int{47, 115, 155, 195, 235} { // between 0, 95, 135, 175, 215 and 255
		if part >= middle {
			level++
		}
	}
	return level
}
