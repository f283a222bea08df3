package admin

import (
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/ansi"

	"clickky/sync/game"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// card is a figure at the top of the dashboard, with a note.
type card struct {
	title        string
	minWidth     int // in cells
	figure, note string
}

func (l *playerList) cards() []card {
	s, snap := l.Styles, l.Snap
	saving, saved := l.saveState()
	memory, routines := l.statusTexts()
	strong, dim := s.Strong.Render, s.Dim.Render
	return []card{
		{"players", 9, strong(text.Number(snap.Players, 9)), dim(text.Grouped(snap.Online) + " online")},
		{"clicks", 12, strong(text.Number(l.Total, 12)), dim(l.averageText() + " each")},
		{"a second", 9, strong(text.Rate(snap.Rate)), dim("peak " + text.Grouped(uint64(snap.Best)))},
		{"saving", 13, saving, saved},
		{"server", 14, strong(memory), dim(routines)},
	}
}

// cardsWidth returns the minimum width of cards side by side.
func cardsWidth(cards []card) int {
	w := 1
	for _, c := range cards {
		w += c.minWidth + 3 // a space on either side, and the border shared with the next card
	}
	return w
}

// renderFigures renders the cards in one or two rows, or lines with the same figures.
func (l *playerList) renderFigures(w int) string {
	const firstRow = 3 // cards in the first of two rows
	switch all := l.cards(); {
	case l.Height >= 17 && w >= cardsWidth(all):
		return l.renderCards(all, w)
	case l.Height >= 30 && w >= cardsWidth(all[:firstRow]):
		return joinBlocks(l.renderCards(all[:firstRow], w), l.renderCards(all[firstRow:], w))
	default:
		return l.figureText(w - 2)
	}
}

// renderCards renders cards side by side, w cells wide. They share borders and have their titles in
// the top one.
func (l *playerList) renderCards(cards []card, w int) string {
	frame, spare := &l.Styles.Frame, w-cardsWidth(cards)
	top, corner := "", "╭"
	var widths []int
	var row []string
	for i, c := range cards {
		width := c.minWidth + 2 + (spare+i)/len(cards)
		top += frame.Render(corner+"─ ") + l.Styles.Dim.Render(c.title) + frame.Render(" "+strings.Repeat("─", width-3-len(c.title)))
		corner = "┬"
		widths = append(widths, width)
		row = append(row, ansi.Truncate(c.figure, width-2, text.Ellipsis)+"\n"+ansi.Truncate(c.note, width-2, text.Ellipsis))
	}
	return joinBlocks(top+frame.Render("╮"), table.New().Border(lipgloss.RoundedBorder()).BorderStyle(frame.Style).BorderTop(false).
		Row(row...).StyleFunc(func(_, i int) lipgloss.Style { return lipgloss.NewStyle().Padding(0, 1).Width(widths[i]) }).Render())
}

func (l *playerList) averageText() string {
	return text.Grouped(l.Total / uint64(max(l.Snap.Players, 1)))
}

// saveState returns the state of the database: how many clicks aren't saved and when the rest was,
// or what is wrong.
func (l *playerList) saveState() (figure, note string) {
	s, snap := l.Styles, l.Snap
	unsaved, ago := text.Grouped(snap.Unsaved)+" unsaved", text.Ago(snap.SavedAge)
	switch trouble, waiting := screen.SaveProblemOf(snap); {
	case trouble.Short != "":
		return s.Bad.Render("▲ " + trouble.Short), s.Strong.Render(text.Grouped(waiting) + " unsaved")
	case snap.LastSaved.IsZero() && snap.Unsaved == 0:
		return s.Good.Render("● nothing yet"), ""
	case snap.LastSaved.IsZero():
		return s.Good.Render("○ " + unsaved), s.Dim.Render("not saved yet")
	case snap.Unsaved == 0:
		return s.Good.Render("● all saved"), s.Dim.Render(ago)
	default:
		return s.Good.Render("○ " + unsaved), s.Dim.Render(ago)
	}
}

func (a *Admin) statusTexts() (memory, routines string) {
	if a.status.Now.IsZero() {
		return text.Ellipsis, text.Ellipsis
	}
	return formatBytes(a.status.Memory), text.Count(a.status.Goroutines, "goroutine")
}

// formatBytes rounds a size, so that it doesn't change all the time.
func formatBytes(bytes uint64) string {
	const kilo = 1000
	unit, size := 0, float64(bytes)/kilo
	for units := [...]string{"KB", "MB", "GB", "TB"}; ; unit++ {
		switch {
		case size >= 999.5 && unit < len(units)-1:
			size /= kilo
		case size < 9.95 && unit > 0:
			return strconv.FormatFloat(size, 'f', 1, 64) + " " + units[unit]
		default:
			return strconv.FormatFloat(size, 'f', 0, 64) + " " + units[unit]
		}
	}
}

// figureText replaces the cards where there is no room for them: the state of saving at the right,
// and at the left as much as fits.
func (l *playerList) figureText(w int) string {
	snap := l.Snap
	line := func(right string, pieces ...string) string {
		left := strings.Join(pieces, ", ")
		for len(pieces) > 0 && text.Width(left) >= w-text.Width(right) {
			pieces = pieces[:len(pieces)-1]
			left = strings.Join(pieces, ", ")
		}
		return " " + screen.Justify(w, l.Styles.Dim.Render(left), right)
	}
	saving, note := l.saveState()
	if trouble, waiting := screen.SaveProblemOf(snap); trouble.Short != "" {
		waits := text.Grouped(waiting) + " unsaved"
		saving = l.Styles.Bad.Render(text.FirstFit(w-8, "▲ "+trouble.Short+": "+waits, "▲ "+waits))
	} else if w >= 60 {
		saving += "  " + note
	}
	online, rate := text.Grouped(snap.Online)+" online", text.Rate(snap.Rate)+"/s"
	if l.Height < 9 {
		return line(saving, online, rate)
	}
	memory, routines := l.statusTexts()
	return joinBlocks(line(l.Styles.Strong.Render(l.averageText()+" each"), online, text.Count(snap.Players, "player")),
		line(saving, rate, memory, "peak "+text.Grouped(uint64(snap.Best)), routines))
}

// renderServers lists the servers in a line, those with a problem first, shortened to fit.
func (l *playerList) renderServers(w int) string {
	machine := &l.status
	head := " " + l.Styles.Dim.Render(text.Count(len(machine.Servers), "server"))
	if mismatch := game.ServerMismatch(machine.Servers); mismatch != "" {
		head += "  " + l.Styles.Bad.Render("▲ "+mismatch)
	}
	full, short := head, head
	for _, ok := range []bool{false, true} {
		for _, s := range machine.Servers {
			if isUp(s) == ok {
				full, short = full+"  "+l.renderServer(s, true), short+"  "+l.renderServer(s, false)
			}
		}
	}
	return ansi.Truncate(text.FirstFit(w-1, full, short), w-1, text.Ellipsis)
}

func isUp(s game.Server) bool { return s.State == game.ServerUp }

// renderServer describes a server, in full or as shortly as possible.
func (l *playerList) renderServer(s game.Server, full bool) string {
	const maxName = 24 // cells of a name
	name := text.Clean(s.Name, maxName)
	version, _, _ := strings.Cut(s.Version, " ")
	version = text.Clean(version, maxName)
	lag := ""
	if s.Lag > 0 {
		lag = " " + text.Grouped(s.Lag) + " behind"
	}
	switch state := text.Clean(strings.TrimSuffix(s.State, "behind"), maxName); {
	case !isUp(s):
		return l.Styles.Bad.Render(strings.TrimRight("▲ "+name+" "+state, " ") + lag)
	case full:
		return l.Styles.Good.Render("● "+name) + l.Styles.Dim.Render(" "+text.Count(s.Players, "player")+lag+" "+version)
	default:
		return l.Styles.Good.Render("● " + name)
	}
}

// seenText says when a player was last online, in at most w cells.
func seenText(online bool, seen, now time.Time, w int) string {
	switch {
	case online:
		return "now"
	case seen.IsZero():
		return "—"
	}
	age := now.Sub(seen)
	switch {
	case age < 10*time.Second:
		return text.FirstFit(w, text.Ago(age), "<10 s")
	case age < time.Minute:
		age = age.Truncate(10 * time.Second) // so that it rarely changes
	}
	ago := text.Ago(age)
	short := strings.TrimSuffix(ago, " ago")
	return text.FirstFit(w, ago, short, strings.Replace(short, " days", " d", 1))
}
