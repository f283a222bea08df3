package admin

import (
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// maxCommand is how many characters can be typed into a command: more than the longest message.
const maxCommand = 600

// prompt is a command that is typed below a page. How it begins stands and cannot be changed, so
// that it is about whom it says it is about, whatever the name holds.
type prompt struct {
	*Admin
	under  page
	heads  []string // how the command may begin
	chosen int      // which of them it does
	input  *textinput.Model

	runs     bool   // the command
	question string // what the command would do, to be answered
	failed   string // why it did not work
}

// OutputMsg brings what came of a command.
type OutputMsg struct {
	prompt *prompt
	line   string
	sure   bool
	Output
}

// ask opens a prompt with some text, and the cursor so many characters before the end of it.
func (a *Admin) ask(under page, typed string, before int, heads ...string) *prompt {
	in := newInput(typed, maxCommand)
	in.SetCursor(utf8.RuneCountInString(typed) - before)
	return &prompt{Admin: a, under: under, heads: heads, input: in}
}

// Update implements screen.Screen.
func (p *prompt) Update(msg tea.Msg) (screen.Screen, tea.Cmd) {
	switch msg := msg.(type) {
	case OutputMsg:
		return p.ran(msg)
	case screen.Key:
		if p.question != "" {
			return p.answer(msg)
		}
		return p.typed(msg)
	case tea.MouseWheelMsg:
		return p, nil
	}
	return screen.Beneath(p, &p.under, msg)
}

// typed acts on a key while a command is typed, or runs.
func (p *prompt) typed(k screen.Key) (screen.Screen, tea.Cmd) {
	switch {
	case k.IsRepeat && key.Matches(k, p.keys.run, p.keys.drop):
		return p, nil // it was held on the way here
	case key.Matches(k, p.keys.drop):
		return p.under, nil
	case key.Matches(k, p.keys.abort):
		return nil, nil
	case p.runs:
		return p, nil
	case key.Matches(k, p.keys.run):
		return p.run(false)
	case k.Text == "" && key.Matches(k, p.Keys.Up):
		p.chosen = (p.chosen + len(p.heads) - 1) % len(p.heads)
	case k.Text == "" && key.Matches(k, p.Keys.Down):
		p.chosen = (p.chosen + 1) % len(p.heads)
	default:
		if _, held := k.EscapeHeldBack(); !typeInto(p.input, k) && held {
			return p.under, nil // Esc, and another key behind it
		}
	}
	return p, nil
}

// answer takes a key as the answer to whether the command is meant. A key that is held since it was
// typed answers nothing.
func (p *prompt) answer(k screen.Key) (screen.Screen, tea.Cmd) {
	switch {
	case key.Matches(k, p.keys.abort):
		return nil, nil
	case k.IsRepeat:
		return p, nil
	case k.Text == "y": // no other letter, not even a capital one
		return p.run(true)
	}
	return p.under, nil
}

// run runs the command outside of Update; only one runs at a time.
func (p *prompt) run(sure bool) (screen.Screen, tea.Cmd) {
	p.question, p.failed = "", ""
	line := p.heads[p.chosen] + p.input.Value()
	switch {
	case strings.TrimSpace(line) == "":
		return p.under, nil
	case p.running:
		p.failed = "one moment: the last command is still running"
		return p, nil
	}
	p.Forget() // what came of the one before
	p.running, p.runs = true, true
	run := p.desk.Run
	return p, func() tea.Msg { return OutputMsg{p, line, sure, run(line, sure)} }
}

// ran takes in what came of the command.
func (p *prompt) ran(msg OutputMsg) (screen.Screen, tea.Cmd) {
	if msg.prompt != p || !p.runs {
		return nil, nil
	}
	p.runs = false
	switch {
	case msg.Question != "":
		p.question = msg.Question
		return p, nil
	case !msg.OK:
		p.failed = msg.summary()
		return p, nil
	}
	refresh := p.under.refresh()
	if msg.sure || len(msg.Lines) <= 1 && text.Width(msg.summary()) <= p.W-8 {
		p.Tell(msg.summary())
		return p.under, refresh
	}
	under := p.under
	if t, ok := under.(*textPage); ok {
		under = t.under
	}
	return &textPage{Admin: p.Admin, under: under, command: msg.line, printed: msg.Lines, view: viewport.New()}, refresh
}

// summary is what came of it in one line.
func (o Output) summary() string {
	if len(o.Lines) == 0 {
		return "done"
	}
	return strings.Join(o.Lines, " ")
}

// refresh implements page.
func (p *prompt) refresh() tea.Cmd { return p.under.refresh() }

// Hints implements screen.Screen.
func (p *prompt) Hints() [][]key.Binding {
	k := p.keys
	switch {
	case p.question != "":
		return [][]key.Binding{{k.sure, k.unsure}, {k.sure}}
	case p.runs:
		return [][]key.Binding{{k.drop}}
	case len(p.heads) > 1:
		return [][]key.Binding{{k.other, k.run, k.drop}, {k.run, k.drop}}
	default:
		return [][]key.Binding{{k.run, k.drop}}
	}
}

// Title implements screen.Page.
func (p *prompt) Title() string { return p.under.Title() }

// Body implements screen.Page: the page, and below it the command, why it did not work, or what it
// would do.
func (p *prompt) Body(w, h int) string {
	s, room := p.Styles, w-2
	fold := func(text string, w int) string { return strings.Join(folded(text, w), "\n") }
	typed := p.field(p.input, ":", cleaned(p.heads[p.chosen], maxCommand), room)
	most := max(h-1, 1) // something of the page stays in sight
	var lines []string
	switch {
	case p.question != "":
		lines = strings.Split(s.Warn.Render(fold(p.question+"?", room)), "\n")
		lines = lines[:min(len(lines), most)]
	case p.runs:
		lines = []string{typed, s.Dim.Render("one moment")}
	case p.failed != "":
		lines = append(strings.Split(lipgloss.JoinHorizontal(lipgloss.Top, s.Bad.Render("▲ "), s.Bad.Render(fold(p.failed, room-2))), "\n"), typed)
	default:
		lines = []string{typed}
	}
	lines = lines[max(len(lines)-most, 0):]
	foot := lipgloss.NewStyle().PaddingLeft(1).Render(strings.Join(lines, "\n"))
	if h -= len(lines); h <= 0 {
		return foot
	}
	return stack(lipgloss.NewStyle().Height(h).MaxHeight(h).Render(p.under.Body(w, h)), foot)
}

// cleaned is text that may hold anything, in at most w cells.
func cleaned(s string, w int) string {
	s, _ = text.Clean(s, w)
	return s
}
