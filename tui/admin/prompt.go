package admin

import (
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/screen"
	"clickky/tui/text"
)

const (
	// maxCommand is how many characters can be typed into a command: more than the longest message.
	maxCommand = 600
	// quotes are where text is typed that may have blanks in it.
	quotes = `""`
)

// prompt is a command that is typed below a page. How it begins stands and cannot be changed, so
// that it is about whom it says it is about, whatever the name holds.
type prompt struct {
	*Admin
	under  screen.Screen
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

// ask opens a prompt with some text.
func (a *Admin) ask(typed string, heads ...string) *prompt {
	p := &prompt{Admin: a, under: a.Front(), heads: heads, input: newInput(typed, maxCommand)}
	if typed == quotes {
		p.input.SetCursor(len(`"`))
	}
	a.Open(p)
	return p
}

// Update implements screen.Screen.
func (p *prompt) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case OutputMsg:
		if msg.prompt != p {
			return nil, false
		}
		return p.ran(msg), true
	case screen.Key:
		if p.question != "" {
			return p.answer(msg)
		}
		return p.typed(msg)
	}
	return nil, false
}

// typed acts on a key while a command is typed, or runs.
func (p *prompt) typed(k screen.Key) (tea.Cmd, bool) {
	switch {
	case k.IsRepeat && key.Matches(k, p.keys.run, p.keys.drop): // it was held on the way here
	case key.Matches(k, p.keys.drop):
		p.Close()
	case key.Matches(k, p.keys.abort):
		return nil, false
	case p.runs:
	case key.Matches(k, p.keys.run):
		return p.run(false), true
	case k.Text == "" && key.Matches(k, p.Keys.Up):
		p.chosen = (p.chosen + len(p.heads) - 1) % len(p.heads)
	case k.Text == "" && key.Matches(k, p.Keys.Down):
		p.chosen = (p.chosen + 1) % len(p.heads)
	default:
		if _, held := k.SplitEscape(); !typeInto(p.input, k) && held {
			p.Close() // Esc, and another key behind it
		}
	}
	return nil, true
}

// answer takes a key as the answer to whether the command is meant. A key that is held since it was
// typed answers nothing.
func (p *prompt) answer(k screen.Key) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, p.keys.abort):
		return nil, false
	case k.IsRepeat:
	case k.Text == "y": // no other letter, not even a capital one
		return p.run(true), true
	default:
		p.Close()
	}
	return nil, true
}

// run runs the command outside of Update; only one runs at a time.
func (p *prompt) run(sure bool) tea.Cmd {
	p.question, p.failed = "", ""
	line := p.heads[p.chosen] + p.input.Value()
	switch {
	case strings.TrimSpace(line) == "":
		p.Close()
		return nil
	case p.running:
		p.failed = "one moment: the last command is still running"
		return nil
	}
	p.ClearMessage() // what came of the one before
	p.running, p.runs = true, true
	run := p.desk.Run
	return func() tea.Msg { return OutputMsg{p, line, sure, run(line, sure)} }
}

// ran takes in what came of the command.
func (p *prompt) ran(msg OutputMsg) tea.Cmd {
	p.running, p.runs = false, false
	switch {
	case msg.Question != "":
		p.question = msg.Question
		return nil
	case !msg.OK:
		p.failed = msg.summary()
		return nil
	}
	refresh := p.back()
	if msg.sure || len(msg.Lines) <= 1 && text.Width(msg.summary()) <= p.W-8 {
		p.ShowMessage(msg.summary())
		return refresh
	}
	if _, ok := p.Front().(*textPage); ok { // the next answer takes its place
		p.Close()
	}
	p.Open(&textPage{Admin: p.Admin, command: msg.line, printed: msg.Lines, view: viewport.New()})
	return refresh
}

// summary is what came of it in one line.
func (o Output) summary() string {
	if len(o.Lines) == 0 {
		return "done"
	}
	return strings.Join(o.Lines, " ")
}

// Title implements screen.Screen.
func (p *prompt) Title() string { return p.under.Title() }

// Hints implements screen.Screen.
func (p *prompt) Hints() []screen.Hint {
	k := p.keys
	switch {
	case p.question != "":
		return []screen.Hint{{Binding: k.sure}, {Binding: k.unsure, Priority: 1}}
	case p.runs:
		return []screen.Hint{{Binding: k.drop}}
	case len(p.heads) > 1:
		return []screen.Hint{{Binding: k.other, Priority: 1}, {Binding: k.run}, {Binding: k.drop}}
	default:
		return []screen.Hint{{Binding: k.run}, {Binding: k.drop}}
	}
}

// Body implements screen.Screen: the page, and below it the command, why it did not work, or what it
// would do.
func (p *prompt) Body(w, h int) string {
	s, room := p.Styles, w-2
	before, _ := text.Clean(p.heads[p.chosen], maxCommand)
	typed := p.field(p.input, ":", before, room)
	block := typed
	switch {
	case p.question != "":
		block = s.Warn.Style.Render(folded(p.question+"?", room))
	case p.runs:
		block = stack(typed, s.Dim.Render("one moment"))
	case p.failed != "":
		block = stack(lipgloss.JoinHorizontal(lipgloss.Top, s.Bad.Render("▲ "), s.Bad.Style.Render(folded(p.failed, room-2))), typed)
	}
	lines := strings.Split(block, "\n")
	if most := max(h-1, 1); len(lines) > most { // something of the page stays in sight
		if p.question != "" {
			lines = lines[:most]
		}
		lines = lines[len(lines)-most:]
	}
	foot := lipgloss.NewStyle().PaddingLeft(1).Render(strings.Join(lines, "\n"))
	if h -= len(lines); h <= 0 {
		return foot
	}
	return stack(lipgloss.NewStyle().Height(h).MaxHeight(h).Render(p.under.Body(w, h)), foot)
}

// newInput returns a field to type into, up to so many characters. Pasting is off: it would read the
// clipboard of the machine that the game runs on. The cursor does not blink.
func newInput(value string, limit int) *textinput.Model {
	in := textinput.New()
	in.CharLimit = limit
	in.SetStyles(textinput.Styles{})
	in.KeyMap.Paste.Unbind()
	in.KeyMap.AcceptSuggestion.Unbind()
	in.KeyMap.NextSuggestion.Unbind()
	in.KeyMap.PrevSuggestion.Unbind()
	in.SetValue(value)
	in.Focus()
	return &in
}

// typeInto has a field take in a key, and reports whether it has a use for it. Characters that
// terminals do not agree on are none that can be typed.
func typeInto(in *textinput.Model, k screen.Key) bool {
	m := in.KeyMap
	switch {
	case k.Mod.Contains(tea.ModAlt):
		if !key.Matches(k, m.WordForward, m.WordBackward, m.DeleteWordForward, m.DeleteWordBackward) {
			return false
		}
	case key.Matches(k, screen.Bind("", "", "ctrl+c", "ctrl+d", "tab")):
		return false
	}
	if shown, _ := text.Clean(k.Text, 2); shown == k.Text {
		*in, _ = in.Update(k.KeyPressMsg)
	}
	return true
}

// field is a field in at most w cells. The lead says what it is for; what stands before the typed
// text gives way to it.
func (a *Admin) field(in *textinput.Model, lead, before string, w int) string {
	const enough = 12 // cells for what is typed
	if over := lipgloss.Width(before) + min(lipgloss.Width(in.Value())+2, enough) - w; over > 0 {
		before = ansi.TruncateLeft(before, over+1, text.Ellipsis)
	}
	in.Prompt = a.Styles.Title.Render(lead) + before
	in.SetWidth(max(w-lipgloss.Width(in.Prompt)-1, 1))
	in.SetCursor(in.Position()) // which has the field scroll to it
	return ansi.Truncate(strings.TrimRight(in.View(), " "), max(w, 0), "")
}

// quoted is a word as a command line has it, which is split as a Unix shell does;
// false if no line can hold it.
func quoted(word string) (string, bool) {
	if word == "" || !utf8.ValidString(word) {
		return "", false
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-@:/+", r)
	}
	if !strings.ContainsFunc(word, odd) {
		return word, true
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'", true
}
