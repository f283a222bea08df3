package terminal

import (
	"bytes"
	"strconv"
	"strings"
	"sync"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// frame is what a screen shall show: lines of styled text, each of which starts
// without style, in two layers. It is immutable, and many clients can have the
// same layers.
type frame struct {
	// A line of own stands above that of shared, which has blanks below it.
	own, shared   []string
	doubtful      bool // see settle
	width, height int  // columns and rows; what does not fit is not shown
	profile       colorprofile.Profile
	keyboard      Keyboard
	// epoch counts what makes a client's screen unknown, such as a resize:
	// between frames of different epochs everything is drawn anew.
	epoch uint32
}

// settle finds out whether own may have characters that come out wider or
// narrower than expected, so that shared does not begin where it should. It looks
// only at what has changed since the frame before.
func (f *frame) settle(before *frame) {
	if f.doubtful = before.doubtful; same(before.own, f.own) {
		return
	}
	f.doubtful = false
	for i, line := range f.own {
		if (before.doubtful || line != lineAt(before.own, i)) && doubtful(line) {
			f.doubtful = true
			return
		}
	}
}

// made is how many bytes of own were rendered since the frame before.
func (f *frame) made(before *frame) (bytes int) {
	if same(before.own, f.own) {
		return 0
	}
	for _, line := range f.own {
		bytes += len(line)
	}
	return bytes
}

// alike reports whether two frames differ in nothing but their lines.
func (f *frame) alike(g *frame) bool {
	return f.width == g.width && f.height == g.height && f.profile == g.profile && f.epoch == g.epoch
}

// row is the lines of both layers in a row; below the last ones all are empty.
func (f *frame) row(i int) (own, shared string) { return lineAt(f.own, i), lineAt(f.shared, i) }

func lineAt(layer []string, i int) string {
	if i < len(layer) {
		return layer[i]
	}
	return ""
}

// appendDiff appends what makes a client that shows the old frame show the new
// one, and nothing at all if both look the same. It expects a terminal that
// does not wrap lines, without style at wherever the cursor is, and leaves it
// so. The old lines are ignored, and the screen cleared, if the frames differ
// in anything but lines. The result depends on nothing but the two frames; a
// cache, which may be nil, makes it quicker where others have the same layers.
func appendDiff(dst []byte, old, next frame, cache *Cache) []byte {
	if !old.alike(&next) {
		old = frame{}
		dst = append(dst, ansi.EraseEntireScreen...)
	}
	if !same(old.shared, next.shared) && !old.doubtful {
		t := turn{old.shared, next.shared, next.width, next.height, next.profile}
		var done bool
		if dst, done = appendTurn(dst, &t, cache); done {
			old.shared = next.shared
		}
	}
	if same(old.own, next.own) && same(old.shared, next.shared) {
		return dst
	}
	return paintOwn(dst, &old, &next)
}

// paintOwn appends what turns one frame into another. It looks at both layers
// of each row in which anything is different.
func paintOwn(dst []byte, old, next *frame) []byte {
	p := newPainter(dst, next.width, next.profile)
	for row := range next.height {
		ownBefore, sharedBefore := old.row(row)
		ownAfter, sharedAfter := next.row(row)
		if ownBefore != ownAfter || sharedBefore != sharedAfter {
			p.read(&p.last, p.width, ownBefore, sharedBefore)
			p.read(&p.next, p.width, ownAfter, sharedAfter)
			p.paintRow(row)
		}
	}
	p.setPen(style{})
	return p.release()
}

// appendTurn appends what turns a shared layer into another, without touching
// what stands above it, and reports whether that can be done.
func appendTurn(dst []byte, t *turn, cache *Cache) ([]byte, bool) {
	start := len(dst)
	if cache == nil {
		dst, ok := paintShared(dst, t)
		return dst, ok
	}
	s, kept, keep := cache.find(t)
	if kept != nil {
		return append(dst, kept.text...), !kept.doubtful
	}
	dst, ok := paintShared(dst, t)
	if keep {
		s.kept.Store(&painted{turn: *t, text: string(dst[start:]), doubtful: !ok})
	}
	return dst, ok
}

// paintShared is appendTurn without a cache.
func paintShared(dst []byte, t *turn) ([]byte, bool) {
	start := len(dst)
	p := newPainter(dst, t.width, t.profile)
	for row := range t.height {
		before, after := lineAt(t.from, row), lineAt(t.to, row)
		if before == after {
			continue
		}
		p.read(&p.last, p.width, "", before)
		p.read(&p.next, p.width, "", after)
		if p.last.doubtful || p.next.doubtful {
			return p.release()[:start], false
		}
		p.paintRow(row)
	}
	p.setPen(style{})
	return p.release(), true
}

// appendLines appends styled text for a terminal that scrolls, each line ended
// by eol.
func appendLines(dst []byte, text, eol string, profile colorprofile.Profile) []byte {
	p := newPainter(dst, len(text), profile)
	for row := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		p.read(&p.next, p.width, row, "")
		for i := range p.next.cells {
			p.put(&p.next, i)
		}
		p.setPen(style{})
		p.dst = append(p.dst, eol...)
	}
	return p.release()
}

// unknown stands for a row or column at which the cursor may not be.
const unknown = -1

// painter is the scratch space of one appendDiff, and the state of the client's
// terminal as far as it is known.
type painter struct {
	dst        []byte
	width      int
	row, col   int // of the cursor
	pen        style
	palette    palette
	links      []string
	last, next line
}

var painters = sync.Pool{New: func() any { return new(painter) }}

// newPainter returns one that appends to dst.
func newPainter(dst []byte, width int, profile colorprofile.Profile) *painter {
	p, _ := painters.Get().(*painter)
	p.dst, p.width = dst, width
	p.row, p.col, p.pen = unknown, unknown, style{}
	p.palette.use(profile)
	return p
}

// release gives the painter back and returns what it painted. Nothing of the
// frames stays referenced.
func (p *painter) release() []byte {
	dst := p.dst
	p.dst = nil
	clear(p.links)
	p.links = p.links[:0]
	painters.Put(p)
	return dst
}

// paintRow turns one row, which was read into last, into the one that was read
// into next. A row with characters that terminals disagree about is erased and
// written whole: what stands in which column of it is not known.
func (p *painter) paintRow(row int) {
	if !p.last.doubtful && !p.next.doubtful {
		p.paintRuns(row)
		return
	}
	p.moveTo(row, 0)
	p.erase()
	p.last.cells = p.last.cells[:0]
	if !p.next.doubtful {
		p.paintRuns(row)
		return
	}
	col := 0
	for i := range p.next.cells {
		c := &p.next.cells[i]
		p.put(&p.next, i)
		if col += int(c.width); c.doubtful && col < p.width {
			p.col = unknown
			p.moveTo(row, col)
		}
	}
	if col < p.width {
		// A character that came out wider than expected reaches to here.
		p.erase()
	}
}

// paintRuns writes the runs of cells that differ between two rows in which
// every cell is one column wide.
func (p *painter) paintRuns(row int) {
	last, next := &p.last, &p.next
	for i := range next.cells {
		if i < len(last.cells) && p.same(i) || i >= len(last.cells) && next.blank(i) {
			continue
		}
		p.moveTo(row, i)
		p.put(next, i)
	}
	if from, to := len(next.cells), len(last.cells); from < to {
		for from < to && last.blank(from) {
			from++
		}
		p.moveTo(row, from)
		p.eraseColumns(to - from)
	}
}

// same reports whether the cells of both rows in a column look the same.
func (p *painter) same(i int) bool {
	if !bytes.Equal(p.last.at(i), p.next.at(i)) {
		return false
	}
	a, b := p.last.cells[i].style, p.next.cells[i].style
	return a == b || p.next.space(i) && a.onSpace() == b.onSpace()
}

// put writes a cell at the cursor. After the last column terminals differ in
// where the cursor is, but then nothing more comes in that row.
func (p *painter) put(l *line, i int) {
	if !p.fits(l, i) {
		p.setPen(l.cells[i].style)
	}
	p.dst = append(p.dst, l.at(i)...)
	p.col += int(l.cells[i].width)
}

// fits reports whether the cell can be written with the pen as it is.
func (p *painter) fits(l *line, i int) bool {
	want := l.cells[i].style
	return p.pen == want || l.space(i) && p.pen.onSpace() == want.onSpace()
}

// setPen changes the style that is written with.
func (p *painter) setPen(to style) {
	if p.pen == to {
		return
	}
	p.dst = appendStyle(p.dst, p.pen, to)
	if p.pen.link != to.link {
		p.dst = append(p.dst, "\x1b]8;"...)
		if to.link == 0 {
			p.dst = append(p.dst, ';')
		} else {
			p.dst = append(p.dst, p.links[to.link-1]...)
		}
		p.dst = append(p.dst, "\x1b\\"...)
	}
	p.pen = to
}

// eraseColumns blanks the last n columns of the row's text, from the cursor.
func (p *painter) eraseColumns(n int) {
	if n > len(ansi.EraseLineRight) {
		p.erase()
		return
	}
	p.clearPen()
	p.dst = append(p.dst, "   "[:n]...)
	p.col += n
}

// erase blanks the row from the cursor to its end.
func (p *painter) erase() {
	p.clearPen()
	p.dst = append(p.dst, ansi.EraseLineRight...)
}

// clearPen makes sure that what is erased gets the default background.
func (p *painter) clearPen() {
	if p.pen.onSpace() != (style{}) {
		p.setPen(style{})
	}
}

// moveTo puts the cursor at a row and column, counted from 0, by the shortest
// way. On its own row the cursor only ever goes to the right.
func (p *painter) moveTo(row, col int) {
	if p.row == row && p.col == col {
		return
	}
	switch {
	case p.row != row:
		p.dst = append(p.dst, "\x1b["...)
		p.dst = strconv.AppendInt(p.dst, int64(row)+1, 10)
		if col > 0 {
			p.dst = strconv.AppendInt(append(p.dst, ';'), int64(col)+1, 10)
		}
		p.dst = append(p.dst, 'H')
	case p.col != unknown && p.overprint(col):
	case p.col != unknown && col-p.col == 1:
		p.dst = append(p.dst, "\x1b[C"...)
	default:
		// Counting from the left is at most a byte longer than from here.
		p.dst = strconv.AppendInt(append(p.dst, "\x1b["...), int64(col)+1, 10)
		p.dst = append(p.dst, 'G')
	}
	p.row, p.col = row, col
}

// overprint goes to a column by writing the cells before it again, if that is
// not longer than a cursor movement.
func (p *painter) overprint(col int) bool {
	if col > len(p.next.cells) || col-p.col > 4 {
		return false
	}
	n := 0
	for i := p.col; i < col; i++ {
		n += int(p.next.cells[i].size)
		if n > 4 || !p.fits(&p.next, i) {
			return false
		}
	}
	for i := p.col; i < col; i++ {
		p.dst = append(p.dst, p.next.at(i)...)
	}
	return true
}
