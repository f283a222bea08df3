package tui

import "clickky/tui/screen"

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

// rect is an area of the screen in cells.
type rect struct{ x, y, w, h int }

// holds tells whether a cell is in the area.
func (r rect) holds(x, y int) bool {
	return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h
}

// layout is where everything is, for one size of the terminal. Drawing and the
// mouse read the same one.
type layout struct {
	variant variant
	w, h    int
	x, cw   int // the column that holds everything: its left side and width

	header  int  // line
	counter rect // the counter with its frame: what a mouse click hits
	hero    hero // how it is divided
	own     int  // first line of what is the player's own
	panel   int  // how many lines the panels below the counter take; 0 without
	now     int  // line of what goes on in the game
	saved   int  // first line of what became of the counts
	savedH  int  // and how many it may take
	advice  int  // line of what a newcomer should know; -1 where none is free
	footer  int  // line of the keys
}

// hero is how the counter is divided, in lines of the screen.
type hero struct {
	top     int // first line within the frame
	h       int // how many there are
	digits  int // how many lines the large digits may take; 0: none
	plain   int // line of the plain digits
	next    int // line of the way to the next milestone; -1: none
	minute  int // first line of the last minute; -1: none
	minuteH int // and how many it takes
}

// room is lines that nobody has yet.
type room int

// take gives up to n of them.
func (r *room) take(n int) int {
	n = max(min(n, int(*r)), 0)
	*r -= room(n)
	return n
}

// newLayout divides a terminal of w by h cells.
func newLayout(w, h int) layout {
	l := layout{w: min(max(w, 0), maxWidth), h: min(max(h, 0), maxHeight)}
	switch {
	case l.w < 24 || l.h < 6:
		l.column(0, maxWidth)
		l.counter = rect{0, 0, l.w, l.h}
		l.advice = -1
		return l
	case l.w < 40 || l.h < 12:
		l.variant = mini
		l.column(0, 100)
		l.divideMini()
	case l.w < 72 || l.h < 17:
		l.variant = compact
		l.column(min((l.w-40)/4, 2), 100)
		l.divideCompact()
	default:
		l.variant = full
		l.column(2, max(100, min(l.w-40, 160)))
		l.divideFull()
	}
	return l
}

// column sets the width of what is shown, and centres it.
func (l *layout) column(margin, atMost int) {
	l.cw = min(l.w-2*margin, atMost)
	l.x = (l.w - l.cw) / 2
}

// framed tells whether there are panels.
func (l *layout) framed() bool { return l.variant >= compact }

// divideMini stacks a title, the counter, three lines and the keys. It takes
// six lines at least.
func (l *layout) divideMini() {
	free := room(l.h - 6)
	above := free.take(1)
	counter := 1 + free.take(4)
	below := free.take(1)
	counter += free.take(3)
	above += int(free) / 3
	l.header = 0
	l.counter = rect{l.x, 1 + above, l.cw, counter}
	l.divideHero()
	l.own = l.counter.y + counter + below
	l.now = l.own + 1
	l.saved, l.savedH = l.own+2, 1
	l.footer = l.h - 1
	if l.advice = l.saved + 1; l.advice >= l.footer {
		l.advice = -1
	}
}

// divideCompact stacks a title, the counter in its panel, a line for the
// player or a panel, two for the saving and the keys: twelve lines at least.
func (l *layout) divideCompact() {
	free := room(l.h - 12)
	counter := 7 + free.take(3)
	above := free.take(1)
	below := free.take(1)
	top := free.take(1)
	bottom := free.take(1)
	own := 1
	if free >= 5 {
		l.panel = 6
		own += free.take(5)
		counter += free.take(4)
	} else {
		counter += free.take(1)
	}
	between := free.take(1)
	counter += free.take(4)
	above += int(free) / 3
	l.header = top
	l.counter = rect{l.x, top + 1 + above, l.cw, counter}
	l.divideHero()
	l.own = l.counter.y + counter + below
	l.saved, l.savedH = l.own+own+between, 2
	l.advice = l.saved + 1 // unless the saving takes both lines
	l.footer = l.h - 1 - bottom
}

// divideFull stacks a title, the counter, the two panels side by side, a line
// for newcomers, one for the saving and the keys: sixteen lines at least. What a
// tall terminal has more goes to the counter first.
func (l *layout) divideFull() {
	free := room(l.h - 16)
	counter := 7 + free.take(3)
	l.panel = 5 + free.take(1)
	counter += free.take(4)
	top := free.take(1)
	above, between := free.take(1), free.take(1)
	beforeSaved := free.take(1)
	bottom := free.take(1)
	counter += free.take(3)
	l.panel += free.take(2)
	counter += free.take(4)
	counter += min(int(free)/2, 9)
	free -= room(min(int(free)/2, 9))
	above += int(free) / 2

	l.header = top
	l.counter = rect{l.x, top + 1 + above, l.cw, counter}
	l.divideHero()
	l.own = l.counter.y + counter + between
	l.advice = l.own + l.panel + beforeSaved
	l.saved, l.savedH = l.advice+1, 1
	l.footer = l.h - 1 - bottom
}

// divideHero divides the counter: the plain digits have a line in any case, the
// large ones three at least, and what there is more goes to all that is about
// the count. The order of what takes is the order of what matters.
func (l *layout) divideHero() {
	c := &l.hero
	c.top, c.h, c.next, c.minute = l.counter.y, l.counter.h, -1, -1
	if l.framed() {
		c.top, c.h = c.top+1, c.h-2
	}
	free := room(c.h - 1)
	if free >= 3 {
		c.digits = free.take(3)
	}
	next, minute := free.take(1), free.take(1)
	c.digits += free.take(2)
	gap := free.take(1)
	apart := min(free.take(1), minute)
	minute += free.take(1)
	top := free.take(1)
	c.digits += free.take(3)
	minute += free.take(1)
	free.take(1) // stays empty at the foot
	apartNext := free.take(1)
	c.digits += free.take(2)
	minute += free.take(1)
	c.digits += int(free)

	c.plain = c.top + top + c.digits + gap
	if next > 0 {
		c.next = c.plain + 1 + apartNext
	}
	if minute > 0 {
		c.minute, c.minuteH = c.plain+apartNext+next+apart+1, minute
	}
}

// area is what pages have to know of the layout.
func (l *layout) area() screen.Area {
	return screen.Area{
		Width: l.w, Height: l.h, X: l.x, W: l.cw, Header: l.header, Footer: l.footer, Framed: l.framed(), Full: l.variant == full,
	}
}

// panels are the widths of the two panels of the full variant.
func (l *layout) panels() (left, gap, right int) {
	gap = 2
	left = (l.cw - gap) / 2
	return left, gap, l.cw - gap - left
}

// youWidth is how wide the player's panel is.
func (l *layout) youWidth() int {
	if l.variant == full {
		left, _, _ := l.panels()
		return left
	}
	return l.cw
}
