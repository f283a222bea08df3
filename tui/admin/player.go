package admin

import (
	"context"
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
	table page
	name  string // as the board has it
	sheet *Sheet // nil until the first one has arrived
	view  viewport.Model
}

// player opens the page of a player; what is on it comes with a message.
func (a *Admin) player(table page, name string) (screen.Screen, tea.Cmd) {
	p := &playerPage{Admin: a, table: table, name: name, view: viewport.New()}
	return p, p.refresh()
}

// refresh implements page.
func (p *playerPage) refresh() tea.Cmd {
	look, name := p.desk.Sheet, p.name
	return p.lookUp(p, func(context.Context) tea.Msg { return look(name) })
}

// Update implements screen.Screen.
func (p *playerPage) Update(msg tea.Msg) (screen.Screen, tea.Cmd) {
	switch msg := msg.(type) {
	case foundMsg:
		sheet, ok := p.found(p, msg).(Sheet)
		if !ok {
			return p, nil
		}
		p.sheet = &sheet
		if sheet.Known {
			p.name = sheet.Name
		}
		return p, p.tick()
	case SecondMsg:
		if p.looking != nil {
			return p, nil // another second begins when that has come
		}
		return p, p.refresh()
	case tea.MouseWheelMsg:
		screen.ScrollText(p.Env, p, &p.view, msg)
		return p, nil
	case screen.Key:
		return p.pressed(msg)
	}
	return nil, nil
}

// pressed acts on a key.
func (p *playerPage) pressed(k screen.Key) (screen.Screen, tea.Cmd) {
	if k.Text == "" && screen.ScrollText(p.Env, p, &p.view, k) {
		return p, nil
	}
	if k.IsRepeat {
		return p.press(p, k)
	}
	if key.Matches(k, p.keys.back) {
		p.stop()
		return p.table, p.table.refresh()
	}
	if next := p.act(k); next != nil {
		return next, nil
	}
	return p.press(p, k)
}

// Hints implements screen.Screen.
func (p *playerPage) Hints() [][]key.Binding {
	k, help := p.keys, p.Keys.Help
	return [][]key.Binding{
		{k.rename, k.count, k.remove, k.free, k.kick, k.ban, k.message, k.undo, k.command, k.back, help},
		{k.rename, k.count, k.remove, k.free, k.kick, k.ban, k.message, k.back, help},
		{k.rename, k.count, k.remove, k.free, k.kick, k.ban, k.message, k.back},
		{k.rename, k.ban, k.message, k.back, help},
		{k.rename, k.ban, k.message, help},
		{k.back, help},
	}
}

// Title implements screen.Page.
func (p *playerPage) Title() string { return "player" }

// Body implements screen.Page: as many lines of the page as there is room for, and the lower side
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
	name = p.Styles.Own.Render(name)
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
		top = stack(top, p.Styles.Frame.Render("╰"+strings.Repeat("─", w-2)+"╯"))
	}
	return stack(top, p.day(w, h-lipgloss.Height(top)))
}

// line is a label, what there is to say of it, and what stands at the right if there is room.
func (p *playerPage) line(w int, label, what, right string) string {
	at := min(labelWidth, w/3)
	style := p.Styles.Dim.Width(at).MaxWidth(at)
	return style.Render(label) + screen.Spread(w-at, ansi.Truncate(what, w-at, text.More), p.Styles.Dim.Render(right))
}

// labelWidth is the column of the labels.
const labelWidth = 11

// facts are where the player stands and when the player was here.
func (p *playerPage) facts(w int) []string {
	is, strong := p.sheet, p.Styles.Strong.Render
	seen := p.Styles.Dim.Render(seenText(false, is.Seen, is.Now, w))
	switch {
	case is.Online:
		seen = p.Styles.Fine.Render("● online")
	case is.Seen.IsZero():
		seen = p.Styles.Dim.Render("unknown")
	}
	facts := [...][2]string{
		{"rank", strong(p.RankText(is.Rank, is.Clicks))},
		{"clicks", strong(text.Grouped(is.Clicks))},
		{"speed", strong(text.Rate(is.Rate) + " a second")},
		{"seen", seen},
	}
	half, lines := w/2, []string(nil)
	for i, f := range facts {
		switch {
		case w < 60:
			lines = append(lines, p.line(w, f[0], f[1], ""))
		case i%2 == 0:
			lines = append(lines, p.line(half, f[0], f[1], ""))
		default:
			lines[i/2] += p.line(w-half, f[0], f[1], "")
		}
	}
	return lines
}

// owners are the keys of the name.
func (p *playerPage) owners(w int) []string {
	if len(p.sheet.Keys) == 0 {
		return []string{p.line(w, "key", p.Styles.Dim.Render(text.First(w-labelWidth, "none: the name is free", "none")), "")}
	}
	var lines []string
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
	return lines
}

// sessions are the sessions of the player.
func (p *playerPage) sessions(w int) []string {
	if len(p.sheet.Sessions) == 0 {
		none := "none on this server"
		if len(p.machine.Servers) > 1 {
			none = "none on any server"
		}
		return []string{p.line(w, "session", p.Styles.Dim.Render(text.First(w-labelWidth, none, "none")), "")}
	}
	var lines []string
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
	return lines
}
