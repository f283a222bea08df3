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

type playerPage struct {
	*Admin
	name    string   // as on the leaderboard
	details *Details // nil until the first lookup
	actions []action
	view    viewport.Model
}

// openPlayer opens the page of a player and looks up its content.
func (a *Admin) openPlayer(name string) tea.Cmd {
	p := &playerPage{Admin: a, name: name, actions: newActions(), view: viewport.New()}
	a.Open(p)
	return p.refresh()
}

func (p *playerPage) refresh() tea.Cmd {
	name := p.name
	return lookUp(p.Admin, func(context.Context) Details { return p.backend.Details(name) }, p.setDetails)
}

func (p *playerPage) setDetails(details Details) tea.Cmd {
	p.details = &details
	if details.Exists {
		p.name = details.Name
	}
	return p.tick()
}

// Update implements screen.Screen.
func (p *playerPage) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case SecondMsg:
		p.ticking = false
		if p.lookup != nil {
			return nil, true // the next tick starts with the result
		}
		return p.refresh(), true
	case screen.Key:
		return p.handleKey(msg)
	case tea.MouseWheelMsg:
		return nil, screen.ScrollText(p.Env, p, &p.view, msg)
	}
	return p.Admin.Update(msg)
}

func (p *playerPage) handleKey(k screen.Key) (tea.Cmd, bool) {
	switch {
	case k.Text == "" && screen.ScrollText(p.Env, p, &p.view, k):
		return nil, true
	case k.IsRepeat:
	case key.Matches(k, p.keys.back):
		return p.goBack(), true
	case p.startAction(k):
		return nil, true
	}
	return p.handleGlobalKey(k)
}

// action is a key that begins a command about the player.
type action struct {
	screen.Hint
	verb string // of the command `players`
}

func newActions() []action {
	return []action{
		{screen.Hint{Binding: screen.Bind("r", "rename", "r"), Priority: 2}, "rename"},
		{screen.Hint{Binding: screen.Bind("c", "clicks", "c"), Priority: 6}, "set"},
		{screen.Hint{Binding: screen.Bind("x", "delete", "x"), Priority: 6}, "delete"},
		{screen.Hint{Binding: screen.Bind("f", "free", "f"), Priority: 6}, "release"},
		{screen.Hint{Binding: screen.Bind("k", "kick", "k"), Priority: 6}, "kick"},
	}
}

// startAction opens a prompt for an action on the player, if the key is for one, and reports
// whether it is.
func (p *playerPage) startAction(k screen.Key) bool {
	const banTime = "30d" // the default; the admin can change it
	quoted, ok := shellQuote(p.name)
	option, target := "--to "+quoted, quoted
	if strings.HasPrefix(p.name, "-") {
		option, target = "--to="+quoted, "-- "+quoted
	}
	typed, heads, problem := "", []string(nil), "commands can't name this player: the name is empty or isn't text"
	switch i := slices.IndexFunc(p.actions, func(a action) bool { return key.Matches(k, a.Binding) }); {
	case i >= 0:
		heads = []string{"players " + p.actions[i].verb + " " + target + " "}
	case key.Matches(k, p.keys.message):
		typed, heads = quotes, []string{"players message " + option + " "}
	case key.Matches(k, p.keys.ban):
		typed, heads, problem = banTime, p.banCommands(), "there's nothing to ban: the player has no key and isn't connected here"
		ok = len(heads) > 0
	default:
		return false
	}
	if !ok {
		p.ShowMessage(problem)
		return true
	}
	p.openPrompt(typed, heads...)
	return true
}

// banCommands returns the beginnings of commands that ban the player: one for each key and each
// address.
func (p *playerPage) banCommands() []string {
	if p.details == nil {
		return nil
	}
	var heads []string
	add := func(target string) {
		if head := "players ban " + target + " --for "; !slices.Contains(heads, head) {
			heads = append(heads, head)
		}
	}
	for _, k := range p.details.Keys {
		add(k.Fingerprint)
	}
	for _, session := range p.details.Sessions {
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
	var hints []screen.Hint
	for _, a := range p.actions {
		hints = append(hints, a.Hint)
	}
	k := p.keys
	return append(hints, []screen.Hint{
		{Binding: k.ban, Priority: 4}, {Binding: k.message, Priority: 3}, {Binding: k.undo, Priority: 8}, {Binding: k.command, Priority: 8}, {Binding: k.back}, {Binding: p.Keys.Help, Priority: 7},
	}...)
}

// Body implements screen.Screen: as much of the page as fits, and the bottom border of its last
// panel.
func (p *playerPage) Body(w, h int) string {
	h -= p.spareLines()
	if p.Framed {
		h--
	}
	content := p.renderContent(w, h)
	p.view.SetWidth(w)
	p.view.SetHeight(max(min(h, lipgloss.Height(content)), 0))
	p.view.SetContent(content)
	if !p.Framed {
		return p.view.View()
	}
	return joinBlocks(p.view.View(), p.bottomBorder(scrollPosition(p.view), w))
}

// renderContent renders the page without the bottom border of its last panel. The chart uses what
// is left of h lines.
func (p *playerPage) renderContent(w, h int) string {
	name := text.Clean(p.name, w)
	name = p.Styles.Accent.Render(name)
	switch {
	case p.details == nil:
		return joinBlocks(p.topBorder(name, w), p.renderBody(w, 1, p.Styles.Dim.Render("one moment")))
	case !p.details.Exists:
		return joinBlocks(p.topBorder(name, w), p.renderBody(w, 1, p.Styles.Bad.Render("this player no longer exists")))
	}
	facts := p.factLines(p.innerWidth(w))
	if p.Full {
		facts = append(facts, "")
	}
	facts = append(append(facts, p.keyLines(p.innerWidth(w))...), p.sessionLines(p.innerWidth(w))...)
	top := joinBlocks(p.topBorder(name, w), p.renderBody(w, len(facts), strings.Join(facts, "\n")))
	if p.Framed {
		top = joinBlocks(top, p.Border(screen.BottomCorners, w, lipgloss.Left, ""))
	}
	return joinBlocks(top, p.renderDay(w, h-lipgloss.Height(top)))
}

const labelWidth = 11

// labelledLine is a label, a value, and right-aligned text if there is room.
func (p *playerPage) labelledLine(w int, label, value, right string) string {
	at := min(labelWidth, w/3)
	style := p.Styles.Dim.Width(at).MaxWidth(at)
	return style.Render(label) + screen.Justify(w-at, ansi.Truncate(value, w-at, text.Ellipsis), p.Styles.Dim.Render(right))
}

// factLines returns the player's rank, clicks, speed and last activity, in two columns if there is
// room.
func (p *playerPage) factLines(w int) []string {
	details, s := p.details, p.Styles
	seen := s.Dim.Render(seenText(false, details.Seen, details.Now, w))
	switch {
	case details.Online:
		seen = s.Good.Render("● online")
	case details.Seen.IsZero():
		seen = s.Dim.Render("unknown")
	}
	half, rest := w/2, w-w/2
	if w < 60 {
		half, rest = w, w
	}
	lines := []string{
		p.labelledLine(half, "rank", s.Strong.Render(p.RankText(details.Rank, details.Clicks)), ""),
		p.labelledLine(rest, "clicks", s.Strong.Render(text.Grouped(details.Clicks)), ""),
		p.labelledLine(half, "speed", s.Strong.Render(text.Rate(details.Rate)+" a second"), ""),
		p.labelledLine(rest, "seen", seen, ""),
	}
	if w < 60 {
		return lines
	}
	return []string{lines[0] + lines[1], lines[2] + lines[3]}
}

func (p *playerPage) keyLines(w int) (lines []string) {
	for _, k := range p.details.Keys {
		label, since := "key", "just now"
		if k.Bound {
			label = "bound key"
		}
		if !k.Since.IsZero() {
			since = k.Since.UTC().Format("2006-01-02")
		}
		fingerprint := text.Clean(k.Fingerprint, w)
		lines = append(lines, p.labelledLine(w, label, fingerprint, since))
	}
	if len(lines) == 0 {
		return []string{p.labelledLine(w, "key", p.Styles.Dim.Render("none: the name is free"), "")}
	}
	return lines
}

func (p *playerPage) sessionLines(w int) (lines []string) {
	for _, s := range p.details.Sessions {
		terminal := text.Clean(s.Terminal, 32)
		if terminal == "" {
			terminal = "no terminal"
		}
		value, since := s.From+"  "+terminal, text.Ago(p.details.Now.Sub(s.Since))
		if s.Server != "" {
			on := text.Clean(s.Server, 24)
			value += "  on " + on
			if s.IsUnreachable() {
				value, since = "on "+on+", which isn't answering", ""
			}
		}
		value = text.Clean(value, w)
		lines = append(lines, p.labelledLine(w, "session", value, since))
	}
	if len(lines) == 0 {
		none := "none on this server"
		if len(p.status.Servers) > 1 {
			none = "none on any server"
		}
		return []string{p.labelledLine(w, "session", p.Styles.Dim.Render(none), "")}
	}
	return lines
}
