package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// helpScreen is the open help.
type helpScreen struct {
	top int // the first line in sight
}

// helpLine is a line of the help: a heading, a key with what it does, or words.
type helpLine struct{ heading, key, words string }

// helpText is what the help says. It is wrapped to the width of the screen.
func (m *Model) helpText() []helpLine {
	lines := []helpLine{
		{heading: "keys"},
		{key: "space", words: "click once: press space or enter, or click on the counter"},
	}
	if m.board != nil {
		lines = append(lines, helpLine{key: "l", words: "show or hide the leaderboard; / searches it"})
	}
	if m.desk != nil {
		lines = append(lines, helpLine{key: "d", words: "show or hide the dashboard; enter opens a player there"})
	}
	lines = append(lines, []helpLine{
		{key: "t", words: "change colours: dark, light, high contrast, monochrome"},
		{key: "m", words: "turn reduced motion on or off"},
		{key: "i", words: "turn plain keyboard input (for input methods) on or off"},
		{key: "?", words: "show or hide this help"},
		{key: "q", words: "leave"},
	}...)
	if m.desk != nil {
		lines = append(lines, m.deskHelp()...)
	}
	return append(lines, []helpLine{
		{},
		{heading: "what counts"},
		{words: "Every press counts once, for you and for everybody. A held key stops counting: at once if your " +
			"terminal reports repeats, otherwise after a few presses. Presses too fast for fingers don't count. Clicks are stored ten times a second, so they survive a restart of the server."},
		{},
		{heading: "names and keys"},
		{words: "Your login name is your player name: ssh NAME@HOST. The first SSH key that scores under a free name " +
			"owns it from then on. Without a key you're a guest, marked ~, and can play any name that nobody owns. To make a key, run ssh-keygen."},
	}...)
}

// deskHelp is what the help says to admins only.
func (m *Model) deskHelp() []helpLine {
	lines := []helpLine{
		{},
		{heading: "the dashboard"},
		{words: "Keys that change something open a command line, as over SSH. Enter shows what will happen; y confirms, and any other key cancels."},
	}
	k := &m.keys.desk
	for _, l := range []struct {
		binding key.Binding
		words   string
	}{
		{k.order, "sort by rank, name, rate or last seen"},
		{m.keys.find, "search for a name"},
		{k.enter, "open the selected player's page; esc goes back"},
		{k.message, "send a message to everybody, or to the player whose page is open"},
		{k.undo, "undo an action by its number in the audit log"},
		{k.audit, "show the audit log"},
		{k.command, "run any SSH command, such as players bans"},
		{k.rename, "on a player's page: rename the player"},
		{k.count, "change the player's clicks"},
		{k.remove, "delete the player"},
		{k.free, "remove all keys from the name"},
		{k.kick, "end the player's sessions"},
		{k.ban, "ban one of the player's keys or addresses; choose with ↑ and ↓"},
	} {
		lines = append(lines, helpLine{key: l.binding.Help().Key, words: l.words})
	}
	return lines
}

// pressOnHelp acts on a key while the help is open.
func (m Model) pressOnHelp(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	k := strokeOf(msg)
	rows := m.look.lay.footer - m.look.lay.about
	if by, ok := m.scrollKey(k, max(rows-1, 1), len(m.helpLines())); ok {
		m.help.top = max(min(m.help.top+by, len(m.helpLines())-rows), 0)
		return m, nil
	}
	if !msg.IsRepeat && k.is(m.keys.shutHelp) {
		m.help = nil
		return m, nil
	}
	return m.pressAnywhere(msg)
}

// helpWide is how wide the help gets at most: longer lines are hard to read.
const helpWide = 72

// helpLines is the help as it is drawn.
func (m *Model) helpLines() []string {
	l, pal := &m.look.lay, &m.look.pal
	w := min(l.cw-2, helpWide)
	margin := blanks(l.x + (l.cw-w)/2)
	var lines []string
	add := func(spans ...span) {
		var b strings.Builder
		b.WriteString(margin)
		put(&b, w, spans)
		lines = append(lines, b.String())
	}
	for _, line := range m.helpText() {
		if line.heading != "" {
			add(span{pal.title, line.heading})
			continue
		}
		const keyWidth = 8
		indent := 2
		if line.key != "" {
			indent += keyWidth
		}
		for i, words := range wrapped(line.words, w-indent) {
			key := blanks(indent)
			if i == 0 && line.key != "" {
				key = "  " + line.key + blanks(keyWidth-len(line.key))
			}
			add(span{pal.strong, key}, span{"", words})
		}
	}
	return lines
}

// wrapped breaks words into lines of at most w cells; there is one at least.
func wrapped(words string, w int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(words) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > w:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// crest is the first line of a screen that lies on the game: what it is, and the
// counts, which go on.
func (m *Model) crest(b *strings.Builder, what string, w int) {
	pal := &m.look.pal
	left := []span{{pal.title, gameName}, {pal.dim, "  " + what}}
	right := []span{{pal.dim, m.marked("you ")}, {pal.own, grouped(m.own)}, {pal.dim, "  all "}, {pal.strong, grouped(m.total)}}
	if widthOfAll(left)+1+widthOfAll(right) > w {
		left = left[:0]
	}
	if widthOfAll(right) > w {
		right = []span{{pal.own, grouped(m.own)}, {pal.dim, " / "}, {pal.strong, grouped(m.total)}}
	}
	if widthOfAll(right) > w {
		right = []span{{pal.strong, numberIn(m.total, w)}}
	}
	spread(b, w, left, right)
}

// helpFrame is the screen of the help. Above it the counts go on, for a click
// counts here as well.
func (m *Model) helpFrame() canvas {
	l, pal := &m.look.lay, &m.look.pal
	c := m.look.canvas()
	w := min(l.cw-2, helpWide)
	c.put(l.header, m.look.line(func(b *strings.Builder) {
		b.WriteString(blanks((l.cw - w) / 2))
		m.crest(b, "help", w)
	}))
	lines := m.helpLines()
	rows := l.footer - l.about
	top := max(min(m.help.top, len(lines)-rows), 0)
	space := max(rows-len(lines), 0)
	from := l.about + min(space/2, 3)
	c.put(from, lines[top:min(top+rows, len(lines))]...)
	c.put(l.footer, m.look.footerHelp)
	if len(lines) > rows {
		c.put(l.footer, m.look.footerScroll)
	}
	if m.notice != quiet && m.notice != slowLink { // how to get out of here has to be seen
		c.put(l.footer, m.look.centred(span{pal.noticed(m.notice), m.words(m.notice, l.cw)}))
	}
	return c
}
