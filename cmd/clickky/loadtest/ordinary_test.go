package loadtest

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/ledger"
	"clickky/sync/live"
	"clickky/tui"
)

// ordinary is the screen of the game at 80×24 as most Bubble Tea programs
// would have it: each View lays everything out anew with lipgloss. The text is
// that of the game's own model, without its styles, which costs a few
// microseconds of the hundreds that lipgloss takes.
type ordinary struct{ tui.Model }

// Update implements tea.Model.
func (o ordinary) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.ColorProfileMsg); ok {
		return o, nil // the text stays plain, the renderer converts the colours
	}
	next, cmd := o.Model.Update(msg)
	if m, ok := next.(tui.Model); ok {
		o.Model = m
	}
	return o, cmd
}

// View implements tea.Model.
func (o ordinary) View() tea.View {
	view := o.Model.View()
	view.Content = layOut(strings.NewReplacer("\x1b[1m", "", ansi.ResetStyle, "").Replace(view.Content))
	return view
}

// Where the parts of the screen are, in lines and columns.
const (
	headLine, counterTop, counterEnd = 0, 1, 14
	panelTop, panelEnd               = 15, 20
	savedLine, keysLine              = 22, 23
	left, leftEnd                    = 2, 39
	rightBegin, right                = 41, 78
)

func layOut(text string) string {
	lines := strings.Split(text, "\n")
	for len(lines) < terminalHeight {
		lines = append(lines, "")
	}
	title, strong := lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Color("#D6409F")), lipgloss.NewStyle().Bold(true)
	dim := lipgloss.NewStyle().Foreground(lipgloss.Color("#7C7C86"))
	centred := dim.Width(right - left).Align(lipgloss.Center)
	glow := lipgloss.NewStyle().Foreground(lipgloss.Color("#DE4C62"))

	name, motto, _ := strings.Cut(strings.TrimSpace(lines[headLine]), "  ")
	head := lipgloss.JoinHorizontal(lipgloss.Top, title.Render(" "+name),
		lipgloss.PlaceHorizontal(right-left-1-len(name), lipgloss.Right, dim.Render(strings.TrimSpace(motto)+" ")))

	var counter []string
	for _, line := range lines[counterTop+1 : counterEnd] {
		style := glow
		if strings.Contains(line, "click") {
			style = strong
		}
		counter = append(counter, style.Render(cells(line, left+1, right-1)))
	}
	body := lipgloss.JoinVertical(lipgloss.Center,
		head,
		panel(lines[counterTop:counterEnd+1], left, right, lipgloss.JoinVertical(lipgloss.Left, counter...)),
		lipgloss.JoinHorizontal(lipgloss.Top,
			facts(lines[panelTop:panelEnd+1], left, leftEnd), "  ", facts(lines[panelTop:panelEnd+1], rightBegin, right)), "",
		centred.Render(strings.TrimSpace(lines[savedLine])),
		centred.Render(strings.TrimSpace(lines[keysLine])))
	return lipgloss.Place(terminalWidth, terminalHeight, lipgloss.Center, lipgloss.Bottom, body)
}

// cells are the columns of a line from one to another.
func cells(line string, from, to int) string {
	runes := []rune(line)
	for len(runes) < to {
		runes = append(runes, ' ')
	}
	return string(runes[from:to])
}

// panel draws a frame whose upper and lower sides have something written on
// them.
func panel(lines []string, from, to int, body string) string {
	frame := lipgloss.NewStyle().Foreground(lipgloss.Color("#74747E"))
	sides := lipgloss.NewStyle().Border(lipgloss.RoundedBorder(), false, true).
		BorderForeground(lipgloss.Color("#74747E")).Width(to - from)
	return lipgloss.JoinVertical(lipgloss.Left,
		frame.Render(cells(lines[0], from, to)), sides.Render(body), frame.Render(cells(lines[len(lines)-1], from, to)))
}

// facts draws a panel of labels and values.
func facts(lines []string, from, to int) string {
	label := lipgloss.NewStyle().Foreground(lipgloss.Color("#7C7C86")).Width(12)
	value := lipgloss.NewStyle().Bold(true).Width(to - from - 14)
	var rows []string
	for _, line := range lines[1 : len(lines)-1] {
		text := cells(line, from+1, to-1)
		rows = append(rows, lipgloss.JoinHorizontal(lipgloss.Top,
			label.Render(text[:12]), value.Render(strings.TrimRight(text[12:], " "))))
	}
	return panel(lines, from, to, lipgloss.JoinVertical(lipgloss.Left, rows...))
}

func TestOrdinaryScreenEqualsGame(t *testing.T) {
	for _, total := range []uint64{7, 1_342_977} {
		game := ledger.New()
		seat := game.Join("alice")
		m := tui.New(tui.Options{
			Name: "alice", Player: stockPlayer{seat}, Width: terminalWidth, Height: terminalHeight, Profile: colorprofile.ASCII,
			Snapshot: &live.Snapshot{Total: total, Players: 120, Online: 17, Rate: 12.4},
		})
		want, got := plainLines(m.View().Content), plainLines(ordinary{m}.View().Content)
		for y := range want {
			if got[y] != want[y] {
				t.Errorf("line %d is\n%q, want\n%q", y, got[y], want[y])
			}
		}
	}
}

func plainLines(content string) []string {
	lines := strings.Split(ansi.Strip(content), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}
