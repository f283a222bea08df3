package terminal

import (
	"bytes"
	"strconv"
	"strings"
	"sync"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// frame is the content of a screen: two layers of styled lines. Each line starts without style. It
// is immutable, and clients may share layers.
type frame struct {
	// A line of own covers the start of the same line of shared, which is blank there.
	own, shared   []string
	ambiguous     bool // see checkWidths
	width, height int  // columns and rows; content beyond them isn't shown
	profile       colorprofile.Profile
	ascii         bool // other characters are shown as ASCII ones
	keyboard      Keyboard
	title         string // of the window; empty: unchanged
	bells         uint   // how often the bell has rung
	// epoch increases when the client's screen becomes unknown, such as by a resize. Between frames
	// of different epochs the whole screen is redrawn.
	epoch uint32
}

// checkWidths sets ambiguous if own may contain characters whose width differs between terminals,
// so that shared might not continue in the right column. It checks only lines that changed since
// prev.
func (f *frame) checkWidths(prev *frame) {
	if f.ambiguous = prev.ambiguous; sameLayer(prev.own, f.own) {
		return
	}
	f.ambiguous = false
	for i, line := range f.own {
		if (prev.ambiguous || line != lineAt(prev.own, i)) && hasAmbiguousWidth(line) {
			f.ambiguous = true
			return
		}
	}
}

// renderedBytes returns the bytes of own if it was rendered since prev.
func (f *frame) renderedBytes(prev *frame) (bytes int) {
	if sameLayer(prev.own, f.own) {
		return 0
	}
	for _, line := range f.own {
		bytes += len(line)
	}
	return bytes
}

// sameScreen reports whether two frames differ only in their lines.
func (f *frame) sameScreen(g *frame) bool {
	return f.width == g.width && f.height == g.height && f.profile == g.profile && f.ascii == g.ascii && f.epoch == g.epoch
}

// lines returns the lines of both layers in row i; rows below the last line are empty.
func (f *frame) lines(i int) (own, shared string) { return lineAt(f.own, i), lineAt(f.shared, i) }

func lineAt(layer []string, i int) string {
	if i < len(layer) {
		return layer[i]
	}
	return ""
}

// appendDiff appends the bytes that turn the old frame on a client's screen into the next one; none
// if they look the same. The terminal must not wrap lines, and must have no active style, before
// and after. If the frames differ in more than their lines, the screen is cleared and redrawn. The
// result depends only on the two frames. The cache, which may be nil, saves work where other
// clients have the same layers.
func appendDiff(dst []byte, old, next frame, cache *Cache) []byte {
	if !old.sameScreen(&next) {
		if next.ascii && !old.ascii && old.epoch > 0 {
			dst = append(dst, endControls...)
		}
		old = frame{}
		dst = append(dst, ansi.EraseEntireScreen...)
	}
	if !sameLayer(old.shared, next.shared) && !old.ambiguous {
		change := layerChange{old.shared, next.shared, next.width, next.height, next.profile, next.ascii}
		var ok bool
		if dst, ok = appendLayerDiff(dst, &change, cache); ok {
			old.shared = next.shared
		}
	}
	if sameLayer(old.own, next.own) && sameLayer(old.shared, next.shared) {
		return dst
	}
	return appendRowDiffs(dst, &old, &next)
}

// appendRowDiffs compares both layers, in each row that differs.
func appendRowDiffs(dst []byte, old, next *frame) []byte {
	d := newDiffer(dst, next.width, next.profile, next.ascii)
	for row := range next.height {
		ownBefore, sharedBefore := old.lines(row)
		ownAfter, sharedAfter := next.lines(row)
		if ownBefore != ownAfter || sharedBefore != sharedAfter {
			d.parseLine(&d.old, d.width, ownBefore, sharedBefore)
			d.parseLine(&d.next, d.width, ownAfter, sharedAfter)
			d.diffRow(row)
		}
	}
	d.setPen(style{})
	return d.release()
}

// appendLayerDiff appends the diff of a change of the shared layer, without touching the own layer.
// It returns false if that is impossible.
func appendLayerDiff(dst []byte, change *layerChange, cache *Cache) ([]byte, bool) {
	start := len(dst)
	if cache == nil {
		dst, ok := appendUncachedDiff(dst, change)
		return dst, ok
	}
	slot, cached, keep := cache.find(change)
	if cached != nil {
		return append(dst, cached.text...), !cached.ambiguous
	}
	dst, ok := appendUncachedDiff(dst, change)
	if keep {
		slot.diff.Store(&cachedDiff{layerChange: *change, text: string(dst[start:]), ambiguous: !ok})
	}
	return dst, ok
}

// appendUncachedDiff is appendLayerDiff without a cache.
func appendUncachedDiff(dst []byte, change *layerChange) ([]byte, bool) {
	start := len(dst)
	d := newDiffer(dst, change.width, change.profile, change.ascii)
	for row := range change.height {
		before, after := lineAt(change.from, row), lineAt(change.to, row)
		if before == after {
			continue
		}
		d.parseLine(&d.old, d.width, "", before)
		d.parseLine(&d.next, d.width, "", after)
		if d.old.ambiguous || d.next.ambiguous {
			return d.release()[:start], false
		}
		d.diffRow(row)
	}
	d.setPen(style{})
	return d.release(), true
}

// appendLines appends styled text for a terminal that scrolls, with eol after each line.
func appendLines(dst []byte, text, eol string, profile colorprofile.Profile, ascii bool) []byte {
	d := newDiffer(dst, len(text), profile, ascii)
	for row := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		d.parseLine(&d.next, d.width, row, "")
		for i := range d.next.cells {
			d.put(&d.next, i)
		}
		d.setPen(style{})
		d.dst = append(d.dst, eol...)
	}
	return d.release()
}

// unknown is a row or column that isn't known.
const unknown = -1

// differ is the scratch space of one appendDiff, with the known state of the client's terminal.
type differ struct {
	dst       []byte
	width     int
	ascii     bool // write only ASCII
	row, col  int  // of the cursor
	pen       style
	palette   palette
	links     []string
	old, next line
}

var differs = sync.Pool{New: func() any { return new(differ) }}

// newDiffer returns a differ that appends to dst.
func newDiffer(dst []byte, width int, profile colorprofile.Profile, ascii bool) *differ {
	d, _ := differs.Get().(*differ)
	d.dst, d.width, d.ascii = dst, width, ascii
	d.row, d.col, d.pen = unknown, unknown, style{}
	d.palette.setProfile(profile)
	return d
}

// release returns the output and puts the differ back into the pool, without references to frames.
func (d *differ) release() []byte {
	dst := d.dst
	d.dst = nil
	clear(d.links)
	d.links = d.links[:0]
	differs.Put(d)
	return dst
}

// diffRow turns the row in old into the one in next. A row with ambiguous characters is erased and
// written whole, because their columns are unknown.
func (d *differ) diffRow(row int) {
	if !d.old.ambiguous && !d.next.ambiguous {
		d.diffCells(row)
		return
	}
	d.moveTo(row, 0)
	d.erase()
	d.old.cells = d.old.cells[:0]
	if !d.next.ambiguous {
		d.diffCells(row)
		return
	}
	col := 0
	for i := range d.next.cells {
		c := &d.next.cells[i]
		d.put(&d.next, i)
		if col += int(c.width); c.ambiguous && col < d.width {
			d.col = unknown
			d.moveTo(row, col)
		}
	}
	if col < d.width {
		// A character that was wider than expected reaches up to here.
		d.erase()
	}
}

// diffCells writes the cells that differ between two rows in which every cell is one column wide.
func (d *differ) diffCells(row int) {
	old, next := &d.old, &d.next
	for i := range next.cells {
		if i < len(old.cells) && d.sameCell(i) || i >= len(old.cells) && next.isBlank(i) {
			continue
		}
		d.moveTo(row, i)
		d.put(next, i)
	}
	if from, to := len(next.cells), len(old.cells); from < to {
		for from < to && old.isBlank(from) {
			from++
		}
		d.moveTo(row, from)
		d.eraseColumns(to - from)
	}
}

// sameCell reports whether a column looks the same in both rows.
func (d *differ) sameCell(i int) bool {
	if !bytes.Equal(d.old.at(i), d.next.at(i)) {
		return false
	}
	a, b := d.old.cells[i].style, d.next.cells[i].style
	return a == b || d.next.isSpace(i) && a.visibleOnSpace() == b.visibleOnSpace()
}

// put writes a cell at the cursor. After the last column, terminals disagree on the cursor's
// position, but nothing follows in that row.
func (d *differ) put(l *line, i int) {
	if !d.fitsPen(l, i) {
		d.setPen(l.cells[i].style)
	}
	d.dst = append(d.dst, l.at(i)...)
	d.col += int(l.cells[i].width)
}

// fitsPen reports whether the cell can be written in the current style.
func (d *differ) fitsPen(l *line, i int) bool {
	want := l.cells[i].style
	return d.pen == want || l.isSpace(i) && d.pen.visibleOnSpace() == want.visibleOnSpace()
}

func (d *differ) setPen(to style) {
	if d.pen == to {
		return
	}
	d.dst = appendStyle(d.dst, d.pen, to)
	if d.pen.link != to.link {
		d.dst = append(d.dst, "\x1b]8;"...)
		if to.link == 0 {
			d.dst = append(d.dst, ';')
		} else {
			d.dst = append(d.dst, d.links[to.link-1]...)
		}
		d.dst = append(d.dst, "\x1b\\"...)
	}
	d.pen = to
}

// eraseColumns blanks the last n columns of the row's text, from the cursor on.
func (d *differ) eraseColumns(n int) {
	if n > len(ansi.EraseLineRight) {
		d.erase()
		return
	}
	d.clearPen()
	d.dst = append(d.dst, "   "[:n]...)
	d.col += n
}

// erase blanks the row from the cursor to its end.
func (d *differ) erase() {
	d.clearPen()
	d.dst = append(d.dst, ansi.EraseLineRight...)
}

// clearPen ensures that erased cells get the default background.
func (d *differ) clearPen() {
	if d.pen.visibleOnSpace() != (style{}) {
		d.setPen(style{})
	}
}

// moveTo moves the cursor to a row and column, counted from 0, with the fewest bytes. Within a row
// the cursor only moves right.
func (d *differ) moveTo(row, col int) {
	if d.row == row && d.col == col {
		return
	}
	switch {
	case d.row != row:
		d.dst = append(d.dst, "\x1b["...)
		d.dst = strconv.AppendInt(d.dst, int64(row)+1, 10)
		if col > 0 {
			d.dst = strconv.AppendInt(append(d.dst, ';'), int64(col)+1, 10)
		}
		d.dst = append(d.dst, 'H')
	case d.col != unknown && d.overprint(col):
	case d.col != unknown && col-d.col == 1:
		d.dst = append(d.dst, "\x1b[C"...)
	default:
		// An absolute column is at most a byte longer than a relative one.
		d.dst = strconv.AppendInt(append(d.dst, "\x1b["...), int64(col)+1, 10)
		d.dst = append(d.dst, 'G')
	}
	d.row, d.col = row, col
}

// overprint moves to a column by rewriting the cells before it, if that isn't longer than a cursor
// movement.
func (d *differ) overprint(col int) bool {
	if col > len(d.next.cells) || col-d.col > 4 {
		return false
	}
	n := 0
	for i := d.col; i < col; i++ {
		n += int(d.next.cells[i].size)
		if n > 4 || !d.fitsPen(&d.next, i) {
			return false
		}
	}
	for i := d.col; i < col; i++ {
		d.dst = append(d.dst, d.next.at(i)...)
	}
	return true
}
