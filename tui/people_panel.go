package tui

import (
	"slices"

	"charm.land/lipgloss/v2"

	"clickky/sync/live"
	"clickky/tui/layout"
	"clickky/tui/screen"
	"clickky/tui/text"
	"clickky/tui/theme"
)

// maxPeoplePages is the maximum number of pages of the list of people. Each makes another shared layer.
const maxPeoplePages = 4

type peopleKey struct {
	people *live.People
	from   int // the first one
}

// peoplePanel shows at the right of wide screens who else is here, by rank, and how fast they click.
func (a *appearance) peoplePanel() panel {
	if a.PeopleX == 0 {
		return staticPanel(0)
	}
	p := newPanel(a.Rows.Start(layout.RowCounter), func(now *sharedKey) peopleKey { return peopleKey{now.snap.People, now.peopleFrom} }, a.renderPeople)
	p.column = a.PeopleX
	return p
}

func (r *lineRenderer) peopleRows() int {
	return r.Rows.Start(layout.RowGame) - r.Rows.Start(layout.RowCounter) - r.NewsHeight - 2
}

// firstPerson returns the index of the first person on the page of the list that has the player, or
// else on the nearest page. Players with neighbouring ranks see the same page.
func (a *appearance) firstPerson(people *live.People, name string) int {
	rows := a.peopleRows() - 1 // the last one says how many others there are
	if a.PeopleX == 0 || people == nil || len(people.List) <= rows {
		return 0
	}
	i := slices.IndexFunc(people.List, func(p live.Person) bool { return p.Name == name })
	return min(max(i, 0)/rows, maxPeoplePages-1) * rows
}

// renderPeople renders the panel of people; nothing if there is no list.
func (a *appearance) renderPeople(k peopleKey) []string {
	if k.people == nil {
		return nil
	}
	height := a.peopleRows()
	list, more := k.people.List[min(k.from, len(k.people.List)):], k.people.More+k.from
	if len(list) > height || more > 0 {
		n := min(len(list), height-1)
		list, more = list[:n], more+len(list)-n
	}
	var rows [][]theme.Span
	for i := range list {
		rows = append(rows, a.personSpans(&list[i], sideWidth))
	}
	return a.sidePanel("here now", height+2, append(rows, []theme.Span{a.Styles.Dim.Span(moreText(more))}))
}

// sideWidth is the width inside the panels at the right of the game.
const sideWidth = layout.PeopleWidth - 4

// sidePanel returns a panel at the right of the game, with as many rows as fit into its height.
func (r *lineRenderer) sidePanel(title string, height int, rows [][]theme.Span) []string {
	lines := []string{r.Border(screen.TopCorners, layout.PeopleWidth, lipgloss.Left, r.Styles.Dim.Render(title))}
	for i := range height - 2 {
		var spans []theme.Span
		if i < len(rows) {
			spans = rows[i]
		}
		lines = append(lines, r.panelLine(0, layout.PeopleWidth, 1, spans, nil))
	}
	return append(lines, r.Border(screen.BottomCorners, layout.PeopleWidth, lipgloss.Left, ""))
}

// personSpans returns the pulse and the name of a person. Names of those who don't click are dim.
func (r *lineRenderer) personSpans(p *live.Person, w int) []theme.Span {
	crown := r.Styles.Accent.Span("")
	if p.LedYesterday {
		crown.Text = " " + screen.Crown
	}
	name := text.Clean(screen.MarkGuest(p.Name, p.Guest), w-2-text.Width(crown.Text))
	if p.Pulse == 0 {
		return []theme.Span{r.Styles.Dim.Span("· " + name), crown}
	}
	return []theme.Span{r.Styles.Accent.Span(text.Level(p.Pulse) + " "), r.Styles.Plain.Span(name), crown}
}

// peopleLinePanel shows in one line who else is here, where there is no panel of people. Advice
// replaces it.
func (a *appearance) peopleLinePanel() panel {
	if !a.Full || a.PeopleX > 0 {
		return staticPanel(0)
	}
	return newPanel(a.Rows.Start(layout.RowAdvice), func(now *sharedKey) *live.People {
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
	var spans []theme.Span
	others := len(people.List) + people.More
	for i := range people.List {
		next := a.dotSpans(&people.List[i])
		if i > 0 {
			next = append([]theme.Span{a.Styles.Plain.Span(text.Spaces(gap))}, next...)
		}
		if spansWidth(spans)+spansWidth(next)+len(moreText(others-1)) > a.W-2 {
			break
		}
		spans = append(spans, next...)
		others--
	}
	return []string{a.centred(append(spans, a.Styles.Dim.Span(moreText(others)))...)}
}

func moreText(n int) string {
	if n == 0 {
		return ""
	}
	return "  and " + text.Grouped(n) + " more"
}

// dotSpans renders a person for the line: bright while clicking.
func (r *lineRenderer) dotSpans(p *live.Person) []theme.Span {
	name := text.Clean(screen.MarkGuest(p.Name, p.Guest), 20)
	if p.LedYesterday {
		name += " " + screen.Crown
	}
	if p.Pulse == 0 {
		return []theme.Span{r.Styles.Dim.Span("○ " + name)}
	}
	return []theme.Span{r.Styles.Accent.Span("● "), r.Styles.Plain.Span(name)}
}
