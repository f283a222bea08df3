package tui

import (
	"image"

	"clickky/tui/screen"
)

// A view never gets larger than this; larger terminals stay empty beyond it.
const (
	maxWidth  = 500
	maxHeight = 200
)

// variant is a way to divide the screen. Each needs more room than the one before.
type variant int

const (
	tiny    variant = iota // only the counts
	mini                   // lines without panels
	compact                // the counter in a panel, lines below
	full                   // the counter and two panels
	wall                   // very large digits, the day, and three panels
)

// The rows of a screen from top to bottom, then those of the counter. Rows named after no content
// stay empty.
const (
	rowTop = iota
	rowHeader
	rowAboveCounter
	rowCounter
	rowBelowCounter
	rowDay
	rowBelowDay
	rowOwn // the player's panels
	rowGame
	rowAboveAdvice
	rowAdvice
	rowProblem
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

// rows holds the height of each row in lines.
type rows [rowCount]int

// growth adds up to max lines to a row, if at least min are left.
type growth struct{ row, min, max int }

// divide gives each row its minimum of h lines and hands out the others in the order of growths. It
// returns the lines that are left.
func divide(h int, rows rows, growths []growth) (r rows, left int) {
	for _, n := range rows {
		h -= n
	}
	for _, g := range growths {
		if by := min(g.max, h); by >= g.min {
			rows[g.row] += by
			h -= by
		}
	}
	return rows, max(h, 0)
}

// start returns the first line of a row.
func (r *rows) start(row int) int {
	y := 0
	for _, n := range r[:row] {
		y += n
	}
	return y
}

// plan describes how a variant divides the screen.
type plan struct {
	width, height    int // the minimum size of the terminal
	margin, maxWidth int // at each side; of the content
	min              rows
	growths          []growth
	maxExtra         int // more lines for the counter, as long as as many stay free
	aboveShare       int // one in this many of the lines still left goes above the counter
}

var plans = [...]plan{
	tiny: {maxWidth: maxWidth},
	mini: {
		width: 24, height: 6, maxWidth: 100, aboveShare: 3,
		min:     rows{rowHeader: 1, rowCounter: 1, rowOwn: 1, rowGame: 1, rowProblem: 1, rowFooter: 1},
		growths: []growth{{rowAboveCounter, 1, 1}, {rowCounter, 1, 4}, {rowBelowCounter, 1, 1}, {rowCounter, 1, 3}},
	},
	compact: {
		width: 40, height: 12, margin: 2, maxWidth: 100, aboveShare: 3,
		min: rows{rowHeader: 1, rowCounter: 7, rowOwn: 1, rowProblem: 2, rowFooter: 1},
		growths: []growth{
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
		width: 72, height: 17, margin: 2, maxWidth: 160, aboveShare: 2, maxExtra: 9,
		min: rows{rowHeader: 1, rowCounter: 7, rowOwn: 5, rowAdvice: 1, rowProblem: 1, rowFooter: 1},
		growths: []growth{
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
	wall: {
		width: 170, height: 48, margin: 2, maxWidth: 200, aboveShare: 2, maxExtra: 20,
		min: rows{rowHeader: 1, rowAboveCounter: 1, rowCounter: 23, rowDay: 8, rowOwn: 6, rowAdvice: 1, rowProblem: 1, rowFooter: 1},
		growths: []growth{
			{rowBottom, 1, 1},
			{rowTop, 1, 1},
			{rowCounter, 1, 4},
			{rowDay, 1, 1},
			{rowBelowCounter, 1, 1},
			{rowBelowDay, 1, 1},
			{rowCounter, 1, 7},
			{rowAboveAdvice, 1, 1},
			{rowDay, 1, 2},
		},
	},
}

// counterGrowths divides the counter: the plain digits always have a line, the large ones at least
// three, and the other lines are shared by everything about the count.
var counterGrowths = []growth{
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

// layout says where everything is, for one terminal size. Rendering and mouse clicks use the same
// layout.
type layout struct {
	area screen.Area
	variant
	rows        rows
	counterRows rows            // the rows of the counter
	counter     image.Rectangle // including its border: the area for mouse clicks
	insideTop   int             // the first line inside the border
	adviceLine  int             // -1 if there is no room
	// X and W are the column and the width of the game, which leaves room for the people at its right.
	// They hide those of the area, which other screens use.
	X, W    int
	peopleX int // the column of the people; 0 without room for them
	// newsHeight is the height of the list of news below the people; 0 without room for it.
	newsHeight int
}

const (
	// peopleWidth is the width of the panel of people, and peopleGap the space before it.
	peopleWidth, peopleGap = 26, 2
	// peopleFrom is the width of the narrowest terminal with that panel.
	peopleFrom = 110
	// newsFrom is the smallest height of the column of people in which a third is for news.
	newsFrom = 24
)

// newLayout divides a terminal of w by h cells. hasPeople makes room for people on wide ones.
func newLayout(w, h int, hasPeople bool) layout {
	l := layout{area: screen.Area{Width: min(max(w, 0), maxWidth), Height: min(max(h, 0), maxHeight)}, adviceLine: -1}
	for l.variant < wall && l.area.Width >= plans[l.variant+1].width && l.area.Height >= plans[l.variant+1].height {
		l.variant++
	}
	p := &plans[l.variant]
	l.area.Framed, l.area.Full = l.variant >= compact, l.variant >= full
	l.setColumn(min(p.margin, max(l.area.Width-40, 0)/4), p.maxWidth, hasPeople)
	if l.variant == tiny {
		l.counter = image.Rect(0, 0, l.area.Width, l.area.Height)
		return l
	}
	var left int
	l.rows, left = divide(l.area.Height, p.min, p.growths)
	tall := min(left/2, p.maxExtra)
	l.rows[rowCounter] += tall
	above := (left - tall) / p.aboveShare
	l.rows[rowAboveCounter] += above
	l.rows[rowSpare] = left - tall - above
	l.setPositions()
	return l
}

// setColumn sets the width of the content and centres it. Only very wide terminals use more than a
// hundred cells.
func (l *layout) setColumn(margin, wide int, hasPeople bool) {
	if l.area.Full {
		wide = max(100, min(l.area.Width-40, wide))
	}
	l.area.W = min(l.area.Width-2*margin, wide)
	l.area.X = (l.area.Width - l.area.W) / 2
	l.X, l.W = l.area.X, l.area.W
	if hasPeople && l.area.Full && l.area.Width >= peopleFrom {
		const people = peopleGap + peopleWidth
		l.W = min(l.area.Width-2*margin-people, wide)
		l.X = (l.area.Width - l.W - people) / 2
		l.peopleX = l.X + l.W + peopleGap
	}
}

// setPositions computes the positions that aren't simply rows.
func (l *layout) setPositions() {
	l.area.Header, l.area.Footer = l.rows.start(rowHeader), l.rows.start(rowFooter)
	top, h := l.rows.start(rowCounter), l.rows[rowCounter]
	l.counter = image.Rect(l.X, top, l.X+l.W, top+h)
	l.insideTop = top
	if l.area.Framed {
		l.insideTop, h = top+1, h-2
	}
	counterRows, left := divide(h, rows{rowPlain: 1}, counterGrowths)
	counterRows[rowDigits] += left
	l.counterRows = counterRows
	if column := l.rows.start(rowGame) - top; l.peopleX > 0 && column >= newsFrom {
		l.newsHeight = column / 3
	}
	l.adviceLine = l.rows.start(rowAdvice)
	if l.rows[rowAdvice] == 0 { // the line below the save problem, if there is one
		if l.adviceLine = l.rows.start(rowProblem) + 1; l.adviceLine >= l.area.Footer {
			l.adviceLine = -1
		}
	}
}

// counterRow returns the first line of a row of the counter, or -1 if the row is empty.
func (l *layout) counterRow(row int) int {
	if l.counterRows[row] == 0 {
		return -1
	}
	return l.insideTop + l.counterRows.start(row)
}
