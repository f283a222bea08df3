package admin

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"clickky/tui/text"
)

// serverLines is how many lines tell of the servers of the game: one, where there are several, and
// room.
func (d *dashboard) serverLines() int {
	const least = 9 // lines that the table and what is typed below it take
	if _, h := d.Room(); len(d.machine.Servers) < 2 || h-d.spare()-d.figureLines() < least {
		return 0
	}
	return 1
}

// servers is that line. Of each server it says as much as there is room for of all; where not even
// all names have room, those come first with which something is wrong.
func (d *dashboard) servers(w int) string {
	if d.serverLines() == 0 {
		return ""
	}
	is := &d.machine
	head := " " + d.Styles.Dim.Render(text.Count(len(is.Servers), "server")) + "  "
	if is.Differ != "" {
		head += d.Styles.Bad.Render("▲ "+is.Differ) + "  "
	}
	servers := slices.Clone(is.Servers)
	line := ""
	for detail := range serverDetails + 1 {
		if detail == serverDetails {
			slices.SortStableFunc(servers, func(a, b Server) int { return wrongFirst(a) - wrongFirst(b) })
		}
		told := make([]string, len(servers))
		for i, s := range servers {
			told[i] = d.server(s, detail)
		}
		if line = head + strings.Join(told, "  "); lipgloss.Width(line) < w {
			break
		}
	}
	return ansi.Truncate(line, w-1, text.More)
}

// wrongFirst puts those first with which something is wrong.
func wrongFirst(s Server) int {
	if s.OK {
		return 1
	}
	return 0
}

// serverDetails is in how many ways a server is told of, each shorter than the one before.
const serverDetails = 4

// server tells of a server in one of those ways.
func (d *dashboard) server(s Server, detail int) string {
	const maxName, maxVersion = 24, 16
	name, _ := text.Clean(s.Name, maxName)
	version, _, _ := strings.Cut(s.Version, " ")
	version, _ = text.Clean(version, maxVersion)
	mark, style, state := "● ", d.Styles.Fine, ""
	if !s.OK {
		state, _ = text.Clean(s.State, maxName)
		mark, style, state = "▲ ", d.Styles.Bad, " "+state
	}
	if s.Lag > 0 && (detail < 2 || !s.OK) {
		state = strings.TrimSuffix(state, " behind") + " " + text.Grouped(s.Lag) + " behind"
	}
	players, last := "", ""
	switch {
	case detail > 0 && !s.OK: // what is wrong says enough
	case detail == 0:
		players, last = " "+text.Count(s.Players, "player"), " "+version
	case detail == 1:
		players, last = " "+text.Grouped(s.Players), " "+version
	case detail == 2:
		players = " " + text.Grouped(s.Players)
	}
	return style.Render(mark+name) + d.Styles.Dim.Render(players) + style.Render(state) + d.Styles.Dim.Render(last)
}
