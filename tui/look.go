package tui

import (
	"strings"

	"github.com/charmbracelet/colorprofile"

	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// look is everything that depends on nothing but the terminal, the colours and
// the keys: it is made once for a size and a scheme and never changes, so that any
// number of screens can use the same one, and what is rendered for it.
type look struct {
	screen.Look
	profile colorprofile.Profile
	scheme  theme.Scheme
	*ink
	lay layout

	rights         screen.Rights
	title          string   // the first line of the game
	hollow         string   // a line of the counter with nothing in it
	you, everybody []string // the panels with nothing in them; empty where there is no room
	footer         string   // the keys of the game

	parts sharedParts
}

// newLook makes the look for a terminal.
func newLook(lay layout, profile colorprofile.Profile, scheme theme.Scheme, ink *ink, keys *screen.Keys, rights screen.Rights) *look {
	l := &look{Look: screen.Look{Area: lay.area(), Styles: &ink.styles, Keys: keys}, rights: rights, profile: profile, scheme: scheme, ink: ink, lay: lay}
	l.title = l.renderTitle()
	l.hollow = l.counterLine(func(b *strings.Builder) { b.WriteString(blanks(l.counterRoom())) })
	if lay.panel > 0 {
		l.you = l.panel("you", lay.x, lay.youWidth())
	}
	if lay.variant == full {
		left, gap, right := lay.panels()
		l.everybody = l.panel("everybody", lay.x+left+gap, right)
	}
	foot := l.HelpLine(gameKeys(keys))
	l.footer = blanks(lay.x+(lay.cw-text.Width(foot))/2) + foot
	return l
}

const gameName = "clickky"

// renderTitle is the first line of the game where it says nothing that changes.
func (l *look) renderTitle() string {
	title := span{l.pal.title, gameName}
	if l.lay.variant != full {
		return l.centred(title)
	}
	return l.line(func(b *strings.Builder) {
		b.WriteByte(' ')
		spread(b, l.lay.cw-2, []span{title}, []span{{l.pal.dim, "one counter, everybody's clicks"}})
	})
}

// line is a line of the screen, as far from the left side as all of them.
func (l *look) line(draw func(*strings.Builder)) string {
	var b strings.Builder
	b.Grow(4 * l.lay.cw)
	b.WriteString(blanks(l.lay.x))
	draw(&b)
	return b.String()
}

// centred is spans in the middle of a line, without the cells behind them.
func (l *look) centred(spans ...span) string {
	return blanks(l.lay.x) + centred(l.lay.cw, spans...)
}
