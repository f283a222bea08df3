package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	"clickky/sync/live"
	"clickky/tui/screen"
	"clickky/tui/text"
)

// peoplePanel shows at the right of wide screens who else is here, by rank, and how fast they click.
func (a *appearance) peoplePanel() panel {
	if a.peopleX == 0 {
		return staticPanel(0)
	}
	y := a.rows.start(rowCounter)
	h := a.rows.start(rowGame) - y - a.newsHeight
	p := newPanel(y, func(now *sharedKey) *live.People { return now.snap.People }, func(people *live.People) []string {
		return a.renderPeople(people, h)
	})
	p.column = a.peopleX
	return p
}

// renderPeople returns h lines; none without a list.
func (a *appearance) renderPeople(people *live.People, h int) []string {
	if people == nil {
		return nil
	}
	const w = peopleWidth - 4 // inside the border
	lines := make([]string, 0, h)
	lines = append(lines, a.Border(screen.TopCorners, peopleWidth, lipgloss.Left, a.Styles.Dim.Render("here now")))
	list, more := people.List, people.More
	if rows := h - 2; len(list) > rows || more > 0 {
		n := min(len(list), rows-1)
		list, more = list[:n], more+len(list)-n
	}
	for i := range h - 2 {
		var spans []span
		switch {
		case i < len(list):
			spans = a.personSpans(&list[i], w)
		case i == len(list) && more > 0:
			spans = []span{{&a.Styles.Dim, "  and " + text.Grouped(more) + " more"}}
		}
		var b strings.Builder
		a.openFrame(&b, 0, 1)
		writeJustified(&b, w, spans, nil)
		a.closeFrame(&b, 1)
		lines = append(lines, b.String())
	}
	return append(lines, a.Border(screen.BottomCorners, peopleWidth, lipgloss.Left, ""))
}

// personSpans returns the pulse and the name of a person. Names of those who don't click are dim.
func (a *appearance) personSpans(p *live.Person, w int) []span {
	crown := span{&a.Styles.Accent, ""}
	if p.First {
		crown.Text = " " + screen.Crown
	}
	name, _ := text.Clean(screen.MarkGuest(p.Name, p.Guest), w-2-text.Width(crown.Text))
	if p.Pulse == 0 {
		return []span{{&a.Styles.Dim, "· " + name}, crown}
	}
	return []span{{&a.Styles.Accent, text.Level(p.Pulse) + " "}, {&a.Styles.Plain, name}, crown}
}

// peopleLinePanel shows in one line who else is here, where there is no panel of people. Advice
// replaces it.
func (a *appearance) peopleLinePanel() panel {
	if !a.Full || a.peopleX > 0 {
		return staticPanel(0)
	}
	return newPanel(a.rows.start(rowAdvice), func(now *sharedKey) *live.People {
		if now.hasAdvice {
			return nil
		}
		return now.snap.People
	}, a.renderPeopleLine)
}

// renderPeopleLine names as many people as fit, and says how many others there are.
func (a *appearance) renderPeopleLine(people *live.People) []string {
	if people == nil || len(people.List) == 0 {
		return nil
	}
	const gap = 2
	var spans []span
	others := len(people.List) + people.More
	for i := range people.List {
		next := a.dotSpans(&people.List[i])
		if i > 0 {
			next = append([]span{{&a.Styles.Plain, text.Spaces(gap)}}, next...)
		}
		if spansWidth(spans)+spansWidth(next)+len(moreText(others-1)) > a.W-2 {
			break
		}
		spans = append(spans, next...)
		others--
	}
	return []string{a.centred(append(spans, span{&a.Styles.Dim, moreText(others)})...)}
}

// moreText says how many other people there are.
func moreText(n int) string {
	if n == 0 {
		return ""
	}
	return "  and " + text.Grouped(n) + " more"
}

// dotSpans returns a person in a line: bright while clicking.
func (a *appearance) dotSpans(p *live.Person) []span {
	name, _ := text.Clean(screen.MarkGuest(p.Name, p.Guest), 20)
	if p.First {
		name += " " + screen.Crown
	}
	if p.Pulse == 0 {
		return []span{{&a.Styles.Dim, "○ " + name}}
	}
	return []span{{&a.Styles.Accent, "● "}, {&a.Styles.Plain, name}}
}
