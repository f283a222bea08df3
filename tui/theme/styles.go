package theme

import (
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

const gradientSteps = 16

// Style is a lipgloss style that caches its escape sequence, because the game is rendered too often
// to build the same sequences each time.
type Style struct {
	lipgloss.Style
	prefix string // empty for plain text
}

func newStyle(s lipgloss.Style) Style {
	const sample = "x"
	start, _, _ := strings.Cut(s.Render(sample), sample)
	return Style{s, start}
}

// Render returns styled text, which must not contain line breaks.
func (s *Style) Render(text string) string {
	if s.prefix == "" || text == "" {
		return text
	}
	return s.prefix + text + ansi.ResetStyle
}

// Write writes styled text to a builder.
func (s *Style) Write(b *strings.Builder, text string) {
	b.WriteString(s.prefix)
	b.WriteString(text)
	if s.prefix != "" {
		b.WriteString(ansi.ResetStyle)
	}
}

// Span is text in one style. Measuring and shortening spans is cheaper than measuring text with
// escape sequences.
type Span struct {
	Style *Style
	Text  string
}

// Span returns text in the style.
func (s *Style) Span(text string) Span { return Span{s, text} }

// Styles are the styles of a screen for one scheme and colour profile. Plain text keeps the
// terminal's default colour.
type Styles struct {
	Gradient [gradientSteps]Style // of the large digits, from top to bottom
	Changed  Style                // large digits that just changed
	Plain    Style
	Title    Style
	Strong   Style
	Dim      Style
	Frame    Style
	Accent   Style
	Good     Style
	Warn     Style
	Bad      Style
	Medals   [3]Style
	Help     help.Styles
}

// Styles returns the styles of a scheme. Without colours it uses only attributes such as bold.
func (s Scheme) Styles(p colorprofile.Profile) *Styles {
	if s.theme == Mono {
		p = colorprofile.ASCII
	}
	palette := paletteOf(s)
	plain := func(t completeColour) Style {
		if c := t.convert(p); c != nil {
			return newStyle(lipgloss.NewStyle().Foreground(c))
		}
		return Style{}
	}
	bold := func(t completeColour) Style { return newStyle(plain(t).Bold(true)) }
	strong, dim := newStyle(lipgloss.NewStyle().Bold(true)), plain(palette.dim)
	styles := &Styles{
		Changed: bold(palette.changed),
		Title:   bold(palette.accent),
		Strong:  strong,
		Dim:     dim,
		Frame:   plain(palette.frame),
		Accent:  bold(palette.accent),
		Good:    plain(palette.good),
		Warn:    bold(palette.warn),
		Bad:     bold(palette.bad),
		Medals:  [3]Style{bold(palette.medals[0]), bold(palette.medals[1]), bold(palette.medals[2])},
		Help:    help.Styles{ShortKey: strong.Style, ShortDesc: dim.Style, ShortSeparator: dim.Style, Ellipsis: dim.Style},
	}
	for i := range styles.Gradient {
		styles.Gradient[i] = plain(palette.gradientStep(i))
	}
	return styles
}

// GradientAt returns the gradient's style for line i of n.
func (s *Styles) GradientAt(i, n int) *Style { return &s.Gradient[i*(gradientSteps-1)/max(n-1, 1)] }

// gradientStep returns the colour of step i from the top. With 256 colours it stays within the
// 6×6×6 cube, because the nearest colour of all is often a grey.
func (p *palette) gradientStep(i int) completeColour {
	const n = gradientSteps - 1
	rgb, index := uint32(0), 16
	for shift, side := 16, 36; shift >= 0; shift, side = shift-8, side/6 {
		from, to := int(p.gradient[0].rgb>>shift&0xff), int(p.gradient[1].rgb>>shift&0xff)
		rgb |= uint32((from*(n-i)+to*i)/n) << shift
		index += side * ((2*cubeLevel(from)*(n-i) + 2*cubeLevel(to)*i + n) / (2 * n)) // rounded
	}
	return completeColour{rgb: rgb, basic: p.gradient[i*2/gradientSteps].basic, indexed: uint8(index), isDefault: p.gradient[0].isDefault}
}

// cubeLevel returns the level of the cube nearest to a colour component.
func cubeLevel(part int) int {
	level := 0
	for _, middle := range [...]int{47, 115, 155, 195, 235} { // between 0, 95, 135, 175, 215 and 255
		if part >= middle {
			level++
		}
	}
	return level
}
