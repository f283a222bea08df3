package tui

import (
	"strconv"
	"strings"
	"time"

	"clickky/tui/text"
)

// card is a figure at the top of the dashboard, and a note on it.
type card struct {
	title        string
	figure, note span
}

const (
	cardsAbove = 3 // how many cards are in the upper of two rows
	cardH      = 4 // lines of a card with its frame
)

// cardRoom is how many cells each card needs between its sides.
var cardRoom = [...]int{9, 12, 9, 13, 14}

// widthOfCards is how wide the cards from one up to another are at least.
func widthOfCards(from, to int) int {
	w := 1
	for _, room := range cardRoom[from:to] {
		w += room + 3 // a space on either side, and the wall at the right
	}
	return w
}

// card is the one of that number, with w cells between its sides.
func (m *Model) card(i, w int) card {
	pal, snap := &m.look.pal, m.snap
	strong := func(text string) span { return span{pal.strong, text} }
	switch i {
	case 0:
		return card{"players", strong(numberIn(uint64(max(snap.Players, 0)), w)), span{pal.dim, first(w, groupedInt(snap.Online)+" online", groupedInt(snap.Online), more)}} //nolint:gosec // not negative
	case 1:
		each := grouped(m.average())
		return card{"clicks", strong(numberIn(m.total, w)), span{pal.dim, first(w, each+" a player", each+" each", each, more)}}
	case 2:
		rate := rated(snap.Rate)
		return card{"a second", strong(first(w, rate, more)), span{pal.dim, first(w, "peak "+grouped(uint64(snap.Best)), "peak "+more)}}
	case 3:
		figure, note := m.saving(w)
		return card{"saving", figure, note}
	default:
		mem, routines := m.machineTexts()
		return card{"server", strong(first(w, mem, more)), span{pal.dim, first(w, routines, more)}}
	}
}

// average is how many clicks a player has.
func (m *Model) average() uint64 {
	if m.snap.Players <= 0 {
		return 0
	}
	return m.total / uint64(m.snap.Players)
}

// saving is the state of journal and database: how many clicks it does not have,
// or that all is saved, and when it was; or what is in the way.
func (m *Model) saving(w int) (figure, note span) {
	pal, f := &m.look.pal, savedFactsOf(m.snap)
	n := grouped(m.snap.Unsaved)
	if f.trouble != noTrouble {
		long, short, place := f.trouble.words()
		n = grouped(f.unsaved)
		return span{pal.bad, "▲ " + first(w-2, long, short)}, span{pal.strong, first(w, n+place, n+" unsaved", numberIn(f.unsaved, w))}
	}
	ago := text.Ago(f.age)
	switch {
	case !f.ever && f.unsaved == 0:
		return span{pal.fine, first(w, "● nothing to save yet", "● nothing yet")}, span{}
	case !f.ever:
		return span{pal.fine, first(w, "○ "+n+" unsaved", "○ unsaved")}, span{pal.dim, "not saved yet"}
	case f.unsaved == 0:
		return span{pal.fine, "● all saved"}, span{pal.dim, first(w, ago, more)}
	default:
		return span{pal.fine, first(w, "○ "+n+" unsaved", "○ unsaved")}, span{pal.dim, first(w, "saved "+ago, ago, more)}
	}
}

// machineTexts are what the server takes.
func (m *Model) machineTexts() (memory, routines string) {
	is := &m.dash.machine
	if is.Now.IsZero() {
		return more, more
	}
	return sized(is.Memory), count(int(min(is.Goroutines, 1e9)), "goroutine") //nolint:gosec // bounded
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

// cardLines are the cards, side by side in one frame, or in two.
func (m *Model) cardLines() []string {
	l, n := &m.look.lay, len(cardRoom)
	switch l.cards {
	case 0:
		return m.figureLines()
	case 1:
		return m.strip(0, n)
	default:
		return append(m.strip(0, cardsAbove), m.strip(cardsAbove, n)...)
	}
}

// strip draws some of the cards in one frame, as wide as the screen.
func (m *Model) strip(from, to int) []string {
	w, pal := m.look.lay.cw, &m.look.pal
	spare := w - widthOfCards(from, to)
	var lines [cardH]strings.Builder
	for i := from; i < to; i++ {
		room := cardRoom[i] + (spare+i-from)/(to-from)
		c := m.card(i, room)
		left := "┬"
		low := "┴"
		if i == from {
			left, low = "╭", "╰"
		}
		pal.frame.put(&lines[0], left+"─ ")
		pal.dim.put(&lines[0], c.title)
		pal.frame.put(&lines[0], " "+strings.Repeat("─", room-1-len(c.title)))
		for row, s := range []span{c.figure, c.note} {
			b := &lines[1+row]
			pal.wall(b)
			b.WriteByte(' ')
			b.WriteString(blanks(room - put(b, room, []span{s}) + 1))
		}
		pal.frame.put(&lines[3], low+strings.Repeat("─", room+2))
	}
	pal.frame.put(&lines[0], "╮")
	pal.wall(&lines[1])
	pal.wall(&lines[2])
	pal.frame.put(&lines[3], "╯")
	strip := make([]string, cardH)
	for i := range lines {
		strip[i] = lines[i].String()
	}
	return strip
}

// figureLines are what the cards would say where there is no room for them.
func (m *Model) figureLines() []string {
	w, pal := m.look.lay.cw-2, &m.look.pal
	players, online := groupedInt(m.snap.Players), groupedInt(m.snap.Online)
	rate, peak := rated(m.snap.Rate), "peak "+grouped(uint64(m.snap.Best))
	state, note := m.saving(min(w/2, 24))
	line := func(right span, left ...string) string {
		var b strings.Builder
		b.WriteByte(' ')
		spread(&b, w, []span{{pal.dim, first(w-widthOf(right.text)-1, left...)}}, []span{right})
		return b.String()
	}
	if f := savedFactsOf(m.snap); f.trouble != noTrouble {
		_, short, _ := f.trouble.words()
		waits := grouped(f.unsaved) + " unsaved"
		state.text = first(w-8, "▲ "+short+": "+waits, "▲ "+waits)
		note.text = ""
	}
	if m.look.lay.cardsH == 1 {
		if state.style != pal.bad {
			state.text, _, _ = strings.Cut(state.text, " ") // the mark says enough
		}
		return []string{line(state,
			online+" of "+players+" online, "+rate+"/s", online+" of "+players+", "+rate+"/s", online+", "+rate+"/s", "")}
	}
	each := span{pal.strong, numberIn(m.average(), w-5) + " each"}
	memory, routines := m.machineTexts()
	if note.text != "" && w >= 60 {
		state.text += ", " + note.text
	}
	return []string{
		line(each, players+" players, "+online+" online", online+" of "+players+" online", online+" online", ""),
		line(state, rate+" a second, "+peak+", "+memory+", "+routines, rate+"/s, "+peak+", "+memory, rate+"/s, "+peak, rate+"/s", ""),
	}
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
		return first(w, text.Ago(age), "<10 s")
	case age < time.Minute:
		age = age.Truncate(10 * time.Second) // so that it seldom changes
	}
	words := text.Ago(age)
	short := strings.TrimSuffix(words, " ago")
	return first(w, words, short, strings.Replace(short, " days", " d", 1))
}
