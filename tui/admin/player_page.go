package admin

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// playerPage is all that is known of a player.
type playerPage struct {
	*Admin
	name  string // as the board has it
	sheet *Sheet // nil until the first one has arrived
	view  viewport.Model
}

// openPlayer opens the page of a player; what is on it comes with a message.
func (a *Admin) openPlayer(name string) tea.Cmd {
	p := &playerPage{Admin: a, name: name, view: viewport.New()}
	a.Open(p)
	return p.refresh()
}

// refresh looks again.
func (p *playerPage) refresh() tea.Cmd {
	look, name := p.desk.Sheet, p.name
	return p.lookUp(p, func(context.Context) tea.Msg { return look(name) })
}

// Update implements screen.Screen.
func (p *playerPage) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case foundMsg:
		sheet, ok := p.found(p, msg).(Sheet)
		if !ok {
			return nil, false
		}
		p.sheet = &sheet
		if sheet.Known {
			p.name = sheet.Name
		}
		return p.tick(), true
	case refreshMsg:
		return p.refresh(), true
	case SecondMsg:
		p.ticking = false
		if p.looking != nil {
			return nil, true // another second begins when that has come
		}
		return p.refresh(), true
	case screen.Key:
		return p.pressed(msg)
	}
	return nil, screen.ScrollText(p.Env, p, &p.view, msg)
}

// pressed acts on a key.
func (p *playerPage) pressed(k screen.Key) (tea.Cmd, bool) {
	switch {
	case k.Text == "" && screen.ScrollText(p.Env, p, &p.view, k):
		return nil, true
	case k.IsRepeat:
	case key.Matches(k, p.keys.back):
		p.stop()
		return p.back(), true
	case p.act(k):
		return nil, true
	}
	return p.press(k)
}

// act opens a prompt for what a key does about the player, and reports whether it does anything.
func (p *playerPage) act(k screen.Key) bool {
	const banTime = "30d" // unless the admin says something else
	whom, ok := quoted(p.name)
	option, target := "--to "+whom, whom
	if strings.HasPrefix(p.name, "-") {
		option, target = "--to="+whom, "-- "+whom
	}
	if key.Matches(k, p.keys.ban) {
		if bans := p.bans(); len(bans) > 0 {
			p.ask(banTime, bans...)
		} else {
			p.ShowMessage("there's nothing to ban: the player has no key and isn't connected here")
		}
		return true
	}
	for _, act := range []struct {
		key         key.Binding
		typed, head string
	}{
		{p.keys.rename, "", "players rename " + target + " "},
		{p.keys.count, "", "players set " + target + " "},
		{p.keys.remove, "", "players delete " + target + " "},
		{p.keys.free, "", "players release " + target + " "},
		{p.keys.kick, "", "players kick " + target + " "},
		{p.keys.message, quotes, "players message " + option + " "},
	} {
		if !key.Matches(k, act.key) {
			continue
		}
		if ok {
			p.ask(act.typed, act.head)
		} else {
			p.ShowMessage("commands can't name this player: the name is empty or isn't text")
		}
		return true
	}
	return false
}

// bans are how commands begin that keep the player out: one for each key and each address.
func (p *playerPage) bans() []string {
	if p.sheet == nil {
		return nil
	}
	var heads []string
	add := func(target string) {
		if head := "players ban " + target + " --for "; !slices.Contains(heads, head) {
			heads = append(heads, head)
		}
	}
	for _, k := range p.sheet.Keys {
		add(k.Fingerprint)
	}
	for _, session := range p.sheet.Sessions {
		if addr, err := netip.ParseAddr(session.From); err == nil {
			add(addr.String())
		}
	}
	return heads
}

// Title implements screen.Screen.
func (p *playerPage) Title() string { return "player" }

// Hints implements screen.Screen.
func (p *playerPage) Hints() []screen.Hint {
	k := p.keys
	return []screen.Hint{
		{Binding: k.rename, Priority: 2},
		{Binding: k.count, Priority: 6},
		{Binding: k.remove, Priority: 6},
		{Binding: k.free, Priority: 6},
		{Binding: k.kick, Priority: 6},
		{Binding: k.ban, Priority: 4},
		{Binding: k.message, Priority: 3},
		{Binding: k.undo, Priority: 8},
		{Binding: k.command, Priority: 8},
		{Binding: k.back},
		{Binding: p.Keys.Help, Priority: 7},
	}
}

// Body implements screen.Screen: as many lines of the page as there is room for, and the lower side
// of its last panel.
func (p *playerPage) Body(w, h int) string {
	h -= p.spare()
	if p.Framed {
		h--
	}
	content := p.content(w, h)
	p.view.SetWidth(w)
	p.view.SetHeight(max(min(h, lipgloss.Height(content)), 0))
	p.view.SetContent(content)
	if !p.Framed {
		return p.view.View()
	}
	return stack(p.view.View(), p.lower(partly(p.view), w))
}

// content is the page but for the lower side of its last panel; the chart takes what is left of h
// lines.
func (p *playerPage) content(w, h int) string {
	name, _ := text.Clean(p.name, w)
	name = p.Styles.Accent.Render(name)
	switch {
	case p.sheet == nil:
		return stack(p.upper(name, w), p.sides(w, 1, p.Styles.Dim.Render("one moment")))
	case !p.sheet.Known:
		return stack(p.upper(name, w), p.sides(w, 1, p.Styles.Bad.Render("this player no longer exists")))
	}
	facts := p.facts(p.inner(w))
	if p.Full {
		facts = append(facts, "")
	}
	facts = append(append(facts, p.owners(p.inner(w))...), p.sessions(p.inner(w))...)
	top := stack(p.upper(name, w), p.sides(w, len(facts), strings.Join(facts, "\n")))
	if p.Framed {
		top = stack(top, p.Border(screen.BottomCorners, w, lipgloss.Left, ""))
	}
	return stack(top, p.day(w, h-lipgloss.Height(top)))
}

// labelWidth is the column of the labels.
const labelWidth = 11

// line is a label, what there is to say of it, and what stands at the right if there is room.
func (p *playerPage) line(w int, label, what, right string) string {
	at := min(labelWidth, w/3)
	style := p.Styles.Dim.Width(at).MaxWidth(at)
	return style.Render(label) + screen.Justify(w-at, ansi.Truncate(what, w-at, text.Ellipsis), p.Styles.Dim.Render(right))
}

// facts are where the player stands and when the player was here, in two columns if there is room.
func (p *playerPage) facts(w int) []string {
	is, s := p.sheet, p.Styles
	seen := s.Dim.Render(seenText(false, is.Seen, is.Now, w))
	switch {
	case is.Online:
		seen = s.Good.Render("● online")
	case is.Seen.IsZero():
		seen = s.Dim.Render("unknown")
	}
	half, rest := w/2, w-w/2
	if w < 60 {
		half, rest = w, w
	}
	lines := []string{
		p.line(half, "rank", s.Strong.Render(p.RankText(is.Rank, is.Clicks)), ""),
		p.line(rest, "clicks", s.Strong.Render(text.Grouped(is.Clicks)), ""),
		p.line(half, "speed", s.Strong.Render(text.Rate(is.Rate)+" a second"), ""),
		p.line(rest, "seen", seen, ""),
	}
	if w < 60 {
		return lines
	}
	return []string{lines[0] + lines[1], lines[2] + lines[3]}
}

// owners are the keys of the name.
func (p *playerPage) owners(w int) (lines []string) {
	for _, k := range p.sheet.Keys {
		label, since := "key", "just now"
		if k.Bound {
			label = "bound key"
		}
		if !k.Since.IsZero() {
			since = k.Since.UTC().Format("2006-01-02")
		}
		fingerprint, _ := text.Clean(k.Fingerprint, w)
		lines = append(lines, p.line(w, label, fingerprint, since))
	}
	if len(lines) == 0 {
		return []string{p.line(w, "key", p.Styles.Dim.Render("none: the name is free"), "")}
	}
	return lines
}

// sessions are the sessions of the player.
func (p *playerPage) sessions(w int) (lines []string) {
	for _, s := range p.sheet.Sessions {
		terminal, _ := text.Clean(s.Terminal, 32)
		if terminal == "" {
			terminal = "no terminal"
		}
		what, since := s.From+"  "+terminal, text.Ago(p.sheet.Now.Sub(s.Since))
		if s.Server != "" {
			on, _ := text.Clean(s.Server, 24)
			what += "  on " + on
			if s.From == "" {
				what, since = "on "+on+", which isn't answering", ""
			}
		}
		what, _ = text.Clean(what, w)
		lines = append(lines, p.line(w, "session", what, since))
	}
	if len(lines) == 0 {
		none := "none on this server"
		if len(p.machine.Servers) > 1 {
			none = "none on any server"
		}
		return []string{p.line(w, "session", p.Styles.Dim.Render(none), "")}
	}
	return lines
}
