// Package help has the text of the help, rendered for a page and in plain lines.
package help

import (
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/tui/screen"
	"clickky/tui/theme"
)

// maxWidth limits the width of the text: long lines are hard to read.
const maxWidth = 72

// Render centres the text of the help in width cells.
func Render(s *theme.Styles, p screen.Permissions, width int) string {
	w := min(width-2, maxWidth)
	const indent, keyWidth = 2, 8
	var blocks []string
	for _, line := range Text(p) {
		switch {
		case line.Heading != "":
			blocks = append(blocks, s.Title.Render(line.Heading))
		case line.Key != "":
			key := s.Strong.PaddingLeft(indent).Width(indent + keyWidth).Render(line.Key)
			blocks = append(blocks, lipgloss.JoinHorizontal(lipgloss.Top, key, lipgloss.NewStyle().Width(w-indent-keyWidth).Render(line.Words)))
		default:
			blocks = append(blocks, lipgloss.NewStyle().PaddingLeft(indent).Width(w).Render(line.Words))
		}
	}
	return lipgloss.PlaceHorizontal(width, lipgloss.Center, lipgloss.NewStyle().Width(w).Render(strings.Join(blocks, "\n")))
}

// Line is a line of the help: a heading, a key with its meaning, or a paragraph.
type Line struct{ Heading, Key, Words string }

// Text returns the lines of the help. They are wrapped later.
func Text(r screen.Permissions) []Line {
	lines := []Line{
		{Heading: "keys"},
		{Key: "space", Words: "click once: press space or enter, or click on the counter"},
	}
	if r.Board {
		lines = append(lines, Line{Key: "l", Words: "show or hide the leaderboard; / searches it"})
	}
	if r.Dashboard {
		lines = append(lines, Line{Key: "d", Words: "show or hide the dashboard; enter opens a player there"})
	}
	lines = append(lines, []Line{
		{Key: "n", Words: "show or hide the latest news: what happened in the game"},
		{Key: "t", Words: "change colours: dark, light, high contrast, monochrome"},
		{Key: "a", Words: "plain characters (ASCII) on or off, if lines look broken"},
		{Key: "m", Words: "turn reduced motion on or off"},
		{Key: "b", Words: "bell on or off: when you're passed, or a milestone is near"},
		{Key: "h", Words: "hide yourself from other players, or show yourself"},
		{Key: "i", Words: "turn plain keyboard input (for input methods) on or off"},
		{Key: "q", Words: "leave"},
	}...)
	if r.Dashboard {
		lines = append(lines, dashboardText()...)
	}
	return append(lines, []Line{
		{},
		{Heading: "what counts"},
		{Words: "Every press counts once, for you and for everybody. A held key soon stops counting. Presses too " +
			"fast for fingers don't count. Clicks are stored ten times a second: a restart loses none."},
		{},
		{Heading: "names and keys"},
		{Words: "Your login name is your player name: ssh NAME@HOST. The first SSH key that scores under a free name " +
			"owns it from then on. Without a key you're a guest, marked ~, and can play any name that nobody owns. To make a key, run ssh-keygen."},
	}...)
}

func dashboardText() []Line {
	return []Line{
		{},
		{Heading: "the dashboard"},
		{Words: "Keys that change something open a command line, as over SSH. Enter shows what will happen; y confirms, and any other key cancels."},
		{Key: "s", Words: "sort by rank, name, rate or last seen"},
		{Key: "/", Words: "search for a name"},
		{Key: "p", Words: "show the clicks of all time, today, 7 days or 30 days"},
		{Key: "enter", Words: "open the selected player's page; esc goes back"},
		{Key: "g", Words: "send a message to everybody, or to the player whose page is open"},
		{Key: "u", Words: "undo an action by its number in the audit log"},
		{Key: "a", Words: "show the audit log"},
		{Key: ":", Words: "run any SSH command, such as players bans"},
		{Key: "r", Words: "on a player's page: rename the player"},
		{Key: "c", Words: "change the player's clicks"},
		{Key: "x", Words: "delete the player"},
		{Key: "f", Words: "remove all keys from the name"},
		{Key: "k", Words: "end the player's sessions"},
		{Key: "b", Words: "ban one of the player's keys or addresses; choose with ↑ and ↓"},
	}
}
