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
	// maxCommand bounds the characters of a command. It is longer than the longest message.
	maxCommand = 600
	// quotes surround text that may contain spaces.
	quotes = `""`
)

// prompt is a command line below a page. Its prefix can't be edited, so the command always applies
// to the player that it names, whatever the name contains.
type prompt struct {
	*Admin
	page     screen.Screen
	prefixes []string // the choices for the start of the command
	prefix   int      // the index of the chosen one
	input    *textinput.Model

	question string // what the command would do, to be confirmed
	failure  string // why the command failed
}

// OutputMsg delivers the result of a command.
type OutputMsg struct {
	prompt    *prompt
	line      string
	confirmed bool
	Output
}

// openPrompt opens a prompt. typed is the initial text after the prefix.
func (a *Admin) openPrompt(typed string, heads ...string) *prompt {
	p := &prompt{Admin: a, page: a.Front(), prefixes: heads, input: newInput(typed, maxCommand)}
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
		return p.handleOutput(msg), true
	case screen.Key:
		if p.question != "" {
			return p.handleAnswerKey(msg)
		}
		return p.handleInputKey(msg)
	}
	return nil, false
}

// handleInputKey handles a key while the command is edited or runs.
func (p *prompt) handleInputKey(k screen.Key) (tea.Cmd, bool) {
	switch {
	case k.IsRepeat && key.Matches(k, p.keys.run, p.keys.cancel): // held since before the prompt opened
	case key.Matches(k, p.keys.cancel):
		p.Close()
	case key.Matches(k, p.keys.quit):
		return nil, false
	case p.running == p:
	case key.Matches(k, p.keys.run):
		return p.run(false), true
	case k.Text == "" && key.Matches(k, p.Keys.Up):
		p.prefix = (p.prefix + len(p.prefixes) - 1) % len(p.prefixes)
	case k.Text == "" && key.Matches(k, p.Keys.Down):
		p.prefix = (p.prefix + 1) % len(p.prefixes)
	default:
		if _, held := k.SplitEscape(); !updateInput(p.input, k) && held {
			p.Close() // Esc, followed by another key
		}
	}
	return nil, true
}

// handleAnswerKey handles the answer to the question. A key held since before the question is no
// answer.
func (p *prompt) handleAnswerKey(k screen.Key) (tea.Cmd, bool) {
	switch {
	case key.Matches(k, p.keys.quit):
		return nil, false
	case k.IsRepeat:
	case k.Text == "y": // no other letter, and no capital
		return p.run(true), true
	default:
		p.Close()
	}
	return nil, true
}

// run runs the command outside Update, one at a time.
func (p *prompt) run(confirmed bool) tea.Cmd {
	p.question, p.failure = "", ""
	line := p.prefixes[p.prefix] + p.input.Value()
	switch {
	case strings.TrimSpace(line) == "":
		p.Close()
		return nil
	case p.running != nil:
		p.failure = "one moment: the last command is still running"
		return nil
	}
	p.ClearMessage() // the result of the previous command
	p.running = p
	return func() tea.Msg { return OutputMsg{p, line, confirmed, p.backend.Run(line, confirmed)} }
}

func (p *prompt) handleOutput(msg OutputMsg) tea.Cmd {
	p.running = nil
	switch {
	case msg.Question != "":
		p.question = msg.Question
		return nil
	case !msg.OK:
		p.failure = msg.summary()
		return nil
	}
	refresh := p.goBack()
	if msg.confirmed || len(msg.Lines) <= 1 && text.Width(msg.summary()) <= p.W-8 {
		p.ShowMessage(msg.summary())
		return refresh
	}
	if _, ok := p.Front().(*outputPage); ok { // the new output replaces it
		p.Close()
	}
	p.Open(&outputPage{Admin: p.Admin, command: msg.line, output: msg.Lines, view: viewport.New()})
	return refresh
}

// summary returns the result in one line.
func (o Output) summary() string {
	if len(o.Lines) == 0 {
		return "done"
	}
	return strings.Join(o.Lines, " ")
}

// Title implements screen.Screen.
func (p *prompt) Title() string { return p.page.Title() }

// Hints implements screen.Screen.
func (p *prompt) Hints() []screen.Hint {
	k := p.keys
	switch {
	case p.question != "":
		return []screen.Hint{{Binding: k.confirm}, {Binding: k.decline, Priority: 1}}
	case p.running == p:
		return []screen.Hint{{Binding: k.cancel}}
	case len(p.prefixes) > 1:
		return []screen.Hint{{Binding: k.other, Priority: 1}, {Binding: k.run}, {Binding: k.cancel}}
	default:
		return []screen.Hint{{Binding: k.run}, {Binding: k.cancel}}
	}
}

// Body implements screen.Screen: the page, and below it the command with its failure, or the
// question.
func (p *prompt) Body(w, h int) string {
	s, width := p.Styles, w-2
	before := text.Clean(p.prefixes[p.prefix], maxCommand)
	typed := p.renderInput(p.input, ":", before, width)
	block := typed
	switch {
	case p.question != "":
		block = s.Warn.Style.Render(wrapText(p.question+"?", width))
	case p.running == p:
		block = joinBlocks(typed, s.Dim.Render("one moment"))
	case p.failure != "":
		block = joinBlocks(lipgloss.JoinHorizontal(lipgloss.Top, s.Bad.Render("▲ "), s.Bad.Style.Render(wrapText(p.failure, width-2))), typed)
	}
	lines := strings.Split(block, "\n")
	if maxLines := max(h-1, 1); len(lines) > maxLines { // part of the page stays visible
		if p.question != "" {
			lines = lines[:maxLines]
		}
		lines = lines[len(lines)-maxLines:]
	}
	foot := lipgloss.NewStyle().PaddingLeft(1).Render(strings.Join(lines, "\n"))
	if h -= len(lines); h <= 0 {
		return foot
	}
	return joinBlocks(lipgloss.NewStyle().Height(h).MaxHeight(h).Render(p.page.Body(w, h)), foot)
}

// newInput returns a text field with at most limit characters. Pasting is off, because it would
// read the clipboard of the server's machine. The cursor doesn't blink.
func newInput(value string, limit int) *textinput.Model {
	in := textinput.New()
	in.CharLimit = limit
	in.SetStyles(textinput.Styles{})
	in.KeyMap.Paste.Unbind()
	in.SetValue(value)
	in.Focus()
	return &in
}

// updateInput passes a key to a field and reports whether the field uses it. It ignores characters
// whose width differs between terminals.
func updateInput(in *textinput.Model, k screen.Key) bool {
	m := in.KeyMap
	switch {
	case k.Mod.Contains(tea.ModAlt):
		if !key.Matches(k, m.WordForward, m.WordBackward, m.DeleteWordForward, m.DeleteWordBackward) {
			return false
		}
	case key.Matches(k, screen.Bind("", "", "ctrl+c", "ctrl+d", "tab")):
		return false
	}
	if shown := text.Clean(k.Text, 2); shown == k.Text {
		*in, _ = in.Update(k.KeyPressMsg)
	}
	return true
}

// renderInput renders a field in at most w cells, after a symbol and fixed text. If there isn't
// enough room, the fixed text is shortened.
func (a *Admin) renderInput(in *textinput.Model, lead, before string, w int) string {
	const minTyped = 12 // cells for the typed text
	if over := lipgloss.Width(before) + min(lipgloss.Width(in.Value())+2, minTyped) - w; over > 0 {
		before = ansi.TruncateLeft(before, over+1, text.Ellipsis)
	}
	in.Prompt = a.Styles.Title.Render(lead) + before
	in.SetWidth(max(w-lipgloss.Width(in.Prompt)-1, 1))
	in.SetCursor(in.Position()) // scrolls the field to the cursor
	return ansi.Truncate(strings.TrimRight(in.View(), " "), max(w, 0), "")
}

// shellQuote quotes a word for a command line, which is split as in a Unix shell. It returns false
// if no command line can contain the word.
func shellQuote(word string) (string, bool) {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@:/+"
	switch {
	case word == "" || !utf8.ValidString(word):
		return "", false
	case strings.Trim(word, plain) == "":
		return word, true
	default:
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'", true
	}
}
