package tui

import (
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// maxCommand is how many characters can be typed into a command: more than the
// longest message.
const maxCommand = 600

// prompt is a command line that is typed. How it begins stands and cannot be
// changed, so that it is about whom it says it is about, whatever the name holds.
type prompt struct {
	heads  []string // how the line may begin
	chosen int      // which of them it does
	input  *textinput.Model

	asked    uint64 // the run that is under way; 0: none
	question string // what the command would do, to be answered
	failed   string // why it did not work
}

// line is the whole command.
func (p *prompt) line() string { return p.heads[p.chosen] + p.input.Value() }

// outputMsg brings what came of a command line.
type outputMsg struct {
	number uint64
	line   string
	sure   bool
	Output
}

// ask opens a prompt with some text, and the cursor so many characters before the
// end of it.
func (m Model) ask(text string, before int, heads ...string) Model {
	in := newInput(text, maxCommand)
	in.SetCursor(utf8.RuneCountInString(text) - before)
	m.dash.prompt = &prompt{heads: heads, input: in}
	return m
}

// pressOnPrompt acts on a key while a command is typed, runs, or asks.
func (m Model) pressOnPrompt(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	k, keys, p := strokeOf(msg), &m.keys.desk, m.dash.prompt
	switch {
	case k.is(m.keys.abort):
		return m, tea.Quit
	case p.question != "":
		return m.answer(msg)
	case msg.IsRepeat && (k.is(keys.run) || k.is(keys.drop)):
		return m, nil // it was held on the way here
	case k.is(keys.drop):
		m.dash.prompt = nil
		return m, nil
	case p.asked != 0:
		return m, nil
	case k.is(keys.run):
		return m.runTyped(false)
	case msg.Text == "" && k.is(m.keys.up):
		p.chosen = (p.chosen + len(p.heads) - 1) % len(p.heads)
		return m, nil
	case msg.Text == "" && k.is(m.keys.down):
		p.chosen = (p.chosen + 1) % len(p.heads)
		return m, nil
	}
	in, _ := p.input.Update(msg) // its commands are for a cursor that blinks
	p.input = &in
	return m, nil
}

// answer takes a key as the answer to whether the command is meant. A key that is
// held since it was typed answers nothing.
func (m Model) answer(msg tea.KeyPressMsg) (Model, tea.Cmd) {
	switch {
	case msg.IsRepeat:
		return m, nil
	case stroke(msg.Text).is(m.keys.desk.sure): // no other letter, not even a capital one
		return m.runTyped(true)
	}
	m.dash.prompt = nil
	return m, nil
}

// runTyped runs the command outside of Update; only one runs at a time.
func (m Model) runTyped(sure bool) (Model, tea.Cmd) {
	p := m.dash.prompt
	p.question, p.failed = "", ""
	line := p.line()
	switch {
	case strings.TrimSpace(line) == "":
		m.dash.prompt = nil
		return m, nil
	case m.running != 0:
		p.failed = "one moment: the last command is still running"
		return m, nil
	}
	m.messageFor = 0 // what came of the one before
	m.hush()
	m.runs++
	m.running, p.asked = m.runs, m.runs
	number, run := m.runs, m.desk.Run
	return m, func() tea.Msg { return outputMsg{number, line, sure, run(line, sure)} }
}

// ran takes in what came of a command. Whoever has closed the prompt since is told
// what was done, and asked nothing any more. Who has no desk any more is told
// nothing.
func (m Model) ran(msg outputMsg) (Model, tea.Cmd) {
	m.running = 0
	if m.desk == nil {
		return m, nil
	}
	waits := m.dash != nil && m.dash.prompt != nil && m.dash.prompt.asked == msg.number
	switch {
	case !waits && !msg.sure:
		return m, nil
	case !waits:
		m.tell(msg.summary())
		return m, nil
	}
	p := m.dash.prompt
	p.asked = 0
	switch {
	case msg.Question != "":
		p.question = msg.Question
		return m, nil
	case !msg.OK:
		p.failed = msg.summary()
		return m, nil
	}
	m.dash.prompt = nil
	if msg.sure || len(msg.Lines) <= 1 && widthOf(msg.summary()) <= m.look.lay.cw-8 {
		m.tell(msg.summary())
	} else {
		m.dash.page = &page{title: msg.line, text: msg.Lines}
	}
	return m.lookAgain()
}

// summary is what came of it in one line.
func (o Output) summary() string {
	if len(o.Lines) == 0 {
		return "done"
	}
	return strings.Join(o.Lines, " ")
}
