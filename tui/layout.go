package tui

import (
	"image"

	"clickky/tui/screen"
)

// The view is drawn for at most this size, whatever the terminal says of
// itself; a larger one keeps the rest empty.
const (
	maxWidth  = 500
	maxHeight = 200
)

// variant is the way a screen is divided; each needs less room than the next.
type variant int

const (
	tiny    variant = iota // the counts and nothing else
	mini                   // lines without panels
	compact                // the counter in a panel, lines below
	full                   // the counter and two panels
)

// The rows of a screen from top to bottom, and those of the counter. Rows without a thing in
// their name stay empty.
const (
	rowTop = iota
	rowHeader
	rowAboveCounter
	rowCounter
	rowBelowCounter
	rowOwn // what is the player's own, and in the full variant what is everybody's
	rowGame
	rowAboveAdvice
	rowAdvice
	rowTrouble
	rowSpare
	rowFooter
	rowBottom

	rowAboveDigits = iota - rowBottom - 1
	rowDigits
	rowBelowDigits
	rowPlain
	rowAboveMilestone
	rowMilestone
	rowAboveMinute
	rowMinute
	rowBelowMinute

	rowCount = rowBottom + 1
)

// rows is how many lines each row has.
type rows [rowCount]int

// growth gives a row so many lines more, or none where there are too few.
type growth struct{ row, least, most int }

// divide gives h lines to rows: to each what it needs at least, and the others in the order of what
// matters. It returns what is left.
func divide(h int, least rows, order []growth) (r rows, left int) {
	for _, n := range least {
		h -= n
	}
	for _, g := range order {
		if by := min(g.most, h); by >= g.least {
			least[g.row] += by
			h -= by
		}
	}
	return least, max(h, 0)
}

// start is the first line of a row.
func (r *rows) start(row int) int {
	y := 0
	for _, n := range r[:row] {
		y += n
	}
	return y
}

// plan is how a variant divides a screen.
type plan struct {
	width, height int // that it needs
	margin, wide  int // at its sides, and how wide it gets
	least         rows
	order         []growth
	tall          int // lines that the counter gets of what is left then, as long as half of it stays
	above         int // one in so many of what is left at last goes above the counter
}

// plans are those of the variants.
var plans = [...]plan{
	tiny: {wide: maxWidth},
	mini: {
		width: 24, height: 6, wide: 100, above: 3,
		least: rows{rowHeader: 1, rowCounter: 1, rowOwn: 1, rowGame: 1, rowTrouble: 1, rowFooter: 1},
		order: []growth{{rowAboveCounter, 1, 1}, {rowCounter, 1, 4}, {rowBelowCounter, 1, 1}, {rowCounter, 1, 3}},
	},
	compact: {
		width: 40, height: 12, margin: 2, wide: 100, above: 3,
		least: rows{rowHeader: 1, rowCounter: 7, rowOwn: 1, rowTrouble: 2, rowFooter: 1},
		order: []growth{
			{rowCounter, 1, 3},
			{rowAboveCounter, 1, 1},
			{rowBelowCounter, 1, 1},
			{rowTop, 1, 1},
			{rowBottom, 1, 1},
			{rowOwn, 5, 5},
			{rowCounter, 1, 4},
			{rowAboveAdvice, 1, 1},
			{rowCounter, 1, 4},
		},
	},
	full: {
		width: 72, height: 17, margin: 2, wide: 160, above: 2, tall: 9,
		least: rows{rowHeader: 1, rowCounter: 7, rowOwn: 5, rowAdvice: 1, rowTrouble: 1, rowFooter: 1},
		order: []growth{
			{rowCounter, 1, 3},
			{rowOwn, 1, 1},
			{rowCounter, 1, 4},
			{rowTop, 1, 1},
			{rowAboveCounter, 1, 1},
			{rowBelowCounter, 1, 1},
			{rowAboveAdvice, 1, 1},
			{rowBottom, 1, 1},
			{rowCounter, 1, 3},
			{rowOwn, 1, 2},
			{rowCounter, 1, 4},
		},
	},
}

// counterOrder is how the counter is divided: the plain digits have a line in any case, the large
// ones three at least, and what there is more goes to all that is about the count.
var counterOrder = []growth{
	{rowDigits, 3, 3},
	{rowMilestone, 1, 1},
	{rowMinute, 1, 1},
	{rowDigits, 1, 2},
	{rowBelowDigits, 1, 1},
	{rowAboveMinute, 1, 1},
	{rowMinute, 1, 1},
	{rowAboveDigits, 1, 1},
	{rowDigits, 1, 3},
	{rowMinute, 1, 1},
	{rowBelowMinute, 1, 1},
	{rowAboveMilestone, 1, 1},
	{rowDigits, 1, 2},
	{rowMinute, 1, 1},
}

// layout is where everything is, for one size of the terminal. Drawing and the mouse read the same
// one.
type layout struct {
	area screen.Area
	variant
	rows    rows
	hero    rows            // those of the counter
	counter image.Rectangle // with its frame: what a mouse click hits
	inside  int             // first line within the frame
	advice  int             // line of what a newcomer should know; -1 where none is free
}

// newLayout divides a terminal of w by h cells.
func newLayout(w, h int) layout {
	l := layout{area: screen.Area{Width: min(max(w, 0), maxWidth), Height: min(max(h, 0), maxHeight)}, advice: -1}
	for l.variant < full && l.area.Width >= plans[l.variant+1].width && l.area.Height >= plans[l.variant+1].height {
		l.variant++
	}
	p := &plans[l.variant]
	l.area.Framed, l.area.Full = l.variant >= compact, l.variant == full
	l.column(min(p.margin, max(l.area.Width-40, 0)/4), p.wide)
	if l.variant == tiny {
		l.counter = image.Rect(0, 0, l.area.Width, l.area.Height)
		return l
	}
	var left int
	l.rows, left = divide(l.area.Height, p.least, p.order)
	tall := min(left/2, p.tall)
	l.rows[rowCounter] += tall
	above := (left - tall) / p.above
	l.rows[rowAboveCounter] += above
	l.rows[rowSpare] = left - tall - above
	l.place()
	return l
}

// column sets the width of what is shown, and centres it. Only very wide terminals use more than a
// hundred cells.
func (l *layout) column(margin, wide int) {
	if l.area.Full {
		wide = max(100, min(l.area.Width-40, wide))
	}
	l.area.W = min(l.area.Width-2*margin, wide)
	l.area.X = (l.area.Width - l.area.W) / 2
}

// place tells where things are that are not just a row.
func (l *layout) place() {
	l.area.Header, l.area.Footer = l.rows.start(rowHeader), l.rows.start(rowFooter)
	top, h := l.rows.start(rowCounter), l.rows[rowCounter]
	l.counter = image.Rect(l.area.X, top, l.area.X+l.area.W, top+h)
	l.inside = top
	if l.area.Framed {
		l.inside, h = top+1, h-2
	}
	hero, left := divide(h, rows{rowPlain: 1}, counterOrder)
	hero[rowDigits] += left
	l.hero = hero
	l.advice = l.rows.start(rowAdvice)
	if l.rows[rowAdvice] == 0 { // it is the line below that of the trouble, if there is one
		if l.advice = l.rows.start(rowTrouble) + 1; l.advice >= l.area.Footer {
			l.advice = -1
		}
	}
}

// line is the first line of a row of the counter; -1 if that has none.
func (l *layout) line(row int) int {
	if l.hero[row] == 0 {
		return -1
	}
	return l.inside + l.hero.start(row)
}
