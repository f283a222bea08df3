// Package layout says where everything on the screen of the game is, for one size of the terminal.
package layout

import (
	"image"

	"clickky/tui/screen"
)

// A view never gets larger than this; larger terminals stay empty beyond it.
const (
	MaxWidth  = 500
	MaxHeight = 200
)

// Variant is a way to divide the screen. Each needs more room than the one before.
type Variant int

// The variants, from small to large terminals.
const (
	Tiny    Variant = iota // only the counts
	Mini                   // lines without panels
	Compact                // the counter in a panel, lines below
	Full                   // the counter and two panels
	Wall                   // very large digits, the day, and three panels
)

// The rows of a screen from top to bottom, then those of the counter. Rows named after no content
// stay empty.
const (
	RowTop = iota
	RowHeader
	RowAboveCounter
	RowCounter
	RowBelowCounter
	RowDay
	RowBelowDay
	RowOwn // the player's panels
	RowGame
	RowAboveAdvice
	RowAdvice
	RowProblem
	RowSpare
	RowFooter
	RowBottom

	RowAboveDigits = iota - RowBottom - 1
	RowDigits
	RowBelowDigits
	RowPlain
	RowAboveMilestone
	RowMilestone
	RowAboveMinute
	RowMinute
	RowBelowMinute

	rowCount = RowBottom + 1
)

// Rows holds the height of each row in lines.
type Rows [rowCount]int

// growth adds up to max lines to a row, if at least min are left.
type growth struct{ row, min, max int }

// divide gives each row its minimum of h lines and hands out the others in the order of growths. It
// returns the lines that are left.
func divide(h int, rows Rows, growths []growth) (r Rows, left int) {
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

// Start returns the first line of a row.
func (r *Rows) Start(row int) int {
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
	min              Rows
	growths          []growth
	maxExtra         int // the maximum of extra lines for the counter, which gets half of those left
	aboveShare       int // one in this many of the lines still left goes above the counter
}

var plans = [...]plan{
	Tiny: {maxWidth: MaxWidth},
	Mini: {
		width: 24, height: 6, maxWidth: 100, aboveShare: 3,
		min:     Rows{RowHeader: 1, RowCounter: 1, RowOwn: 1, RowGame: 1, RowProblem: 1, RowFooter: 1},
		growths: []growth{{RowAboveCounter, 1, 1}, {RowCounter, 1, 4}, {RowBelowCounter, 1, 1}, {RowCounter, 1, 3}},
	},
	Compact: {
		width: 40, height: 12, margin: 2, maxWidth: 100, aboveShare: 3,
		min: Rows{RowHeader: 1, RowCounter: 7, RowOwn: 1, RowProblem: 2, RowFooter: 1},
		growths: []growth{
			{RowCounter, 1, 3},
			{RowAboveCounter, 1, 1},
			{RowBelowCounter, 1, 1},
			{RowTop, 1, 1},
			{RowBottom, 1, 1},
			{RowOwn, 5, 6}, // a panel in place of the line
			{RowCounter, 1, 4},
			{RowAboveAdvice, 1, 1},
			{RowCounter, 1, 4},
		},
	},
	Full: {
		width: 72, height: 17, margin: 2, maxWidth: 160, aboveShare: 2, maxExtra: 9,
		min: Rows{RowHeader: 1, RowCounter: 7, RowOwn: 5, RowAdvice: 1, RowProblem: 1, RowFooter: 1},
		growths: []growth{
			{RowCounter, 1, 3},
			{RowOwn, 1, 1},
			{RowCounter, 1, 4},
			{RowTop, 1, 1},
			{RowAboveCounter, 1, 1},
			{RowBelowCounter, 1, 1},
			{RowAboveAdvice, 1, 1},
			{RowBottom, 1, 1},
			{RowCounter, 1, 3},
			{RowOwn, 1, 2},
			{RowCounter, 1, 4},
		},
	},
	Wall: {
		width: 170, height: 48, margin: 2, maxWidth: 200, aboveShare: 2, maxExtra: 20,
		min: Rows{RowHeader: 1, RowAboveCounter: 1, RowCounter: 23, RowDay: 8, RowOwn: 6, RowAdvice: 1, RowProblem: 1, RowFooter: 1},
		growths: []growth{
			{RowBottom, 1, 1},
			{RowTop, 1, 1},
			{RowCounter, 1, 4},
			{RowDay, 1, 1},
			{RowBelowCounter, 1, 1},
			{RowBelowDay, 1, 1},
			{RowCounter, 1, 7},
			{RowAboveAdvice, 1, 1},
			{RowDay, 1, 2},
		},
	},
}

// counterGrowths divides the counter: the plain digits always have a line, the large ones at least
// three, and the other lines are shared by everything about the count.
var counterGrowths = []growth{
	{RowDigits, 3, 3},
	{RowMilestone, 1, 1},
	{RowMinute, 1, 1},
	{RowDigits, 1, 2},
	{RowBelowDigits, 1, 1},
	{RowAboveMinute, 1, 1},
	{RowMinute, 1, 1},
	{RowAboveDigits, 1, 1},
	{RowDigits, 1, 3},
	{RowMinute, 1, 1},
	{RowBelowMinute, 1, 1},
	{RowAboveMilestone, 1, 1},
	{RowDigits, 1, 2},
	{RowMinute, 1, 1},
}

// Layout says where everything is, for one terminal size. Rendering and mouse clicks use the same
// layout.
type Layout struct {
	Content screen.Area
	Variant
	Rows        Rows
	CounterRows Rows            // the rows of the counter
	Counter     image.Rectangle // including its border: the area for mouse clicks
	InsideTop   int             // the first line inside the border
	AdviceLine  int             // -1 if there is no room
	// X and W are the column and the width of the game, which leaves room for the people at its right.
	// They shadow those of Content, which other screens use.
	X, W    int
	PeopleX int // the column of the people; 0 without room for them
	// NewsHeight is the height of the list of news below the people; 0 without room for it.
	NewsHeight int
}

const (
	// PeopleWidth is the width of the panel of people, and peopleGap the space before it.
	PeopleWidth, peopleGap = 26, 2
	// peopleFrom is the width of the narrowest terminal with that panel.
	peopleFrom = 110
	// newsFrom is the minimum height of the column of people for giving a third of it to news.
	newsFrom = 24
)

// New divides a terminal of w by h cells. hasPeople makes room for people on wide ones.
func New(w, h int, hasPeople bool) Layout {
	l := Layout{Content: screen.Area{Width: min(max(w, 0), MaxWidth), Height: min(max(h, 0), MaxHeight)}, AdviceLine: -1}
	for l.Variant < Wall && l.Content.Width >= plans[l.Variant+1].width && l.Content.Height >= plans[l.Variant+1].height {
		l.Variant++
	}
	p := &plans[l.Variant]
	l.Content.Framed, l.Content.Full = l.Variant >= Compact, l.Variant >= Full
	l.setColumn(min(p.margin, max(l.Content.Width-40, 0)/4), p.maxWidth, hasPeople)
	if l.Variant == Tiny {
		l.Counter = image.Rect(0, 0, l.Content.Width, l.Content.Height)
		return l
	}
	var left int
	l.Rows, left = divide(l.Content.Height, p.min, p.growths)
	tall := min(left/2, p.maxExtra)
	l.Rows[RowCounter] += tall
	above := (left - tall) / p.aboveShare
	l.Rows[RowAboveCounter] += above
	l.Rows[RowSpare] = left - tall - above
	l.setPositions()
	return l
}

// setColumn sets the width of the content and centres it. Only very wide terminals use more than a
// hundred cells.
func (l *Layout) setColumn(margin, wide int, hasPeople bool) {
	if l.Content.Full {
		wide = max(100, min(l.Content.Width-40, wide))
	}
	l.Content.W = min(l.Content.Width-2*margin, wide)
	l.Content.X = (l.Content.Width - l.Content.W) / 2
	l.X, l.W = l.Content.X, l.Content.W
	if hasPeople && l.Content.Full && l.Content.Width >= peopleFrom {
		const people = peopleGap + PeopleWidth
		l.W = min(l.Content.Width-2*margin-people, wide)
		l.X = (l.Content.Width - l.W - people) / 2
		l.PeopleX = l.X + l.W + peopleGap
	}
}

// setPositions computes the positions that aren't simply rows.
func (l *Layout) setPositions() {
	l.Content.Header, l.Content.Footer = l.Rows.Start(RowHeader), l.Rows.Start(RowFooter)
	top, h := l.Rows.Start(RowCounter), l.Rows[RowCounter]
	l.Counter = image.Rect(l.X, top, l.X+l.W, top+h)
	l.InsideTop = top
	if l.Content.Framed {
		l.InsideTop, h = top+1, h-2
	}
	counterRows, left := divide(h, Rows{RowPlain: 1}, counterGrowths)
	counterRows[RowDigits] += left
	l.CounterRows = counterRows
	if column := l.Rows.Start(RowGame) - top; l.PeopleX > 0 && column >= newsFrom {
		l.NewsHeight = column / 3
	}
	l.AdviceLine = l.Rows.Start(RowAdvice)
	if l.Rows[RowAdvice] == 0 { // the line below the save problem, if there is one
		if l.AdviceLine = l.Rows.Start(RowProblem) + 1; l.AdviceLine >= l.Content.Footer {
			l.AdviceLine = -1
		}
	}
}

// CounterRow returns the first line of a row of the counter, or -1 if the row is empty.
func (l *Layout) CounterRow(row int) int {
	if l.CounterRows[row] == 0 {
		return -1
	}
	return l.InsideTop + l.CounterRows.Start(row)
}
