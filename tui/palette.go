package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"clickky/tui/screen"
	"clickky/tui/theme"
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

// palette is the styles of a theme as the game writes them: it is drawn too often to have
// lipgloss put the same sequences together again and again.
type palette struct {
	glow   [len(theme.Styles{}.Glow)]style
	lit    style
	title  style
	strong style
	dim    style
	frame  style
	own    style
	warn   style
	bad    style
}

func newInk(s theme.Styles) *ink {
	p := palette{
		lit: style(theme.Sequence(s.Lit)), title: style(theme.Sequence(s.Title)), strong: style(theme.Sequence(s.Strong)),
		dim: style(theme.Sequence(s.Dim)), frame: style(theme.Sequence(s.Frame)), own: style(theme.Sequence(s.Own)),
		warn: style(theme.Sequence(s.Warn)), bad: style(theme.Sequence(s.Bad)),
	}
	for i := range p.glow {
		p.glow[i] = style(theme.Sequence(s.Glow[i]))
	}
	return &ink{s, p}
}

// noticed is how a notice is written.
func (p *palette) noticed(n screen.Notice) style {
	if n.Warns() {
		return p.warn
	}
	return p.own
}

// glowAt is the glow for line i of n.
func (p *palette) glowAt(i, n int) style {
	return p.glow[i*(len(p.glow)-1)/max(n-1, 1)]
}
