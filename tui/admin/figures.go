package admin

import (
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"clickky/tui/screen"
	"clickky/tui/text"
)

// card is a figure at the top of the dashboard, and a note on it.
type card struct{ title, figure, note string }

const (
	cards      = 5
	cardsAbove = 3 // how many cards are in the upper of two rows
	cardHeight = 4
)

// cardRoom is how many cells each card needs within its sides.
var cardRoom = [cards]int{9, 12, 9, 13, 14}

// widthOfCards is how wide the cards from one up to another are at least.
func widthOfCards(from, to int) int {
	w := 1
	for _, room := range cardRoom[from:to] {
		w += room + 3 // a space on either side, and the side that it shares with the next
	}
	return w
}

// cardRows is how many rows of cards there is room for; 0: there are lines of text instead.
func (a *Admin) cardRows() int {
	switch {
	case a.Height >= 17 && a.W >= widthOfCards(0, cards):
		return 1
	case a.Height >= 30 && a.W >= widthOfCards(0, cardsAbove):
		return 2
	default:
		return 0
	}
}

// figureLines is how many lines the figures take.
func (a *Admin) figureLines() int {
	switch n := a.cardRows(); {
	case n > 0:
		return n * cardHeight
	case a.Height < 9:
		return 1
	default:
		return 2
	}
}

// figures are the cards, side by side or in two rows, or lines that say as much.
func (d *dashboard) figures(w int) string {
	switch d.cardRows() {
	case 0:
		return d.figureText(w)
	case 1:
		return d.cards(0, cards, w)
	default:
		return stack(d.cards(0, cardsAbove, w), d.cards(cardsAbove, cards, w))
	}
}

// cards draws some of the cards side by side, w cells wide. They share their sides.
func (d *dashboard) cards(from, to, w int) string {
	spare := w - widthOfCards(from, to)
	frame, row := d.Styles.Frame, make([]string, 0, to-from)
	for i := from; i < to; i++ {
		room := cardRoom[i] + (spare+i-from)/(to-from)
		c := d.card(i, room)
		border := lipgloss.RoundedBorder()
		if i > from {
			border.TopLeft, border.BottomLeft = "┬", "┴"
		}
		last, corner := i == to-1, ""
		if last {
			corner = border.TopRight
		}
		style := d.Styles.Panel.BorderStyle(border).BorderTop(false).BorderRight(last)
		row = append(row, stack(
			frame.Render(border.TopLeft+"─ ")+d.Styles.Dim.Render(c.title)+frame.Render(" "+strings.Repeat("─", room-1-len(c.title))+corner),
			style.Width(room+2+style.GetHorizontalBorderSize()).Render(c.figure+"\n"+c.note),
		))
	}
	return lipgloss.JoinHorizontal(lipgloss.Top, row...)
}

// card is the one of that number, with w cells within its sides.
func (d *dashboard) card(i, w int) card {
	strong, dim, snap := d.Styles.Strong.Render, d.Styles.Dim.Render, d.Snap
	switch i {
	case 0:
		return card{"players", strong(text.Number(snap.Players, w)), dim(text.First(w, text.Grouped(snap.Online)+" online", text.Grouped(snap.Online), text.More))}
	case 1:
		each := text.Grouped(d.average())
		return card{"clicks", strong(text.Number(d.Total, w)), dim(text.First(w, each+" a player", each+" each", each, text.More))}
	case 2:
		return card{"a second", strong(text.First(w, text.Rate(snap.Rate), text.More)), dim(text.First(w, "peak "+text.Grouped(uint64(snap.Best)), "peak "+text.More))}
	case 3:
		figure, note := d.saving(w)
		return card{"saving", figure, note}
	default:
		mem, routines := d.machineTexts()
		return card{"server", strong(text.First(w, mem, text.More)), dim(text.First(w, routines, text.More))}
	}
}

// average is how many clicks a player has.
func (d *dashboard) average() uint64 { return d.Total / uint64(max(d.Snap.Players, 1)) }

// saving is the state of journal and database: how many clicks it does not have, or that all is
// saved, and when it was; or what is in the way.
func (d *dashboard) saving(w int) (figure, note string) {
	s, snap, trouble := d.Styles, d.Snap, screen.TroubleOf(d.Snap)
	n, ago := text.Grouped(snap.Unsaved), text.Ago(snap.SavedAge)
	switch {
	case trouble != screen.NoTrouble:
		long, short, place := trouble.Words()
		unsaved := trouble.Unsaved(snap)
		n = text.Grouped(unsaved)
		return s.Bad.Render("▲ " + text.First(w-2, long, short)), s.Strong.Render(text.First(w, n+place, n+" unsaved", text.Number(unsaved, w)))
	case snap.LastSaved.IsZero() && snap.Unsaved == 0:
		return s.Fine.Render(text.First(w, "● nothing to save yet", "● nothing yet")), ""
	case snap.LastSaved.IsZero():
		return s.Fine.Render(text.First(w, "○ "+n+" unsaved", "○ unsaved")), s.Dim.Render("not saved yet")
	case snap.Unsaved == 0:
		return s.Fine.Render("● all saved"), s.Dim.Render(text.First(w, ago, text.More))
	default:
		return s.Fine.Render(text.First(w, "○ "+n+" unsaved", "○ unsaved")), s.Dim.Render(text.First(w, "saved "+ago, ago, text.More))
	}
}

// machineTexts are what the server takes.
func (d *dashboard) machineTexts() (memory, routines string) {
	if d.machine.Now.IsZero() {
		return text.More, text.More
	}
	return sized(d.machine.Memory), text.Count(d.machine.Goroutines, "goroutine")
}

// sized writes bytes, so coarsely that it does not change all the time.
func sized(bytes uint64) string {
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

// figureText is what the cards would say where there is no room for them.
func (d *dashboard) figureText(w int) string {
	w -= 2
	s, snap := d.Styles, d.Snap
	players, online := text.Grouped(snap.Players), text.Grouped(snap.Online)
	all := text.Count(snap.Players, "player")
	rate, peak := text.Rate(snap.Rate), "peak "+text.Grouped(uint64(snap.Best))
	line := func(right string, left ...string) string {
		return " " + screen.Spread(w, s.Dim.Render(text.First(w-lipgloss.Width(right)-1, left...)), right)
	}
	state, note := d.saving(min(w/2, 24))
	if trouble := screen.TroubleOf(snap); trouble != screen.NoTrouble {
		_, short, _ := trouble.Words()
		waits := text.Grouped(trouble.Unsaved(snap)) + " unsaved"
		state, note = s.Bad.Render(text.First(w-8, "▲ "+short+": "+waits, "▲ "+waits)), ""
	} else if d.figureLines() == 1 {
		state = s.Fine.Render(mark(snap.Unsaved == 0, "●"))
	}
	if d.figureLines() == 1 {
		return line(state, online+" of "+players+" online, "+rate+"/s", online+" of "+players+", "+rate+"/s", online+", "+rate+"/s", "")
	}
	memory, routines := d.machineTexts()
	if note != "" && w >= 60 {
		state += s.Fine.Render(", ") + note
	}
	return stack(
		line(s.Strong.Render(text.Number(d.average(), w-5)+" each"), all+", "+online+" online", online+" of "+players+" online", online+" online", ""),
		line(state, rate+" a second, "+peak+", "+memory+", "+routines, rate+"/s, "+peak+", "+memory, rate+"/s, "+peak, rate+"/s", ""),
	)
}

// seenText is when somebody was here last, in at most w cells.
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
		return text.First(w, text.Ago(age), "<10 s")
	case age < time.Minute:
		age = age.Truncate(10 * time.Second) // so that it seldom changes
	}
	ago := text.Ago(age)
	short := strings.TrimSuffix(ago, " ago")
	return text.First(w, ago, short, strings.Replace(short, " days", " d", 1))
}
