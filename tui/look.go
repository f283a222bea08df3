package tui

import (
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/colorprofile"

	"clickky/tui/theme"
)

// look is everything that depends on nothing but the terminal, the colours and
// the keys: it is made once for a size and a scheme and never changes, so that any
// number of screens can use the same one, and what is rendered for it.
type look struct {
	profile colorprofile.Profile
	scheme  theme.Scheme
	*ink
	lay layout

	title          string   // the first line of the game
	hollow         string   // a line of the counter with nothing in it
	you, everybody []string // the panels with nothing in them; empty where there is no room
	footer         string   // the keys of the game
	footerBoard    string   // of the leaderboard
	footerFiltered string   // of the leaderboard while it is filtered
	footerTyping   string   // while a search is typed
	footerHelp     string   // of the help
	footerScroll   string   // and where not all of it is in sight
	footerDash     string   // of the dashboard
	footerFound    string   // of the dashboard while it is filtered
	footerSheet    string   // of a player's page
	footerPage     string   // of a page of text
	footerPrompt   string   // while a command is typed
	footerChoice   string   // while one is typed that has several beginnings
	footerSure     string   // while it is asked whether it is meant

	parts sharedParts
}

// newLook makes the look for a terminal.
func newLook(lay layout, profile colorprofile.Profile, scheme theme.Scheme, ink *ink, keys *keyMap) *look {
	l := &look{profile: profile, scheme: scheme, ink: ink, lay: lay}
	l.title = l.renderTitle()
	l.hollow = l.counterLine(func(b *strings.Builder) { b.WriteString(blanks(l.counterRoom())) })
	if lay.panel > 0 {
		l.you = l.panel("you", lay.x, lay.youWidth())
	}
	if lay.variant == full {
		left, gap, right := lay.panels()
		l.everybody = l.panel("everybody", lay.x+left+gap, right)
	}
	bar := help.New()
	bar.Styles = l.styles.Help
	bar.ShortSeparator = "   "
	type list = []key.Binding
	k := keys
	l.footer = l.helpLine(bar, list{k.click, k.open, k.desk.open, k.theme, k.help, k.quit}, list{k.click, k.open, k.desk.open, k.help, k.quit},
		list{k.open, k.desk.open, k.help, k.quit}, list{k.click, k.desk.open, k.help, k.quit}, list{k.desk.open, k.help, k.quit}, list{k.help, k.quit})
	l.footerHelp = l.helpLine(bar, list{k.click, k.theme, k.motion, k.shutHelp, k.quit}, list{k.shutHelp, k.quit}, list{k.shutHelp})
	l.footerScroll = l.helpLine(bar, list{k.scrollHelp, k.shutHelp, k.quit}, list{k.shutHelp, k.quit}, list{k.shutHelp})
	if k.open.Enabled() {
		l.footerBoard = l.helpLine(bar, list{k.arrows, k.find, k.click, k.back, k.help, k.quit},
			list{k.arrows, k.find, k.click, k.back, k.quit}, list{k.arrows, k.find, k.back, k.quit}, list{k.arrows, k.back, k.quit}, list{k.back, k.quit})
		l.footerFiltered = l.helpLine(bar, list{k.arrows, k.find, k.click, k.clear, k.quit},
			list{k.arrows, k.clear, k.quit}, list{k.clear, k.quit}, list{k.clear})
		l.footerTyping = l.helpLine(bar, list{k.keep, k.cancel, k.abort}, list{k.keep, k.cancel})
	}
	if k.rights.desk {
		l.deskFooters(bar, k)
	}
	return l
}

// deskFooters makes the keys of the dashboard. There are many, so they stand closer
// together than others.
func (l *look) deskFooters(bar help.Model, keys *keyMap) {
	type list = []key.Binding
	k, find, ask := &keys.desk, keys.find, keys.help
	dense := bar
	dense.ShortSeparator = "  "
	l.footerDash = l.helpLine(dense, list{k.pick, k.enter, k.order, find, k.message, k.undo, k.audit, k.command, k.leave, ask},
		list{k.enter, k.order, find, k.message, k.undo, k.audit, k.leave, ask}, list{k.enter, k.order, find, k.leave, ask},
		list{k.order, find, k.leave, ask}, list{k.enter, k.leave, ask}, list{k.leave, ask})
	l.footerFound = l.helpLine(bar, list{k.pick, k.enter, k.order, find, keys.clear, ask},
		list{k.enter, find, keys.clear}, list{k.enter, keys.clear}, list{keys.clear})
	l.footerSheet = l.helpLine(dense, list{k.rename, k.count, k.remove, k.free, k.kick, k.ban, k.write, k.undo, k.command, k.back, ask},
		list{k.rename, k.count, k.remove, k.free, k.kick, k.ban, k.write, k.back, ask},
		list{k.rename, k.count, k.remove, k.free, k.kick, k.ban, k.write, k.back}, list{k.rename, k.ban, k.write, k.back, ask},
		list{k.rename, k.ban, k.write, ask}, list{k.back, ask})
	l.footerPage = l.helpLine(bar, list{keys.scrollHelp, k.undo, k.command, k.back, ask}, list{keys.scrollHelp, k.back}, list{k.back})
	l.footerPrompt = l.helpLine(bar, list{k.run, k.drop})
	l.footerChoice = l.helpLine(bar, list{k.other, k.run, k.drop}, list{k.run, k.drop})
	l.footerSure = l.helpLine(bar, list{k.sure, k.unsure}, list{k.sure})
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

// helpLine is the help of some keys, in the middle of the screen: of the first
// list for which there is room.
func (l *look) helpLine(bar help.Model, lists ...[]key.Binding) string {
	for _, keys := range lists {
		line := bar.ShortHelpView(keys)
		if w := widthOf(line); w <= l.lay.cw {
			return blanks(l.lay.x+(l.lay.cw-w)/2) + line
		}
	}
	return ""
}
